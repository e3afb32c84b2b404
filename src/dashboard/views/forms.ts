import { html } from 'hono/html'
import type { Html } from './parts.js'

/** Makes a button that acts at once. @param label what it does, for those who hear it without its row. */
export const button = (path: string, text: string, label = text): Html =>
  html`<form method="post" action="${path}"><button aria-label="${label}">${text}</button></form>`

/** Makes a button that shows its consequence and acts after a second click. */
export const twoClicks = (path: string, text: string, consequence: string, label = text): Html =>
  html`<details class="ask"><summary class="button" aria-label="${label}">${text}…</summary>
<form method="post" action="${path}"><p>${consequence}</p><button class="grave">${label}</button></form></details>`
