import type { Left } from '../core/looks.js'
import type { Plan } from '../core/plan.js'
import { domainsAt, lookAt, type Sight } from '../deploy/look.js'
import { differingNames, ofNow } from './config-names.js'
import { type Named, namedOf } from './named.js'

/** The outlook of a rollback, as `gatling rollback --dry-run --json` prints it. */
export interface RollbackOutlook {
  readonly project: string
  /** The live release, and the target. */
  readonly from: Named
  readonly to: Named
  /** The mode, from the releases on disk; null: it is refused. The running instance can still prevent `hot`. */
  readonly mode: Plan['mode'] | null
  readonly reasons: readonly string[]
  /** The names of the config values that would change back. */
  readonly config: readonly string[]
  /** Domains that the app would answer on again, and those that it would lose. */
  readonly domains: { readonly added: readonly string[]; readonly removed: readonly string[] }
  readonly schema: {
    /** Applied migrations that the older release does not have, newest first. */
    readonly left: readonly Left[]
    /** Migrations of that release that the database lacks. */
    readonly lacking: readonly string[]
    /** Why the applied migrations are unknown; null: they are known. */
    readonly unknown: string | null
    /** The restore point before these, and the commands that take the data back to it; null: there is none. */
    readonly restore: { readonly before: number; readonly commands: readonly string[] } | null
  }
  /** Why this rollback would be refused; null: it would not. */
  readonly refusal: { readonly code: string; readonly message: string; readonly hint: string } | null
}

/**
 * Finds out what a rollback would do. It reads the releases and the database, and changes nothing.
 * @throws GatlingError if nothing can be found out, for example NOT_SERVING or SETTINGS_INVALID.
 */
export const outlookOf = async (sight: Sight): Promise<RollbackOutlook> => {
  const { home, project, live, release, codeOnly } = sight
  const [from, to] = [await namedOf(home, project, live.release), await namedOf(home, project, release)]
  const seen = await lookAt(sight, (looks, way, runtime) => looks.back(way, runtime))
  const { plan, left, lacking, unknown, restore, refusal } = seen
  const config = codeOnly
    ? []
    : await differingNames(home, project, live, [
        { release: live.release, config: ofNow },
        { release, config: release },
      ])
  return {
    project,
    from,
    to,
    mode: plan?.mode ?? null,
    reasons: plan?.reasons.map(({ text }) => text) ?? [],
    config,
    domains: codeOnly ? sameDomains : await domainsBack(sight, to),
    schema: { left, lacking, unknown, restore },
    refusal: refusal && { code: refusal.code, message: refusal.message, hint: refusal.hint },
  }
}

const sameDomains = { added: [], removed: [] }

const domainsBack = async (
  { home, project, live }: Sight,
  { revision }: Named,
): Promise<RollbackOutlook['domains']> => {
  const then = await domainsAt(home, project, revision)
  return {
    added: then.filter(name => !live.domains.includes(name)),
    removed: live.domains.filter(name => !then.includes(name)),
  }
}
