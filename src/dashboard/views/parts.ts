import { html } from 'hono/html'
import { ago } from '../../core/ago.js'
import { printable } from '../../core/printable.js'
import type { Refusal } from '../refusal.js'

/** A piece of a page. What is put into it as text is escaped. */
export type Html = ReturnType<typeof html>

export const nothing = html``

/** How something is: it has a colour, and a word for those who see none. */
export type Tone = 'good' | 'busy' | 'bad' | 'quiet'

export const pill = (tone: Tone, text: string): Html =>
  html`<span class="pill ${tone}"><i aria-hidden="true"></i>${text}</span>`

/** The colour of a word that a command has for a state or an outcome. */
export const toneOf = (state: string): Tone => {
  if (['running', 'ok', 'good', 'serves'].includes(state)) return 'good'
  if (['deploying', 'queued', 'restarting', 'stopping'].includes(state)) return 'busy'
  return ['not deployed', 'skipped', 'cancelled', 'rolled back', 'gone', 'replaced'].includes(state)
    ? 'quiet'
    : 'bad'
}

export const when = (iso: string | null): Html =>
  iso === null ? html`–` : html`<time datetime="${iso}" title="${iso}">${ago(iso)}</time>`

/** An address without its scheme. */
export const bare = (url: string): string => url.replace(/^https?:\/\//, '')

/** A link to an app. An address that a browser would run is only text. */
export const address = (url: string): Html =>
  /^https?:\/\//.test(url) ? html`<a href="${url}" rel="noreferrer">${bare(url)}</a>` : html`${url}`

/** A commit, short. */
export const commit = (revision: string | null): Html =>
  revision === null || revision === ''
    ? html`–`
    : html`<code title="${revision}">${revision.slice(0, 7)}</code>`

/** A text of an app or of git, without what a terminal would obey. */
export const plain = (text: string, most = 300): string => {
  const shown = printable(text)
  return shown.length > most ? `${shown.slice(0, most)}…` : shown
}

/** Why there is nothing to show, in the command's words. */
export const refusal = ({ message, hint, code }: Refusal): Html => html`<div class="notice bad" role="alert">
  <strong>${plain(message, 2_000)}</strong>
  ${hint === '' ? nothing : html`<p>${marked(plain(hint, 2_000))}</p>`}
  ${code === null ? nothing : html`<p class="muted"><code>${code}</code></p>`}
</div>`

/** A text with `commands` in it. */
export const marked = (text: string): Html =>
  html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`

/** A page that has only a refusal. */
export const refusalPage = (title: string, why: Refusal): Html =>
  html`<div class="head"><h1>${title}</h1></div>${refusal(why)}`

export const empty = (title: string, body: Html): Html =>
  html`<div class="empty"><h2>${title}</h2>${body}</div>`

/** Commands to type. */
export const typed = (...lines: readonly string[]): Html =>
  html`<pre class="typed" tabindex="0">${lines.join('\n')}</pre>`

/** Names and what they have, side by side. */
export const facts = (rows: readonly (readonly [string, Html | string])[]): Html =>
  html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`

/** A table that becomes a list of cards on a phone: each cell has the title of its column. */
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

/** Makes a titled list of names; of no names nothing. */
export const names = (title: string, some: readonly string[]): Html =>
  titled(
    title,
    'names',
    [
      ...some.slice(0, mostNames),
      ...(some.length > mostNames ? [`and ${some.length - mostNames} more`] : []),
    ].map(name => html`<code>${plain(name)}</code>`),
  )

/** Makes a titled list of sentences; of no sentence nothing. */
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
