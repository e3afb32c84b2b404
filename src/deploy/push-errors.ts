import { error } from '../core/error.js'

export const gitOld = error('GIT_OLD', 'The installed git is too old.', (installed: string) => ({
  message: `this machine has ${installed}, but a push needs git 2.29 or newer to be answered by its deploy`,
  hint: 'Install a newer git on this machine.',
}))

export const branchKept = error(
  'BRANCH_KEPT',
  'The deploy branch cannot be deleted by a push.',
  (branch: string) => ({
    message: `${branch} is the branch that is deployed and cannot be deleted`,
    hint: 'Remove the whole app with `gatling unload`, or choose another branch with `gatling load --branch`.',
  }),
)

export const refRefused = error(
  'REF_REFUSED',
  'What is pushed is neither a branch nor a tag, or would keep the deploy branch from moving.',
  (ref: string, branch: string | null) => ({
    message:
      branch === null
        ? `${ref} is neither a branch nor a tag; nothing was changed`
        : `git cannot have ${ref} beside ${branch}, the branch that deploys; nothing was changed`,
    hint: 'Push it under another name: `git push production HEAD:refs/heads/NAME`.',
  }),
)

export const noCommitPushed = error(
  'NO_COMMIT',
  'What was pushed to the branch that deploys is not a commit.',
  (pushed: string) => ({
    message: `${pushed.slice(0, 7)} is neither a commit nor a tag of one`,
    hint: 'Push a commit: git push production main.',
  }),
)

export const branchMoved = error(
  'BRANCH_MOVED',
  'Another push moved the branch while this one waited.',
  (branch: string) => ({
    message: `${branch} was moved by another push while this one waited, and this push is not based on it`,
    hint: 'Pull, and push again.',
  }),
)
