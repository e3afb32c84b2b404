import pc from 'picocolors'
import { ago } from '../../core/ago.js'
import { type AppStatus, type Status, statusOf } from '../../queries/status.js'
import { gatlingHome } from '../../state/paths.js'
import { deathsOf } from '../deaths.js'
import { print, printJson } from '../output.js'
import { table } from '../render.js'

/** Shows what runs. */
export const status = async (wanted: string | undefined, options: { json?: boolean }): Promise<void> => {
  const found = await statusOf(gatlingHome(), wanted)
  if (options.json) printJson(found)
  else print(...linesOf(found))
}

const linesOf = ({ home, serving, apps }: Status): readonly string[] => [
  ...(serving
    ? []
    : [pc.yellow(`Embedded mode is not running for ${home}: start it with \`gatling serve\`.`)]),
  ...(apps.length === 0
    ? ['No project is loaded: `gatling load <project>`.']
    : [
        ...table([
          ['PROJECT', 'STATE', 'RELEASE', 'VERSION', 'COMMIT', 'DEPLOYED', 'ADDRESS'],
          ...apps.map(row),
        ]),
        ...apps.flatMap(remarks),
      ]),
]

const row = (app: AppStatus): string[] => [
  app.project,
  app.state,
  app.release === null ? '-' : `release ${app.release}`,
  app.version ?? '-',
  app.revision?.slice(0, 7) ?? '-',
  app.since ? ago(app.since) : '-',
  app.url ?? '-',
]

const remarks = (app: AppStatus): string[] => {
  const { project, leaving, certificate_until: until, last_deploy: last, backups } = app
  const deaths = deathsOf(app)
  return [
    ...(deaths === null ? [] : [pc.yellow(deaths)]),
    ...(leaving === null
      ? []
      : [`${project}: release ${leaving}, which was live before, still finishes its requests`]),
    ...(until === null ? [] : [`${project}: its certificate ends on ${until.slice(0, 10)}`]),
    ...(app.database === 'down'
      ? [pc.yellow(`${project}: its database does not run: gatling doctor ${project}`)]
      : []),
    ...(app.redis === 'down'
      ? [pc.yellow(`${project}: its Redis does not run: gatling doctor ${project}`)]
      : []),
    ...(backups?.proved_at ? [`${project}: last proved restore: ${ago(backups.proved_at)}`] : []),
    ...(backups?.troubles ?? []).map(text => pc.yellow(`${project}: ${text}`)),
    ...(last && last.state !== 'ok'
      ? [
          pc.yellow(
            `${project}: deploy ${last.number} ${ended(last.state)}: gatling history ${project} ${last.number}`,
          ),
        ]
      : []),
  ]
}

/** Says how a deploy ended, as text after its number. */
export const ended = (state: string): string =>
  state === 'failed' ? state : `${state === 'queued' || state === 'running' ? 'is' : 'was'} ${state}`
