import { ago } from '../../core/ago.js'
import { seconds } from '../../core/seconds.js'
import { type Deploy, deployOf, historyOf } from '../../queries/history.js'
import { followRun } from '../../runs/start.js'
import { gatlingHome } from '../../state/paths.js'
import { usage } from '../errors.js'
import { print, printJson, printJsonLine } from '../output.js'
import { renderEvent, table } from '../render.js'

/** Shows past deploys, the newest first, or everything that one of them said. */
export const history = async (
  project: string,
  wanted: string | undefined,
  options: { json?: boolean; events?: boolean },
): Promise<void> => {
  const home = gatlingHome()
  if (wanted !== undefined) return showOne(home, project, wanted, options)
  if (options.events)
    throw usage('--events needs the number of a deploy', `\`gatling history ${project}\` lists them.`)
  const deploys = historyOf(home, project)
  if (options.json) return printJson(deploys)
  if (deploys.length === 0) return print(`${project} has not been deployed yet.`)
  const titles = ['DEPLOY', 'OUTCOME', 'MODE', 'COMMIT', 'BY', 'WHEN', 'TOOK', '']
  print(...table([titles, ...deploys.map(row)]))
}

const row = (deploy: Deploy): string[] => [
  String(deploy.number),
  deploy.state,
  deploy.task === 'plan' ? 'plan' : (deploy.mode ?? '-'),
  deploy.revision.slice(0, 7),
  deploy.pusher,
  ago(deploy.asked_at),
  // Nobody knows how long an interrupted deploy took.
  deploy.ms !== null && deploy.ms > 0 ? seconds(deploy.ms) : '-',
  deploy.failed_step ? `${deploy.failed_step}: ${deploy.error?.code ?? ''}` : deploy.subject,
]

const showOne = async (
  home: string,
  project: string,
  text: string,
  { json = false, events = false }: { readonly json?: boolean; readonly events?: boolean },
): Promise<void> => {
  const number = Number(text)
  const deploy = Number.isInteger(number) ? deployOf(home, project, number) : null
  if (deploy === null)
    throw usage(`${text} is not the number of a deploy`, `\`gatling history ${project}\` lists them.`)
  if (json) return printJson(deploy)
  for await (const event of followRun(home, project, number))
    if (events) printJsonLine(event)
    else print(...renderEvent(event))
}
