import type { Event } from '../../core/event.js'
import { followRun, whoAmI } from '../../runs/start.js'
import { readApp } from '../../state/apps.js'
import type { Owner } from '../../state/owner.js'
import { gatlingHome } from '../../state/paths.js'
import { isOver, listRuns, noteCanceller, type Run, runOwner } from '../../state/runs.js'
import { nothingRunning } from '../errors.js'
import { print } from '../output.js'
import { renderEvent } from '../render.js'

/** Says how a deploy ended after a cancel, which can come too late. */
export const howItEnded = (number: number, { code, serving }: Event & { type: 'failed' }): string =>
  code === 'CANCELLED'
    ? `Deploy ${number} is cancelled; ${serving}.`
    : `Deploy ${number} had ended by itself before it could be cancelled (${code}); ${serving}.`

/** How often Gatling looks whether a requested deploy has a process, and for how long, in ms. */
const lookEveryMs = 50
const mostMs = 10_000

/** Finds the running deploy. @throws GatlingError NOTHING_RUNNING. */
const underWay = async (home: string, project: string): Promise<{ run: Run; owner: Owner }> => {
  const deadline = performance.now() + mostMs
  while (true) {
    const run = listRuns(home, project).find(other => !isOver(other))
    if (!run || performance.now() > deadline) throw nothingRunning(project)
    const owner = runOwner(home, project, run.number)
    if (owner) return { run, owner }
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
  }
}

/** Asks the process of a run to stop. If it has just ended, its own outcome counts. */
const stop = ({ pid }: Owner): void => {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Stops the running deploy and waits until it is undone. */
export const cancel = async (project: string): Promise<void> => {
  const home = gatlingHome()
  readApp(home, project)
  const { run, owner } = await underWay(home, project)
  noteCanceller(home, project, run.number, whoAmI())
  const asked = new Date().toISOString()
  stop(owner)
  for await (const event of followRun(home, project, run.number)) {
    // These events report what cannot be undone, such as migrations.
    if (event.at >= asked && (event.type === 'note' || event.type === 'warning')) print(...renderEvent(event))
    if (event.type === 'failed') print(howItEnded(run.number, event))
    if (event.type === 'end' && event.outcome === 'ok') {
      print(`Deploy ${run.number} was past the point of no return and has succeeded.`)
      process.exitCode = 1
    }
  }
}
