import { html } from 'hono/html'
import type { Outlook, Release } from '../answers.js'
import type { Refusal } from '../refusal.js'
import {
  commit,
  facts,
  grid,
  type Html,
  marked,
  names,
  nothing,
  pill,
  plain,
  refusal,
  sentences,
  typed,
  when,
} from './parts.js'

/** Shows what a rollback would do, and asks for its options. */
export const rollbackView = (
  project: string,
  target: Release,
  releases: readonly Release[],
  outlook: Outlook | Refusal,
): Html => {
  const live = releases.find(({ serves }) => serves)
  const between = releases.filter(
    ({ release, outcome }) =>
      outcome === 'good' && release > target.release && release <= (live?.release ?? 0),
  )
  const isKnown = 'refusal' in outlook
  return html`<div class="head"><h2>Roll back to release ${target.release}</h2></div>
${facts([
  ['Serves now', live === undefined ? '–' : html`release ${live.release} ${commit(live.revision)}`],
  ['Serves then', html`release ${target.release} ${commit(target.revision)}`],
  ['It was made', when(target.at)],
  ['Its commit', plain(target.subject, 90) || '–'],
  ...(isKnown && outlook.mode !== null ? [['How', how(outlook.mode)] as const] : []),
])}
${isKnown ? outlookView(target.release, outlook) : refusal(outlook)}
${between.length === 0 ? nothing : html`<h3>No longer serves</h3><ul>${between.map(one => html`<li>release ${one.release}: ${plain(one.subject, 120)} <span class="muted">by ${plain(one.by, 40)}</span></li>`)}</ul>`}
<form method="post" class="sheet">
<fieldset><legend>Config values, domains and the site</legend>
${choice('config', 'back', 'go back to what they were with that release; values that were set since the last deploy are lost', true)}
${choice('config', 'stay', 'stay as they are')}</fieldset>
${isKnown && fits(outlook) ? nothing : schemaChoices(target.release)}
<p><button class="main">Roll back to release ${target.release}</button> <a class="button" href="/apps/${project}/releases">Do nothing</a></p>
<p class="muted">The branch stays where it is: the next push goes on from there.</p>
</form>`
}

/** Tells whether there is nothing to decide about the schema. */
const fits = ({ schema: { left, lacking, unknown } }: Outlook): boolean =>
  left.length + lacking.length === 0 && unknown === null

const schemaChoices = (
  release: number,
): Html => html`<fieldset><legend>Migrations that release ${release} does not have</legend>
${choice('schema', 'refuse', 'refuse to roll back, and say which they are', true)}
${choice('schema', 'keep', 'stay up: the older code runs on the newer schema')}
${choice('schema', 'down', 'are rolled back, too: data that only they have is lost')}</fieldset>`

const choice = (name: string, value: string, text: string, isChosen = false): Html =>
  html`<label><input type="radio" name="${name}" value="${value}"${isChosen ? html` checked` : ''}> ${text}</label>`

const how = (mode: string): Html =>
  html`${mode}${mode === 'hot' ? html` <small>if the running app agrees</small>` : nothing}`

const outlookView = (
  release: number,
  { reasons, config, domains, schema, refusal: why }: Outlook,
): Html => html`${why === null ? html`<div class="notice good"><strong>Nothing is against it.</strong></div>` : refused(why)}
${schema.left.length === 0 ? nothing : leftView(release, schema.left)}
${schema.restore === null ? nothing : html`<h3>To take the data back, too, to before release ${schema.restore.before}</h3>${typed(...schema.restore.commands)}`}
${names('Migrations that the database lacks', schema.lacking)}
${sentences('The database', schema.unknown === null ? [] : [schema.unknown])}
${names('Config values that change back', config)}
${names('Domains', [...domains.added.map(one => `+ ${one}`), ...domains.removed.map(one => `− ${one}`)])}
${sentences('Why it would be done so', reasons)}`

/** Shows the first line of a refusal. The rest of the page shows what its other lines say. */
const refused = ({ message, hint, code }: NonNullable<Outlook['refusal']>): Html =>
  html`<div class="notice busy"><strong>It would be refused: ${plain(message.split('\n')[0] ?? '', 500).replace(/:$/, '')}</strong><p>${marked(plain(hint, 2_000))}</p><p class="muted"><code>${code}</code></p></div>`

const leftView = (release: number, left: Outlook['schema']['left']): Html =>
  html`<h3>Migrations that are up, and that release ${release} does not have</h3>${grid(
    'Migrations',
    ['Migration', 'Reversible', 'Why not'],
    left.map(({ version, name, reversible, why }) => [
      html`<code>${version} ${plain(name)}</code>`,
      reversible === null ? pill('busy', 'perhaps') : reversible ? pill('good', 'yes') : pill('bad', 'no'),
      why === null ? '–' : plain(why),
    ]),
  )}`
