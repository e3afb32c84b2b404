import { html } from 'hono/html'
import { size } from '../../core/size.js'
import type { Release } from '../answers.js'
import { button } from './forms.js'
import { commit, empty, grid, type Html, nothing, pill, plain, toneOf, typed, when } from './parts.js'

/** Shows the releases of an app, with the actions on each, and a choice of two to compare. */
export const releasesView = (project: string, releases: readonly Release[]): Html => {
  if (releases.length === 0)
    return empty('No release yet', html`<p>The first push makes one:</p>${typed('git push production main')}`)
  const there = releases.filter(({ bytes }) => bytes !== null)
  const to = there.find(({ serves }) => serves) ?? there[0]
  const from = there.find(({ release }) => release !== to?.release)
  const pair = from && to && { from: from.release, to: to.release }
  return html`${pair === undefined ? nothing : comparing(project)}${grid(
    'Releases',
    ['Release', 'Outcome', 'What', 'By', 'When', 'Size', ...(pair ? ['Compare'] : []), ''],
    releases.map(one => [
      html`<span class="name">${one.release}</span> ${commit(one.revision)}`,
      html`${one.serves ? pill('good', 'serves') : pill(toneOf(one.outcome), one.outcome)}${one.pinned ? html`<small>pinned</small>` : nothing}`,
      html`${plain(one.subject, 90)}<small>${one.mode ?? ''}</small>`,
      plain(one.by, 40),
      when(one.at),
      one.bytes === null ? '–' : size(one.bytes),
      ...(pair ? [one.bytes === null ? nothing : choices(one.release, pair)] : []),
      one.bytes === null ? nothing : html`<span class="acts">${acts(project, one)}</span>`,
    ]),
  )}`
}

/** Makes the form of the choices in the rows. It is separate, because the rows contain other forms. */
const comparing = (
  project: string,
): Html => html`<form id="compare" class="bar" action="/apps/${project}/compare">
<span class="muted">Choose two releases in the list.</span><button>Compare them</button></form>`

const choices = (release: number, pair: Readonly<Record<'from' | 'to', number>>): Html =>
  html`<span class="pair">${(['from', 'to'] as const).map(
    end =>
      html`<label><input type="radio" form="compare" name="${end}" value="${release}"${pair[end] === release ? html` checked` : ''}><span class="sr">Compare </span>${end}<span class="sr"> release ${release}</span></label>`,
  )}</span>`

const acts = (project: string, { release, serves, pinned }: Release): Html =>
  html`${
    serves
      ? nothing
      : html`<a class="button" href="/apps/${project}/releases/${release}/back" aria-label="Roll back to release ${release}">Roll back…</a>`
  }${button(`/apps/${project}/releases/${release}/${pinned ? 'unpin' : 'pin'}`, pinned ? 'Unpin' : 'Pin', `${pinned ? 'Unpin' : 'Pin'} release ${release}`)}`
