import * as git from '../../commands/git.js'
import { notDeployed } from '../../deploy/errors.js'
import { runCommand } from '../../hosts/capture.js'
import { followRun, startRun } from '../../runs/start.js'
import { tipOf } from '../../runs/target.js'
import { readApp } from '../../state/apps.js'
import { appPaths, gatlingHome } from '../../state/paths.js'
import { revisionUnknown } from '../errors.js'
import { print, printJson, tell } from '../output.js'
import { planDetails, renderEvent } from '../render.js'
import type { AskedMode } from './deploy.js'

/** Shows how an upgrade would be done. */
export const plan = async (
  project: string,
  wanted: string | undefined,
  options: { mode?: AskedMode; json?: boolean },
): Promise<void> => {
  const home = gatlingHome()
  const { live, branch } = readApp(home, project)
  if (!live) throw notDeployed(project)
  const revision = wanted === undefined ? await tipOf(home, project) : await resolve(project, wanted)
  const mode = options.mode ?? null
  const number = await startRun(home, project, { task: 'plan', revision, branch, mode })
  for await (const event of followRun(home, project, number)) {
    if (event.type === 'plan' && options.json) {
      printJson({ project, revision, from: live.release, ...event.plan, steps: event.steps })
    } else if (event.type === 'plan') print(...planDetails(event))
    else if (event.type === 'failed' || !options.json) tell(...renderEvent(event))
    if (event.type === 'end' && event.outcome !== 'ok') process.exitCode = 1
  }
}

const resolve = async (project: string, name: string): Promise<string> => {
  const { status, stdout } = await runCommand(git.resolve(appPaths(gatlingHome(), project).repository, name))
  if (status !== 0) throw revisionUnknown(project, name)
  return stdout.trim()
}
