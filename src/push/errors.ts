import { error } from '../core/error.js'

export const gitOld = error('GIT_OLD', 'The installed git is too old.', (installed: string) => ({
  message: `this machine has ${installed}, but a push needs git 2.29 or newer to show its deploy`,
  hint: 'Install a newer git on this machine.',
}))

export const branchKept = error(
  'BRANCH_KEPT',
  'A push cannot delete the branch that deploys.',
  (branch: string) => ({
    message: `cannot delete ${branch}, because it is the branch that deploys`,
    hint: 'Remove the whole app with `gatling unload`, or choose another branch with `gatling load --branch`.',
  }),
)

export const refRefused = error(
  'REF_REFUSED',
  'A push brought a ref that is neither a branch nor a tag, or that conflicts with the branch that deploys.',
  (ref: string, branch: string | null) => ({
    message:
      branch === null
        ? `${ref} is neither a branch nor a tag. Nothing was changed`
        : `git cannot have ${ref} beside ${branch}, the branch that deploys. Nothing was changed`,
    hint: 'Push it under another name: `git push production HEAD:refs/heads/NAME`.',
  }),
)

export const noCommitPushed = error(
  'NO_COMMIT',
  'A push brought something other than a commit to the branch that deploys.',
  (pushed: string) => ({
    message: `${pushed.slice(0, 7)} is neither a commit nor a tag of a commit`,
    hint: 'Push a commit: git push production main.',
  }),
)

export const branchMoved = error(
  'BRANCH_MOVED',
  'Another push moved the branch while this push waited.',
  (branch: string) => ({
    message: `another push moved ${branch} while this push waited, and this push does not include it`,
    hint: 'Pull, then push again.',
  }),
)
