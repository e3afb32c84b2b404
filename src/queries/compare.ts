import * as git from '../commands/git.js'
import type { Live } from '../core/live.js'
import type { Difference } from '../core/looks.js'
import { lookAt } from '../deploy/look.js'
import { runCommand } from '../hosts/capture.js'
import { succeeded } from '../hosts/must.js'
import { appPaths } from '../state/paths.js'
import { differingNames } from './config-names.js'
import { type Named, namedOf } from './named.js'

/** The differences between two releases, as `gatling compare --json` prints them. */
export interface ReleaseComparison {
  readonly project: string
  readonly from: Named
  readonly to: Named
  /** Commits that only one of the two has, newest first, at most 200 of each. */
  readonly commits: { readonly added: readonly Commit[]; readonly removed: readonly Commit[] }
  /** The names of the config values that differ. */
  readonly config: readonly string[]
  /** The differences of the code; null: no code of the app runs. */
  readonly code: Difference | null
}

interface Commit {
  readonly revision: string
  readonly subject: string
  readonly by: string
  /** ISO 8601. */
  readonly at: string
}

const mostCommits = 200

/**
 * Compares two releases that are on disk.
 * @param live the live release, which knows where the app runs.
 * @throws GatlingError COMMAND_FAILED if the repository lacks a commit of them.
 */
export const comparisonOf = async (
  home: string,
  project: string,
  live: Live,
  [one, other]: readonly [number, number],
): Promise<ReleaseComparison> => {
  const [from, to] = [await namedOf(home, project, one), await namedOf(home, project, other)]
  const sight = { home, project, live: { ...live, release: one }, release: other }
  const asked = { mode: null, codeOnly: false, schema: 'keep' } as const
  return {
    project,
    from,
    to,
    commits: {
      added: await commitsBetween(home, project, from.revision, to.revision),
      removed: await commitsBetween(home, project, to.revision, from.revision),
    },
    config: await differingNames(home, project, live, [
      { release: one, config: one },
      { release: other, config: other },
    ]),
    code: await lookAt({ ...sight, ...asked }, (looks, way, runtime) => looks.between(way, runtime)),
  }
}

const commitsBetween = async (
  home: string,
  project: string,
  older: string,
  newer: string,
): Promise<readonly Commit[]> => {
  const { repository } = appPaths(home, project)
  const command = git.commitsBetween(repository, older, newer, mostCommits)
  return succeeded(command, await runCommand(command))
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [revision = '', by = '', at = '', ...subject] = line.split('\0')
      return { revision, subject: subject.join(' '), by, at }
    })
}
