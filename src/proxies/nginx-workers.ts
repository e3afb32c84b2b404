import { childrenOf, titleOf } from '../hosts/procfs.js'

/** How often they are looked at, and how long those of before are waited for, in ms. */
const lookEveryMs = 10
const mostMs = 5_000

/** The workers that take new connections: those of before a reload end theirs under another title (nginx(8)). */
export const takingWorkers = (master: number): number[] =>
  childrenOf(master).filter(pid => /^nginx: worker process(?! is shutting down)/.test(titleOf(pid)))

/** Resolves when none of these takes new connections any more, as nginx is told to reload only, and does so later. */
export const replaced = async (master: number, before: readonly number[]): Promise<void> => {
  const deadline = performance.now() + mostMs
  const areThere = (): boolean => takingWorkers(master).some(pid => before.includes(pid))
  while (areThere() && performance.now() < deadline)
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
}
