import { decide } from '../fleet/decision.js'
import { serverPaths } from '../state/server.js'
import { undecidedRuns } from '../state/votes.js'
import { runAs } from './run-as.js'

/**
 * Learns how the fleet has decided about runs whose process died after its vote, and makes it so on this machine. If the
 * fleet does not answer, the app stays as it is until it is converged again.
 */
export const followDecisions = async (project: string): Promise<void> => {
  for (const { number } of undecidedRuns(serverPaths.home, project)) {
    const decision = await decide(project, number, 'refused').catch(() => null)
    if (decision === null) return
    await runAs(project, {
      argv: [serverPaths.gatling, 'node', 'obey', project, String(number), decision],
      verb: 'obey',
      attached: 'pipe',
      quiet: true,
    })
  }
}
