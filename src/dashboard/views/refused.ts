import { html } from 'hono/html'
import { styleHref } from '../assets.js'
import type { Html } from './parts.js'

/** Writes the page for those who are not admitted. It says nothing about the server. */
export const refused = (text: string): Html => html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gatling</title><link rel="stylesheet" href="${styleHref}"></head>
<body><main class="alone"><h1>Gatling</h1><p>${text}</p></main></body></html>`
