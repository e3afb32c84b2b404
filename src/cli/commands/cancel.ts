import type { Event } from '../../core/event.js'
import { followRun, whoAmI } from '../../runs/start.js'
import { readApp } from '../../state/apps.js'
import type { Owner } from '../../state/owner.js'
import { gatlingHome } from '../../state/paths.js'
import { isOver, listRuns, noteCanceller, type Run, runOwner } from '../../state/runs.js'
import { nothingRunning } from '../errors.js'
import { print } from '../output.js'
import { renderEvent } from '../render.js'

/** A cancel can come too late: a deploy that failed by itself is not cancelled. */
export const howItEnded = (number: number, { code, serving }: Event & { type: 'failed' }): string =>
  code === 'CANCELLED'
    ? `Deploy ${number} is cancelled; ${serving}.`
    : `Deploy ${number} had ended by itself before it could be cancelled (${code}); ${serving}.`

/** How often a deploy that was asked for is looked at until a process carries it out, and for how long, in ms. */
const lookEveryMs = 50
const mostMs = 10_000

/** @throws GatlingError NOTHING_RUNNING. */
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

/** Reports a run that has just ended with its own outcome. */
const stop = ({ pid }: Owner): void => {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Stops the deploy that is under way and waits until what it did is undone. */
export const cancel = async (project: string): Promise<void> => {
  const home = gatlingHome()
  readApp(home, project)
  const { run, owner } = await underWay(home, project)
  noteCanceller(home, project, run.number, whoAmI())
  const asked = new Date().toISOString()
  stop(owner)
  for await (const event of followRun(home, project, run.number)) {
    // What cannot be undone, such as migrations, is told as the rest is undone.
    if (event.at >= asked && (event.type === 'note' || event.type === 'warning')) print(...renderEvent(event))
    if (event.type === 'failed') print(howItEnded(run.number, event))
    if (event.type === 'end' && event.outcome === 'ok') {
      print(`Deploy ${run.number} was past the point of no return and has succeeded.`)
      process.exitCode = 1
    }
  }
}
