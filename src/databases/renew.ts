import type { Action } from '../core/action.js'
import type { EventBody } from '../core/event.js'
import { rootServices } from '../runtimes/root.js'
import { runAs } from '../server/run-as.js'
import { readApp } from '../state/apps.js'
import { isOver, runsSinceOrderly } from '../state/runs.js'
import { readRegistered, serverPaths } from '../state/server.js'
import { swapFailed } from './errors.js'

/**
 * Deploys the live commit again, by a swap, so that it gets changed values.
 * @param back an earlier release that gets them instead.
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
    // A deploy goes on without its watcher, and can go live although the watcher was killed.
    await awaitRuns(project, emit)
    if (code !== 0 && !hasTaken()) throw swapFailed(project)
  },
})

/** How often the runs and the instances are checked, in ms. */
const everyMs = 500

/**
 * Waits until no run of an app is running, because each can change the live release. It ends because each run or its
 * process ends.
 */
export const awaitRuns = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  const isUnderWay = (): boolean => runsSinceOrderly(serverPaths.home, project).some(run => !isOver(run))
  if (isUnderWay()) emit({ type: 'note', text: `waits for the deploy of ${project} that is under way` })
  while (isUnderWay()) await new Promise(resolve => setTimeout(resolve, everyMs))
}

/** How much longer than its drain an old instance can take, in ms. */
const graceMs = 60_000

/**
 * Waits for the end of a replaced instance, which finishes its work and can open connections until then.
 * @param isUsed tells whether to wait for another reason.
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
