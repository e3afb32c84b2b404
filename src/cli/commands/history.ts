import { seconds } from '../../core/seconds.js'
import { followRun } from '../../deploy/start.js'
import { readApp } from '../../state/apps.js'
import { appPaths, gatlingHome } from '../../state/paths.js'
import { listRuns, type Run, readRun } from '../../state/runs.js'
import { recordsGone, usage } from '../errors.js'
import { print, printJson } from '../output.js'
import { ago, renderEvent, table } from '../render.js'

/** Past deploys, the newest first; or everything one of them said. */
export const history = async (
  project: string,
  deploy: string | undefined,
  options: { json?: boolean },
): Promise<void> => {
  const home = gatlingHome()
  const { live } = readApp(home, project)
  if (deploy !== undefined) return showOne(project, deploy, options.json ?? false)
  const runs = listRuns(home, project).reverse()
  if (runs.length === 0 && live) throw recordsGone(project, appPaths(home, project).runs, live.release)
  if (options.json) return printJson(runs.map(facts))
  if (runs.length === 0) return print(`${project} has not been deployed yet.`)
  const rows = runs.map(run => [
    String(run.number),
    run.state,
    run.request.task === 'plan' ? 'plan' : (run.result?.mode ?? '-'),
    run.request.revision.slice(0, 7),
    run.request.pusher,
    ago(run.request.at),
    // Of one that was interrupted nobody knows.
    run.result && run.result.ms > 0 ? seconds(run.result.ms) : '-',
    run.result?.step ? `${run.result.step}: ${run.result.error?.code ?? ''}` : run.request.subject,
  ])
  print(...table([['DEPLOY', 'OUTCOME', 'MODE', 'COMMIT', 'BY', 'WHEN', 'TOOK', ''], ...rows]))
}

const showOne = async (project: string, text: string, json: boolean): Promise<void> => {
  const number = Number(text)
  if (!Number.isInteger(number))
    throw usage(`${text} is no number of a deploy`, `\`gatling history ${project}\` lists them.`)
  const run = readRun(gatlingHome(), project, number)
  if (json) return printJson(facts(run))
  for await (const event of followRun(gatlingHome(), project, number)) print(...renderEvent(event))
}

const facts = ({ number, state, request, result }: Run) => ({
  number,
  state,
  task: request.task,
  revision: request.revision,
  branch: request.branch,
  pusher: request.pusher,
  subject: request.subject,
  asked_at: request.at,
  ended_at: result?.at ?? null,
  mode: result?.mode ?? null,
  ms: result?.ms ?? null,
  failed_step: result?.step ?? null,
  error: result?.error ?? null,
  steps: result?.steps ?? [],
})
