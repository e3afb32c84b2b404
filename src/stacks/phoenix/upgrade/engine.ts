import type { Slot } from '../../../core/live.js'
import type { Figure } from '../../../core/looks.js'

/**
 * Something that speaks against a hot upgrade, or the reason why the node refused one. reasons.ts explains each code.
 */
export interface Finding {
  readonly code: string
  /** The subject: a module, an app, a file. */
  readonly what: string
  readonly detail: string
}

/** A hot upgrade to do: the running node, and the two releases. */
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
  /** The link `current`, which says what boots. */
  readonly current: string
  /** The apps of this repository; every other app is a dependency. */
  readonly own: readonly string[]
  /** `down`: back to an older release. */
  readonly direction: 'up' | 'down'
  readonly dependencies: 'swap' | 'hot'
  /** Whether open LiveViews are rendered again. */
  readonly refreshViews: boolean
}

/** The differences between two releases on disk. Modules have their names in Elixir. */
export interface Comparison {
  readonly findings: readonly Finding[]
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** Apps with another version. */
  readonly apps: readonly string[]
  /** Whether files in priv/static changed. */
  readonly static: boolean
  /** Modules whose processes migrate by code_change. */
  readonly migrating: readonly string[]
  /** Whether a preview could find more differences. */
  readonly preview: boolean
  /** Supervisors whose init/1 changed. */
  readonly supervisors: readonly string[]
  /** Modules of processes that would call old code if they started before the code is replaced. */
  readonly mixing: readonly string[]
  /** Application modules whose start/2 changed. `pure`: start/2 only builds its list of children. */
  readonly starts: readonly { readonly app: string; readonly pure: boolean; readonly detail: string }[]
}

export interface SupervisorChange {
  /** `shop / Shop.Workers`: the app, then the children down to this supervisor. */
  readonly path: string
  readonly module: string
  readonly added: readonly string[]
  /** The modules that start the added children. */
  readonly modules: readonly string[]
  /** Added children that a closure starts whose code is not loaded yet at that moment. */
  readonly closures: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly string[]
  /** Whether its strategy or limits changed. */
  readonly flags: boolean
}

/** The differences between the evaluated configurations and the supervisors of two releases. */
export interface Preview {
  readonly config: readonly { readonly app: string; readonly key: string }[]
  readonly supervisors: readonly SupervisorChange[]
  /** Modules of supervisors whose children are known. */
  readonly known: readonly string[]
  /** Supervisors whose children cannot be known without starting them. */
  readonly unknown: readonly string[]
}

/** The state of the running node. */
export interface NodeCheck {
  readonly findings: readonly Finding[]
  readonly processes: readonly { readonly module: string; readonly count: number }[]
  /** How many hot upgrades the node has had since it booted. */
  readonly generation: number
  /** Whether an upgrade runs in the node. */
  readonly pending: boolean
  readonly otp: string
}

export interface Installed {
  readonly ok: boolean
  /** Why the node refused the upgrade. Then it is as it was before. */
  readonly findings: readonly Finding[]
  readonly migrated: number
  readonly started: readonly string[]
  /** How long migrating processes were suspended, in ms. Without such processes it is the time of the code switch. */
  readonly pausedMs: number
  /** The time of all the work inside the node, in ms. */
  readonly tookMs: number
}

/** What the watch of a hot upgrade has found since the installation. */
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
  /** Compares two releases by their directories alone. */
  compare(change: Change): Promise<Comparison>
  /** Compares in advance, so that a later {@link compare} of this change takes no time. */
  prepare(change: Change): Promise<Comparison>
  /** Evaluates the new release in a new VM, with the environment of the running instance. It starts no application. */
  preview(change: Change): Promise<Preview | { readonly failed: string }>
  /** Asks the node whether it can be upgraded. It changes nothing there. */
  check(change: Change): Promise<NodeCheck | { readonly failed: string }>
  /** Installs the new code. From here on it runs. {@link revert} takes it back, {@link commit} removes the old code. */
  install(change: Change): Promise<Installed>
  watch(change: Change): Promise<Watched>
  /** Counts the processes of an instance's node; null: the node does not answer. */
  processes(instance: Pick<Change, 'project' | 'slot'>): Promise<number | null>
  /** Asks the node of an instance for its figures. @throws GatlingError NODE_SILENT or NODE_UNREACHABLE. */
  figures(instance: Pick<Change, 'project' | 'slot'>): Promise<readonly Figure[]>
  /** Tells whether the node can have new code: {@link install} was called, and the node did not refuse. */
  touched(): boolean
  /** Brings back the old code exactly. @returns why that was impossible; empty: it was done. */
  revert(change: Change): Promise<readonly Finding[]>
  /** Removes the old code. @returns the old code that is still in use and stays. */
  commit(change: Change): Promise<readonly Finding[]>
}
