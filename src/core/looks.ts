import type { Migration, Way } from './env.js'
import type { GatlingError } from './error.js'
import type { Plan } from './plan.js'
import type { Runtime } from './runtime.js'

/** A migration that is up and that the release to go back to does not have. */
export interface Left extends Migration {
  /** Whether it can be rolled back; null: that cannot be told from its source. */
  readonly reversible: boolean | null
  /** Why not, or why that cannot be told; null: it can. */
  readonly why: string | null
}

/** What a rollback would meet, as far as the releases and the database tell. */
export interface Outlook {
  /** How it would be done. The running instance is not asked, so it can still speak against a hot one. null: it is refused. */
  readonly plan: Plan | null
  /** Newest first. */
  readonly left: readonly Left[]
  /** Migrations of the release to go back to that the database lacks, as `version name`. */
  readonly lacking: readonly string[]
  /** Why the database did not say which migrations are up; null: it did, or there is nothing to ask. */
  readonly unknown: string | null
  /** The restore point before what is left, and the two commands that take code and data back; null: there is none. */
  readonly restore: { readonly before: number; readonly commands: readonly [string, string] } | null
  /** Why the rollback would be refused as it was asked for; null: it would not. */
  readonly refusal: GatlingError | null
}

/** What differs between the code of two releases. */
export interface Difference {
  readonly modules: Plan['modules']
  /** Apps of the release, mostly dependencies, with another version. */
  readonly apps: readonly string[]
  /** Whether static files differ. */
  readonly files: boolean
  /** Migrations that only one of the two has, as `version name`, oldest first. */
  readonly migrations: { readonly added: readonly string[]; readonly removed: readonly string[] }
}

/** Something that the runtime of a running instance counts. */
export interface Figure {
  /** As `--json` has it. */
  readonly name: string
  /** In words. */
  readonly about: string
  /** null: to count it would take too long now. */
  readonly value: number | null
  /** What it cannot exceed; null: it has no limit of its own. */
  readonly limit: number | null
  readonly unit: 'bytes' | null
}

/** Looks at an app for a person, and changes nothing of it. The first two look at releases on disk and at the database alone. */
export interface Looks {
  /** @param runtime as the stack equips it. */
  back(way: Way, runtime: Runtime): Promise<Outlook>
  /** From the release that the way has as live to the one it goes to; null: such an app has no code that runs. */
  between(way: Way, runtime: Runtime): Promise<Difference | null>
  /**
   * Asks the runtime of the live instance for its figures, in one short call.
   * @throws GatlingError for an instance that does not answer in time, or cannot be asked.
   */
  figures(way: Way, runtime: Runtime): Promise<readonly Figure[]>
}
