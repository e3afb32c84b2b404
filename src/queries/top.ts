import type { Figures } from '../metrics/figures.js'
import { metricsOfAll } from './metrics.js'
import { type AppStatus, statusOf } from './status.js'

/** What `gatling top --json` prints. */
export interface Top {
  /** ISO 8601. */
  readonly from: string
  readonly to: string
  /** Whether apps can run, as in `gatling status`. */
  readonly serving: boolean
  /** In the order of `gatling metrics`: what hurts most comes first. */
  readonly apps: readonly (AppStatus & Figures)[]
}

/**
 * Returns the state of every app with its metrics, so that one look shows both.
 * @param sinceMs how far back the metrics go.
 * @param wanted one app; undefined: all.
 * @throws GatlingError PROJECT_UNKNOWN, or STATE_BROKEN of the wanted app.
 */
export const topOf = async (home: string, sinceMs: number, wanted?: string): Promise<Top> => {
  const { serving, apps } = await statusOf(home, wanted)
  const { from, to, apps: measured } = await metricsOfAll(home, sinceMs, wanted)
  const states = new Map(apps.map(app => [app.project, app]))
  const both = measured.flatMap(figures => {
    const state = states.get(figures.project)
    return state === undefined ? [] : [{ ...state, ...figures }]
  })
  return { from, to, serving, apps: both }
}
