import { html } from 'hono/html'
import { size } from '../../core/size.js'
import type { Inside } from '../answers.js'
import { type Html, nothing } from './parts.js'

/** Makes the place for {@link insideView} in a page. The view loads later; without JavaScript the place is a link. */
export const insidePlace = (project: string): Html =>
  html`<div data-part="/apps/${project}/inside?part=1"><p><a href="/apps/${project}/inside">Look inside the running app</a></p></div>`

/** Shows what the runtime of a running app counts, each figure with its limit. */
export const insideView = ({ figures }: Inside): Html =>
  html`<h2>Inside the running app</h2><dl class="facts inside">${figures.map(
    ({ about, value, limit, unit }) =>
      html`<div><dt>${about}</dt><dd>${shown(value, unit)}${limit === null ? nothing : html`<small>of ${shown(limit, unit)}</small>${share(value ?? 0, limit)}`}</dd></div>`,
  )}</dl>`

const shown = (value: number | null, unit: string | null): string => {
  if (value === null) return '–'
  return unit === 'bytes' ? size(value) : value.toLocaleString('en-US')
}

/** The share of a limit from which on a figure needs attention. */
const high = 0.8

const share = (value: number, limit: number): Html => {
  const part = limit === 0 ? 0 : Math.min(1, value / limit)
  return html`<svg class="length" aria-hidden="true"><rect class="usual" width="100%" height="100%" rx="1.5"/><rect class="${part < high ? 'good' : 'bad'}" width="${(part * 100).toFixed(1)}%" height="100%" rx="1.5"/></svg>`
}
