import { html } from 'hono/html'
import type { Html } from './parts.js'

/** Something that is done at once. @param label what it does, for who hears it out of its row. */
export const button = (path: string, text: string, label = text): Html =>
  html`<form method="post" action="${path}"><button aria-label="${label}">${text}</button></form>`

/** Something that is done by a second click, once its consequence was read. */
export const twoClicks = (path: string, text: string, consequence: string, label = text): Html =>
  html`<details class="ask"><summary class="button" aria-label="${label}">${text}…</summary>
<form method="post" action="${path}"><p>${consequence}</p><button class="grave">${label}</button></form></details>`
