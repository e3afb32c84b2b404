/** How an upgrade will be done, and why: decided before anything is touched. */
export interface Plan {
  readonly mode: 'noop' | 'hot' | 'swap'
  /** One line a reason: for a swap why it is not hot, for a hot upgrade what it will do. */
  readonly reasons: readonly Reason[]
  readonly modules: {
    readonly added: readonly string[]
    readonly changed: readonly string[]
    readonly removed: readonly string[]
  }
  /** Processes that are suspended, migrated by code_change and resumed. */
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
