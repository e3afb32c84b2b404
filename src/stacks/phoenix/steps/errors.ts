import { error } from '../../../core/error.js'

export const lfsPointersLeft = error(
  'LFS_POINTERS',
  'Files that git-lfs keeps elsewhere are in the checkout only as pointers.',
  (files: readonly string[]) => ({
    message: `git-lfs keeps the content of ${files.slice(0, named).join(', ')}${files.length > named ? ` and ${files.length - named} more files` : ''} elsewhere, and git has only pointers to it`,
    hint: 'Put the files into git itself, `git lfs migrate export --include="..."`, and push again; or fetch them in the hook before_mix_deps_get, with `git lfs pull` and the address of your LFS server, lfs.url, in .lfsconfig.',
  }),
)

/** How many files a message names. */
const named = 5

export const releaseNotBuilt = error(
  'RELEASE_NOT_BUILT',
  'mix release ended well but built nothing.',
  (path: string) => ({
    message: `\`mix release\` reported success, but there is no release in ${path}`,
    hint: "A custom `path:` or `steps:` in the release's options in mix.exs may have moved it; take it out.",
  }),
)
