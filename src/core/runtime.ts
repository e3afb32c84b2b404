import type { Env } from './env.js'
import type { Host } from './host.js'
import type { Live } from './live.js'
import type { Plan } from './plan.js'
import type { ReverseProxy } from './proxy.js'
import type { RestorePoints } from './restore-points.js'
import type { ServiceManager } from './service-manager.js'
import type { Traffic } from './traffic.js'

/** Said of an app that does not listen on its port. */
export interface PortAdvice {
  /** It listens on other ports. */
  readonly elsewhere: string
  /** It listens on none. */
  readonly nowhere: string
}

/** What a step may use; a stack may add to it. Which adapters these are is chosen in `src/runtimes/` and nowhere else. */
export interface Runtime {
  readonly host: Host
  readonly services: ServiceManager
  readonly proxy: ReverseProxy
  readonly points: RestorePoints
  /** What the code of such an app must do to be reached, as its stack knows it. */
  readonly advice?: PortAdvice
  /** Says what of the app an unload leaves elsewhere; null: nothing. */
  readonly leaves?: (env: Env) => string | null
  /** Tells the person who pushed. */
  note(text: string): void
  /** Tells how the upgrade will be done. */
  planned(plan: Plan): void
  /** Tells what visitors got before a switch and after it. */
  compared(before: Traffic, after: Traffic): void
  /** Records that the live version now serves from another place, because it had to be started again. */
  moved(project: string, live: Live): void
  /** Records that nothing is live: from here on an unload only goes forward. */
  withdrawn(project: string): void
  /** Removes the app's folder, configuration, repository and history with it. */
  forget(project: string): Promise<void>
}
