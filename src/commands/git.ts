import type { Command } from '../core/host.js'

const git = (repository: string, ...argv: readonly string[]): Command => ({
  argv: ['git', '--git-dir', repository, ...argv],
  quiet: true,
})

export const version: Command = { argv: ['git', 'version'] }

export const initBare = (repository: string): Command => ({
  argv: ['git', 'init', '--quiet', '--bare', repository],
  quiet: true,
})

export const setConfig = (repository: string, key: string, value: string): Command =>
  git(repository, 'config', key, value)

/** Prints the commit a name stands for, also one that is a tag's. */
export const resolve = (repository: string, name: string): Command =>
  git(repository, 'rev-parse', '--verify', '--quiet', '--end-of-options', commit(name))

/** Prints the id of the commit that a name stands for and the first line of its message, one a line. */
export const describe = (repository: string, name: string): Command =>
  git(repository, 'log', '-1', '--format=%H%n%s', '--end-of-options', commit(name))

/** Ends with 0 when `older` is in the history of `newer`. */
export const isAncestor = (repository: string, older: string, newer: string): Command =>
  git(repository, 'merge-base', '--is-ancestor', older, newer)

/** Moves a branch, only if it still is where `expected` says (40 zeros: only if it is not there). */
export const moveBranch = (repository: string, branch: string, revision: string, expected: string): Command =>
  git(repository, 'update-ref', `refs/heads/${branch}`, revision, expected)

/** What keeps the commit of a release; hidden from those who push. */
export const releaseRef = (release: number): string => `${hiddenRefs}/${release}`
export const hiddenRefs = 'refs/gatling'

export const releaseRefs = (repository: string): Command =>
  git(repository, 'for-each-ref', '--format=%(refname)', hiddenRefs)

export const setRef = (repository: string, ref: string, revision: string): Command =>
  git(repository, 'update-ref', ref, revision)

export const removeRef = (repository: string, ref: string): Command =>
  git(repository, 'update-ref', '-d', ref)

/** Packs what is there, but for packs that are large already, and removes what nobody has used for two weeks. */
export const collectGarbage = (repository: string): Command => ({
  argv: [
    ...(['git', '--git-dir', repository, '-c', 'gc.bigPackThreshold=64m'] as const),
    ...['gc', '--quiet', '--prune=2.weeks.ago'],
  ],
  quiet: true,
})

/** What a clone of this repository checks out. */
export const setHead = (repository: string, branch: string): Command =>
  git(repository, 'symbolic-ref', 'HEAD', `refs/heads/${branch}`)

/** A commit by its id. git would take the id alone for the branch of that name, if there is one (git-checkout(1)). */
const commit = (revision: string): string => `${revision}^{commit}`

/** Makes a checkout whose untracked files - deps, _build, digests - stay between deploys. */
export const addWorktree = (repository: string, path: string, revision: string): Command =>
  git(repository, 'worktree', 'add', '--quiet', '--force', '--detach', path, commit(revision))

export const checkout = (path: string, revision: string): Command => ({
  argv: ['git', '-C', path, 'checkout', '--quiet', '--force', '--detach', commit(revision)],
  quiet: true,
})

/** Fetches and checks out what .gitmodules names, at the addresses that it names now, and then the same in each of those. */
export const updateSubmodules = (path: string): readonly Command[] => [
  { ...submodule(path, 'sync', '--quiet'), quiet: true },
  submodule(path, 'update', '--init', '--force', '--quiet'),
  { ...submodule(path, 'foreach', '--quiet', '--recursive', inEach), quiet: true },
]

/** git hands a line to a shell there, with nothing of anybody's in it. */
const inEach = 'git submodule sync --quiet && git submodule update --init --force --quiet'

const submodule = (path: string, ...argv: readonly string[]): Command => ({
  argv: ['git', '-C', path, 'submodule', ...argv],
})

const grepPointers = [
  ...(['grep', '--files-with-matches', '-e', '^version https://git-lfs.github.com/spec/'] as const),
  ...(['--', ':(attr:filter=lfs)'] as const),
]

/** Prints the files of a checkout that are only pointers of git-lfs; ends with 1 when there are none. */
export const lfsPointers = (path: string): Command => ({
  argv: ['git', '-C', path, ...grepPointers],
  quiet: true,
})

/** Prints those of its submodules: `--recurse-submodules` finds none by an attribute (git 2.39). */
export const lfsPointersBelow = (path: string): Command => {
  const grep = grepPointers.map(word => `'${word}'`).join(' ')
  return {
    ...submodule(path, 'foreach', '--quiet', '--recursive', `git ${grep} | sed "s|^|$displaypath/|"`),
    quiet: true,
  }
}

export const remoteUrl = (folder: string, name: string): Command => ({
  argv: ['git', '-C', folder, 'remote', 'get-url', '--', name],
})

/** Prints a value of the user's configuration, or that of the repository in a folder. */
export const configOf = (folder: string, key: string): Command => ({
  argv: ['git', '-C', folder, 'config', '--get', key],
})

export const addRemote = (folder: string, name: string, url: string): Command => ({
  argv: ['git', '-C', folder, 'remote', 'add', '--', name, url],
})
