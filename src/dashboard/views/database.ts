import { html } from 'hono/html'
import { size } from '../../core/size.js'
import type { Backups, Database } from '../answers.js'
import type { Refusal } from '../refusal.js'
import { facts, grid, type Html, nothing, pill, refusal, typed, when } from './parts.js'

/** Shows the database that Gatling made for an app, and its backups. */
export const databaseView = (project: string, database: Database, backups: Backups | Refusal): Html => html`
${facts([
  ['PostgreSQL', database.version],
  ['State', database.running ? pill('good', 'running') : pill('bad', 'down')],
  ['Size', database.size === null ? '–' : size(database.size)],
  ['Connections', `${database.connections.used ?? '–'} of ${database.connections.most}`],
  ...('message' in backups ? [] : [['Last proved restore', when(lastProved(backups))] as const]),
])}
<h2>Backups</h2>
${'message' in backups ? refusal(backups) : listed(backups)}
<h2>Go back in time</h2>
<p>A restore makes another database beside the live one, and does not change the live one. In a terminal:</p>
${typed(`gatling db restore ${project} --at 14:03`, `gatling db psql ${project} --on r1`, `gatling db promote ${project} r1`)}`

const lastProved = ({ backups }: Backups): string | null =>
  backups
    .flatMap(({ proved_at: at }) => at ?? [])
    .sort()
    .at(-1) ?? null

const listed = ({ backups, copies, lost_at: lost }: Backups): Html => html`${
  lost === null
    ? nothing
    : html`<div class="notice bad"><strong>Some changes are in no backup</strong><p>${when(lost)}</p></div>`
}
${
  backups.length === 0
    ? html`<p class="muted">There is no backup yet. Gatling makes the first one tonight.</p>`
    : grid(
        'Backups',
        ['Backup', 'Kind', 'Made', 'Takes', 'Restore proved'],
        [...backups]
          .reverse()
          .map(one => [
            html`<code>${one.id}</code>${one.damaged ? pill('bad', 'damaged') : nothing}`,
            one.kind,
            when(one.ended_at),
            size(one.size),
            one.proved_at === null ? html`<span class="muted">not yet</span>` : when(one.proved_at),
          ]),
      )
}
${
  copies.length < 2
    ? nothing
    : html`<h2>Databases</h2>${grid(
        'Databases',
        ['Name', 'State', 'Made', 'From'],
        copies.map(one => [
          html`<code>${one.label}</code>`,
          one.serves ? pill('good', 'serves') : pill('quiet', 'beside'),
          when(one.made_at),
          one.from ?? '–',
        ]),
      )}`
}`
