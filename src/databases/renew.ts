import type { EventBody } from '../core/event.js'
import { rootServices } from '../runtimes/root.js'
import { runAs } from '../server/run-as.js'
import { readApp } from '../state/apps.js'
import { isOver, runsSinceOrderly } from '../state/runs.js'
import { readRegistered, serverPaths } from '../state/server.js'
import type { Action } from './action.js'
import { swapFailed } from './errors.js'

/**
 * Deploys the commit that serves once more, by a swap, for values that it has to take.
 * @param back an earlier release that takes them in its place.
 * @param hasTaken whether the live release was deployed with them.
 */
export const swapInstance = (
  project: string,
  hasTaken: () => boolean,
  emit: (event: EventBody) => void,
  back: number | null = null,
): Action => ({
  name: 'swap_instance',
  isMade: () => readApp(serverPaths.home, project).live === null,
  run: async () => {
    const argv = [serverPaths.gatling, 'renew', project, ...(back === null ? [] : [String(back)])] as const
    const code = await runAs(project, { argv, verb: 'renew', attached: 'pipe' })
    // A deploy outlives who watches it, and can go live although that was killed.
    await awaitRuns(project, emit)
    if (code !== 0 && !hasTaken()) throw swapFailed(project)
  },
})

/** How often it is looked at, in ms. */
const everyMs = 500

/** Waits until no run of an app is under way: each may change what is live. A run ends, or its process does. */
export const awaitRuns = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  const isUnderWay = (): boolean => runsSinceOrderly(serverPaths.home, project).some(run => !isOver(run))
  if (isUnderWay()) emit({ type: 'note', text: `waits for the deploy of ${project} that is under way` })
  while (isUnderWay()) await new Promise(resolve => setTimeout(resolve, everyMs))
}

/** How much longer than its drain an old instance can take, in ms. */
const graceMs = 60_000

/**
 * Waits for the end of an instance that was replaced: it finishes what it does, and can open connections until then.
 * @param isUsed what else keeps it waiting.
 */
export const awaitOldInstance = (
  project: string,
  isUsed: () => Promise<boolean> = async () => false,
): Action => {
  const isThere = async (): Promise<boolean> => {
    const { live } = readApp(serverPaths.home, project)
    const instances = await rootServices().list(project)
    return instances.some(({ slot }) => slot !== live?.slot) || (await isUsed())
  }
  return {
    name: 'await_old_instance',
    isMade: async () => !(await isThere()),
    run: async () => {
      const deadline = performance.now() + (readRegistered(project)?.drain_ms ?? 0) + graceMs
      while ((await isThere()) && performance.now() < deadline)
        await new Promise(resolve => setTimeout(resolve, everyMs))
    },
  }
}
