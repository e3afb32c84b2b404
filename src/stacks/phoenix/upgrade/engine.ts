import type { Slot } from '../../../core/live.js'

/** Something that speaks against a hot upgrade, or why one was refused. src/stacks/phoenix/upgrade/reasons.ts says what each code means. */
export interface Finding {
  readonly code: string
  /** What it is about: a module, an app, a file. */
  readonly what: string
  readonly detail: string
}

/** The running node that is to be taken from one release to another. */
export interface Change {
  readonly project: string
  readonly slot: Slot
  readonly releaseName: string
  /** The directory of the release that runs. */
  readonly from: string
  /** The directory of the release to run. */
  readonly to: string
  /** The number of that release. */
  readonly release: number
  readonly revision: string
  /** The link that says what boots. */
  readonly current: string
  /** The apps of this repository; every other app is a dependency. */
  readonly own: readonly string[]
  /** `down`: back to an older release. */
  readonly direction: 'up' | 'down'
  readonly dependencies: 'swap' | 'hot'
  /** Whether open LiveViews are rendered again. */
  readonly refreshViews: boolean
}

/** What differs between two releases on disk. Modules are named as in Elixir. */
export interface Comparison {
  readonly findings: readonly Finding[]
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** Apps with another version. */
  readonly apps: readonly string[]
  /** Whether files in priv/static changed. */
  readonly static: boolean
  /** Modules whose processes are taken over by code_change. */
  readonly migrating: readonly string[]
  /** Whether a preview could tell more. */
  readonly preview: boolean
  /** Supervisors whose init/1 changed. */
  readonly supervisors: readonly string[]
  /** Processes that, started before the code is replaced, would run old code in what they call. */
  readonly mixing: readonly string[]
  /** Application modules whose start/2 changed; pure: it does nothing but build its list of children. */
  readonly starts: readonly { readonly app: string; readonly pure: boolean; readonly detail: string }[]
}

export interface SupervisorChange {
  /** `shop / Shop.Workers`: the app, then the children down to this supervisor. */
  readonly path: string
  readonly module: string
  readonly added: readonly string[]
  /** The modules that the added children are started by. */
  readonly modules: readonly string[]
  /** Added children that are started by a closure of code that is not loaded yet when they start. */
  readonly closures: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly string[]
  /** Whether its strategy or limits changed. */
  readonly flags: boolean
}

/** How the two releases differ once their configuration is evaluated and their supervisors are asked. */
export interface Preview {
  readonly config: readonly { readonly app: string; readonly key: string }[]
  readonly supervisors: readonly SupervisorChange[]
  /** Modules of the supervisors whose children could be told. */
  readonly known: readonly string[]
  /** Supervisors whose children cannot be told without starting them. */
  readonly unknown: readonly string[]
}

/** What the running node says. */
export interface NodeCheck {
  readonly findings: readonly Finding[]
  readonly processes: readonly { readonly module: string; readonly count: number }[]
  /** How many hot upgrades it has had since it booted. */
  readonly generation: number
  /** Whether an upgrade is under way in it. */
  readonly pending: boolean
  readonly otp: string
}

export interface Installed {
  readonly ok: boolean
  /** Why it was refused; the node is then as it was before. */
  readonly findings: readonly Finding[]
  readonly migrated: number
  readonly started: readonly string[]
  /** How long processes that migrate were suspended, in ms; the switch of code when there were none. */
  readonly pausedMs: number
  /** All the work inside the node, in ms. */
  readonly tookMs: number
}

/** What has gone wrong since an upgrade was installed. */
export interface Watched {
  /** Supervised processes that died. */
  readonly restarted: readonly string[]
  /** Crashes in code that changed. */
  readonly crashes: readonly string[]
  /** How many processes the node has. */
  readonly processes: number
  /** How many processes migrated their state. */
  readonly migrated: number
}

/** The hot upgrade engine: compares releases, and takes a running node from one to another. */
export interface Engine {
  /** From the two directories alone. */
  compare(change: Change): Promise<Comparison>
  /** Compares in advance, so that {@link compare} of this change, when it is the next one prepared, needs no time. */
  prepare(change: Change): Promise<void>
  /** In a VM of its own with the environment of the running instance; nothing is started. */
  preview(change: Change): Promise<Preview | { readonly failed: string }>
  /** Asks the node; changes nothing in it. */
  check(change: Change): Promise<NodeCheck | { readonly failed: string }>
  /** From here on the new code runs; {@link revert} takes it back, {@link commit} removes the old. */
  install(change: Change): Promise<Installed>
  watch(change: Change): Promise<Watched>
  /** How many processes the node of an instance has; null when it cannot be asked. */
  processes(instance: Pick<Change, 'project' | 'slot'>): Promise<number | null>
  /** Whether the node may run new code: {@link install} was called, and did not answer that it was refused. */
  touched(): boolean
  /** Exactly back. @returns why it could not be done. */
  revert(change: Change): Promise<readonly Finding[]>
  /** @returns what of the old code is still in use and was left in place. */
  commit(change: Change): Promise<readonly Finding[]>
}
