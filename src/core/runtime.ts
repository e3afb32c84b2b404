import type { Host } from './host.js'
import type { ReverseProxy } from './proxy.js'
import type { ServiceManager } from './service-manager.js'

/** What a step may use. Which adapters these are is chosen in `src/runtimes/` and nowhere else. */
export interface Runtime {
  readonly host: Host
  readonly services: ServiceManager
  readonly proxy: ReverseProxy
  /** Tells the person who pushed. */
  note(text: string): void
  /** Removes the app's folder, configuration, repository and history with it. */
  forget(project: string): Promise<void>
}
