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

/** Prints the commit that a name stands for, even if it is the name of a tag. */
export const resolve = (repository: string, name: string): Command =>
  git(repository, 'rev-parse', '--verify', '--quiet', '--end-of-options', commit(name))

/** Prints the id of the commit that a name stands for and the first line of its message, one a line. */
export const describe = (repository: string, name: string): Command =>
  git(repository, 'log', '-1', '--format=%H%n%s', '--end-of-options', commit(name))

/**
 * Prints a file from a commit, after a line that says what was found. It follows a link inside the commit, which
 * `git show` does not (git-cat-file(1)).
 */
export const fileAt = (repository: string, revision: string, path: string): Command => ({
  ...git(repository, 'cat-file', '--batch', '--follow-symlinks'),
  input: `${revision}:${path}\n`,
})

/**
 * Prints the commits that are in the history of one revision but not of another: id, author, time and subject,
 * separated by NUL.
 */
export const commitsBetween = (repository: string, older: string, newer: string, most: number): Command =>
  git(
    repository,
    ...['log', `--max-count=${most}`, '--format=%H%x00%an%x00%aI%x00%s'],
    ...['--end-of-options', `${older}..${newer}`],
  )

/** Ends with 0 if `older` is in the history of `newer`. */
export const isAncestor = (repository: string, older: string, newer: string): Command =>
  git(repository, 'merge-base', '--is-ancestor', older, newer)

/** Moves a branch, but only if it still points to `expected`. 40 zeros: only if it does not exist. */
export const moveBranch = (repository: string, branch: string, revision: string, expected: string): Command =>
  git(repository, 'update-ref', `refs/heads/${branch}`, revision, expected)

/** Returns the ref that keeps the commit of a release. People who push do not see it. */
export const releaseRef = (release: number): string => `${hiddenRefs}/${release}`
export const hiddenRefs = 'refs/gatling'

export const releaseRefs = (repository: string): Command =>
  git(repository, 'for-each-ref', '--format=%(refname)', hiddenRefs)

export const setRef = (repository: string, ref: string, revision: string): Command =>
  git(repository, 'update-ref', ref, revision)

export const removeRef = (repository: string, ref: string): Command =>
  git(repository, 'update-ref', '-d', ref)

/** Packs all objects, except large packs, and removes objects that nothing has used for two weeks. */
export const collectGarbage = (repository: string): Command => ({
  argv: [
    ...(['git', '--git-dir', repository, '-c', 'gc.bigPackThreshold=64m'] as const),
    ...['gc', '--quiet', '--prune=2.weeks.ago'],
  ],
  quiet: true,
})

/** Sets the branch that a clone of this repository checks out. */
export const setHead = (repository: string, branch: string): Command =>
  git(repository, 'symbolic-ref', 'HEAD', `refs/heads/${branch}`)

/**
 * Names a commit by its id. git would take the plain id for a branch of that name, if there is one (git-checkout(1)).
 */
const commit = (revision: string): string => `${revision}^{commit}`

/** Makes a checkout whose untracked files - deps, _build, digests - stay between deploys. */
export const addWorktree = (repository: string, path: string, revision: string): Command =>
  git(repository, 'worktree', 'add', '--quiet', '--force', '--detach', path, commit(revision))

export const checkout = (path: string, revision: string): Command => ({
  argv: ['git', '-C', path, 'checkout', '--quiet', '--force', '--detach', commit(revision)],
  quiet: true,
})

/** Fetches and checks out all submodules, at the present addresses in .gitmodules, and then their own submodules. */
export const updateSubmodules = (path: string): readonly Command[] => [
  { ...submodule(path, 'sync', '--quiet'), quiet: true },
  submodule(path, 'update', '--init', '--force', '--quiet'),
  { ...submodule(path, 'foreach', '--quiet', '--recursive', inEach), quiet: true },
]

/** The line that git gives to a shell in each submodule. It contains nothing from outside. */
const inEach = 'git submodule sync --quiet && git submodule update --init --force --quiet'

const submodule = (path: string, ...argv: readonly string[]): Command => ({
  argv: ['git', '-C', path, 'submodule', ...argv],
})

const grepPointers = [
  ...(['grep', '--files-with-matches', '-e', '^version https://git-lfs.github.com/spec/'] as const),
  ...(['--', ':(attr:filter=lfs)'] as const),
]

/** Prints the files of a checkout that are only pointers of git-lfs. It ends with 1 if there are none. */
export const lfsPointers = (path: string): Command => ({
  argv: ['git', '-C', path, ...grepPointers],
  quiet: true,
})

/** Prints the pointers of git-lfs in submodules. `--recurse-submodules` finds no files by an attribute (git 2.39). */
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

/** Prints a value of the configuration of the user, or of the repository in a folder. */
export const configOf = (folder: string, key: string): Command => ({
  argv: ['git', '-C', folder, 'config', '--get', key],
})

export const addRemote = (folder: string, name: string, url: string): Command => ({
  argv: ['git', '-C', folder, 'remote', 'add', '--', name, url],
})
