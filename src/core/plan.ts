/** How an upgrade will be done, and why. Gatling decides before it touches anything. */
export interface Plan {
  readonly mode: 'noop' | 'hot' | 'swap'
  /** The reasons, one line each. For a swap they say why it is not hot. For a hot upgrade they say what it will do. */
  readonly reasons: readonly Reason[]
  readonly modules: {
    readonly added: readonly string[]
    readonly changed: readonly string[]
    readonly removed: readonly string[]
  }
  /** Processes that the engine suspends, migrates by code_change and resumes. */
  readonly migrations: readonly { readonly module: string; readonly processes: number }[]
  readonly children: {
    readonly started: readonly string[]
    readonly stopped: readonly string[]
  }
  /** `app.key` of every config value that changed. */
  readonly config: readonly string[]
}

export interface Reason {
  /** Never changes once published. */
  readonly code: string
  /** In words a Phoenix developer understands. */
  readonly text: string
}
