import { error } from '../../../core/error.js'

/** The most files that a message names. */
const named = 5

export const lfsPointersLeft = error(
  'LFS_POINTERS',
  'The checkout has only pointers to files that git-lfs keeps elsewhere.',
  (files: readonly string[]) => ({
    message: `git has only pointers to ${files.slice(0, named).join(', ')}${files.length > named ? ` and ${files.length - named} more files` : ''}; git-lfs keeps their content elsewhere`,
    hint: 'Put the files into git itself, `git lfs migrate export --include="..."`, then push again. Or fetch them with `git lfs pull` in the hook before_mix_deps_get; .lfsconfig must name your LFS server as lfs.url.',
  }),
)

export const releaseNotBuilt = error(
  'RELEASE_NOT_BUILT',
  'mix release succeeded but built nothing.',
  (path: string) => ({
    message: `\`mix release\` reported success, but there is no release in ${path}`,
    hint: "Remove a custom `path:` or `steps:` from the release's options in mix.exs: it may have moved the release.",
  }),
)
