import type { Migration, Way } from './env.js'
import type { GatlingError } from './error.js'
import type { Plan } from './plan.js'
import type { Runtime } from './runtime.js'

/** A migration that was applied and that the target of a rollback does not have. */
export interface Left extends Migration {
  /** Whether it can be rolled back; null: its source does not show that. */
  readonly reversible: boolean | null
  /** Why it cannot be rolled back, or why the source does not show that; null: it can. */
  readonly why: string | null
}

/** The outlook of a rollback, from the releases and the database. */
export interface Outlook {
  /**
   * The mode of the rollback; null: it is refused. The running instance is not asked, so it can still prevent a hot
   * one.
   */
  readonly plan: Plan | null
  /** Newest first. */
  readonly left: readonly Left[]
  /** Migrations of the target that the database lacks, as `version name`. */
  readonly lacking: readonly string[]
  /** Why the applied migrations are unknown; null: they are known, or there are none. */
  readonly unknown: string | null
  /**
   * The restore point before these migrations, and the two commands that take code and data back; null: there is none.
   */
  readonly restore: { readonly before: number; readonly commands: readonly [string, string] } | null
  /** Why this rollback would be refused; null: it would not. */
  readonly refusal: GatlingError | null
}

/** The differences between the code of two releases. */
export interface Difference {
  readonly modules: Plan['modules']
  /** Apps of the release, mostly dependencies, with another version. */
  readonly apps: readonly string[]
  /** Whether static files differ. */
  readonly files: boolean
  /** Migrations that only one of the two has, as `version name`, oldest first. */
  readonly migrations: { readonly added: readonly string[]; readonly removed: readonly string[] }
}

/** A figure that the runtime of a running instance counts. */
export interface Figure {
  /** The name in `--json`. */
  readonly name: string
  /** The name for people. */
  readonly about: string
  /** The value; null: counting it would take too long now. */
  readonly value: number | null
  /** The limit that the value cannot exceed; null: none. */
  readonly limit: number | null
  readonly unit: 'bytes' | null
}

/**
 * Answers questions of a person about an app, and changes nothing. The first two read only the releases on disk and the
 * database.
 */
export interface Looks {
  /** Foresees a rollback. @param runtime the runtime that the stack has equipped. */
  back(way: Way, runtime: Runtime): Promise<Outlook>
  /** Compares the code of the two releases; null: such an app has no code that runs. */
  between(way: Way, runtime: Runtime): Promise<Difference | null>
  /**
   * Asks the runtime of the live instance for its figures, in one short call.
   * @throws GatlingError for an instance that does not answer in time, or cannot be asked.
   */
  figures(way: Way, runtime: Runtime): Promise<readonly Figure[]>
}
