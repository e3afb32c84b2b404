import type { Decision } from '../core/fleet.js'
import { keeperOf } from '../runtimes/keeper.js'
import { commitLive, readApp } from '../state/apps.js'
import { noteDecision, readVote } from '../state/votes.js'

/**
 * Does on this machine what the fleet has decided about a run whose process died after its vote. It only writes the
 * state; the keeper then converges the app.
 */
export const obey = async (
  home: string,
  project: string,
  number: number,
  decision: Decision,
): Promise<void> => {
  const vote = readVote(home, project, number)
  const { live } = readApp(home, project)
  if (decision === 'committed' && vote && live?.release !== vote.live.release) {
    // Without its deploy a running app has gone back to the old code. A slot means one version on all machines, so the
    // new release starts in the same slot.
    if (live && vote.live.slot === live.slot)
      await keeperOf(home, project).services.stop(project, live.slot, live.drain_timeout)
    commitLive(home, project, vote.live)
  }
  noteDecision(home, project, number, decision)
}
