import { html } from 'hono/html'
import { size } from '../../core/size.js'
import type { Release } from '../answers.js'
import { button } from './forms.js'
import { commit, empty, facts, grid, type Html, nothing, pill, plain, toneOf, typed, when } from './parts.js'

/** The releases of an app, and what can be done with each. */
export const releasesView = (project: string, releases: readonly Release[]): Html =>
  releases.length === 0
    ? empty('No release yet', html`<p>The first push makes one:</p>${typed('git push production main')}`)
    : grid(
        'Releases',
        ['Release', 'Outcome', 'What', 'By', 'When', 'Size', ''],
        releases.map(one => [
          html`<span class="name">${one.release}</span> ${commit(one.revision)}`,
          html`${one.serves ? pill('good', 'serves') : pill(toneOf(one.outcome), one.outcome)}${one.pinned ? html`<small>pinned</small>` : nothing}`,
          html`${plain(one.subject, 90)}<small>${one.mode ?? ''}</small>`,
          plain(one.by, 40),
          when(one.at),
          one.bytes === null ? '–' : size(one.bytes),
          one.bytes === null ? nothing : html`<span class="acts">${acts(project, one)}</span>`,
        ]),
      )

const acts = (project: string, { release, serves, pinned }: Release): Html =>
  html`${
    serves
      ? nothing
      : html`<a class="button" href="/apps/${project}/releases/${release}/back" aria-label="Roll back to release ${release}">Roll back…</a>`
  }${button(`/apps/${project}/releases/${release}/${pinned ? 'unpin' : 'pin'}`, pinned ? 'Unpin' : 'Pin', `${pinned ? 'Unpin' : 'Pin'} release ${release}`)}`

/** What a rollback would do, before it is done. */
export const rollbackView = (project: string, target: Release, releases: readonly Release[]): Html => {
  const live = releases.find(({ serves }) => serves)
  const between = releases.filter(
    ({ release, outcome }) =>
      outcome === 'good' && release > target.release && release <= (live?.release ?? 0),
  )
  return html`<h2>Roll back to release ${target.release}</h2>
${facts([
  ['Serves now', live === undefined ? '–' : html`release ${live.release} ${commit(live.revision)}`],
  ['Serves then', html`release ${target.release} ${commit(target.revision)}`],
  ['It was made', when(target.at)],
  ['Its commit', plain(target.subject, 90) || '–'],
])}
${between.length === 0 ? nothing : html`<h3>No longer serves</h3><ul>${between.map(one => html`<li>release ${one.release}: ${plain(one.subject, 120)} <span class="muted">by ${plain(one.by, 40)}</span></li>`)}</ul>`}
<form method="post" class="sheet">
<fieldset><legend>Config values, domains and the site</legend>
${choice('config', 'back', 'go back to what they were with that release; values that were set since the last deploy are lost', true)}
${choice('config', 'stay', 'stay as they are')}</fieldset>
<fieldset><legend>Migrations that release ${target.release} does not have</legend>
${choice('schema', 'refuse', 'refuse to roll back, and say which they are', true)}
${choice('schema', 'keep', 'stay up: the older code runs on the newer schema')}
${choice('schema', 'down', 'are rolled back, too: data that only they have is lost')}</fieldset>
<p><button class="main">Roll back to release ${target.release}</button> <a class="button" href="/apps/${project}/releases">Do nothing</a></p>
<p class="muted">The branch stays where it is: the next push goes on from there.</p>
</form>`
}

const choice = (name: string, value: string, text: string, isChosen = false): Html =>
  html`<label><input type="radio" name="${name}" value="${value}"${isChosen ? html` checked` : ''}> ${text}</label>`
