import { html } from 'hono/html'
import { ago } from '../../core/ago.js'
import { printable } from '../../core/printable.js'
import type { Refusal } from '../refusal.js'

/** A piece of a page. Text that is put into it is escaped. */
export type Html = ReturnType<typeof html>

export const nothing = html``

/** The state of something. A page shows it as a colour and as a word, for those who do not see the colour. */
export type Tone = 'good' | 'busy' | 'bad' | 'quiet'

export const pill = (tone: Tone, text: string): Html =>
  html`<span class="pill ${tone}"><i aria-hidden="true"></i>${text}</span>`

/** Returns the tone of a state or an outcome that a command names. */
export const toneOf = (state: string): Tone => {
  if (['running', 'ok', 'good', 'serves'].includes(state)) return 'good'
  if (['deploying', 'queued', 'restarting', 'stopping'].includes(state)) return 'busy'
  return ['not deployed', 'skipped', 'cancelled', 'rolled back', 'gone', 'replaced'].includes(state)
    ? 'quiet'
    : 'bad'
}

export const when = (iso: string | null): Html =>
  iso === null ? html`–` : html`<time datetime="${iso}" title="${iso}">${ago(iso)}</time>`

/** Returns an address without its scheme. */
export const bare = (url: string): string => url.replace(/^https?:\/\//, '')

/** Makes a link to an app. An address that a browser would run as a script is only text. */
export const address = (url: string): Html =>
  /^https?:\/\//.test(url) ? html`<a href="${url}" rel="noreferrer">${bare(url)}</a>` : html`${url}`

/** Writes a short commit. */
export const commit = (revision: string | null): Html =>
  revision === null || revision === ''
    ? html`–`
    : html`<code title="${revision}">${revision.slice(0, 7)}</code>`

/** Cleans a text of an app or of git from control characters, and shortens it. */
export const plain = (text: string, most = 300): string => {
  const shown = printable(text)
  return shown.length > most ? `${shown.slice(0, most)}…` : shown
}

/** Shows the refusal of a command, in its own words. */
export const refusal = ({ message, hint, code }: Refusal): Html => html`<div class="notice bad" role="alert">
  <strong>${plain(message, 2_000)}</strong>
  ${hint === '' ? nothing : html`<p>${marked(plain(hint, 2_000))}</p>`}
  ${code === null ? nothing : html`<p class="muted"><code>${code}</code></p>`}
</div>`

/** Marks the `commands` in a text. */
export const marked = (text: string): Html =>
  html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`

/** Writes a page that has only a refusal. */
export const refusalPage = (title: string, why: Refusal): Html =>
  html`<div class="head"><h1>${title}</h1></div>${refusal(why)}`

export const empty = (title: string, body: Html): Html =>
  html`<div class="empty"><h2>${title}</h2>${body}</div>`

/** Shows commands to type. */
export const typed = (...lines: readonly string[]): Html =>
  html`<pre class="typed" tabindex="0">${lines.join('\n')}</pre>`

/** Shows names with their values. */
export const facts = (rows: readonly (readonly [string, Html | string])[]): Html =>
  html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`

/** Writes a table that becomes a list of cards on a phone: each cell has the title of its column. */
export const grid = (
  label: string,
  titles: readonly string[],
  rows: readonly (readonly (Html | string)[])[],
): Html => html`<table class="grid"><caption class="sr">${label}</caption>
<thead><tr>${titles.map(title => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>${rows.map(
  cells => html`<tr>${cells.map((cell, at) => html`<td data-title="${titles[at] ?? ''}">${cell}</td>`)}</tr>`,
)}</tbody></table>`

/** How many names a list shows. */
const mostNames = 200

/** Makes a list of names with a title; nothing if there are no names. */
export const names = (title: string, some: readonly string[]): Html =>
  titled(
    title,
    'names',
    [
      ...some.slice(0, mostNames),
      ...(some.length > mostNames ? [`and ${some.length - mostNames} more`] : []),
    ].map(name => html`<code>${plain(name)}</code>`),
  )

/** Makes a list of sentences with a title; nothing if there are no sentences. */
export const sentences = (title: string, some: readonly string[]): Html =>
  titled(
    title,
    'said',
    some.map(text => html`${plain(text, 500)}`),
  )

const titled = (title: string, kind: string, items: readonly Html[]): Html =>
  items.length === 0
    ? nothing
    : html`<h3>${title}</h3><ul class="${kind}"${kind === 'names' ? html` tabindex="0"` : ''}>${items.map(item => html`<li>${item}</li>`)}</ul>`
