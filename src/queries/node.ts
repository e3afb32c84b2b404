import type { Live } from '../core/live.js'
import type { Figure } from '../core/looks.js'
import { lookAt } from '../deploy/look.js'

/** The output of `gatling metrics <project> --node --json`. */
export interface NodeMetrics {
  readonly project: string
  /** ISO 8601. */
  readonly at: string
  readonly figures: readonly Figure[]
}

/**
 * Asks the live instance of an app for its figures.
 * @throws GatlingError NODE_SILENT or NODE_UNREACHABLE.
 */
export const nodeMetricsOf = async (home: string, project: string, live: Live): Promise<NodeMetrics> => {
  const asked = { release: live.release, mode: null, codeOnly: false, schema: 'refuse' } as const
  const sight = { home, project, live, ...asked }
  const figures = await lookAt(sight, (looks, way, runtime) => looks.figures(way, runtime))
  return { project, at: new Date().toISOString(), figures }
}
