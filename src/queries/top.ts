import type { Figures } from '../metrics/figures.js'
import { metricsOfAll } from './metrics.js'
import { type AppStatus, type Status, statusOf } from './status.js'

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

/** How long a state is shown before it is read again, in ms. On a server that asks systemd and each database. */
const stateForMs = 10_000

/**
 * Makes a look at the state and the metrics of every app, for a reader that looks again and again.
 * @param sinceMs how far back the metrics go.
 * @param wanted one app; undefined: all.
 * @returns a function that throws GatlingError PROJECT_UNKNOWN, or STATE_BROKEN of the wanted app.
 */
export const topOf = (home: string, sinceMs: number, wanted?: string): (() => Promise<Top>) => {
  let status: Status | null = null
  let readAt = 0
  return async () => {
    if (status === null || performance.now() - readAt >= stateForMs) {
      status = await statusOf(home, wanted)
      readAt = performance.now()
    }
    const { from, to, apps: measured } = await metricsOfAll(home, sinceMs, wanted)
    const states = new Map(status.apps.map(app => [app.project, app]))
    const apps = measured.flatMap(figures => {
      const state = states.get(figures.project)
      return state === undefined ? [] : [{ ...state, ...figures }]
    })
    return { from, to, serving: status.serving, apps }
  }
}
