import { error } from '../core/error.js'
import { list } from '../core/error-text.js'

export const usage = error(
  'USAGE',
  'The command line was not understood; nothing was run.',
  (message: string, hint: string) => ({
    message,
    hint,
    exitCode: 2,
  }),
)

export const unconfirmed = error(
  'UNCONFIRMED',
  'Something that cannot be taken back was not confirmed.',
  (what: string) => ({
    message: `${what} was not confirmed, so nothing was done`,
    hint: 'Answer with the name of the project, or pass --yes.',
  }),
)

export const needsRoot = error(
  'NEEDS_ROOT',
  'The command changes the machine, which only root may.',
  (command: string) => ({
    message: `\`gatling ${command}\` must be run by root`,
    hint: `Run it as root, for example with sudo: sudo gatling ${command}`,
  }),
)

export const notAServer = error(
  'NOT_A_SERVER',
  'The command is for a server, and this machine was not set up as one.',
  (command: string) => ({
    message: `\`gatling ${command}\` is for a server, and this machine is none`,
    hint: 'Set it up with `gatling setup`, as root.',
  }),
)

export const remoteUnknown = error(
  'REMOTE_UNKNOWN',
  'The repository in this folder has no such git remote with an ssh address.',
  (name: string) => ({
    message: `this folder's repository has no remote ${name} that is reached by ssh`,
    hint: `git remote add ${name} gatling@your-server:my_app`,
  }),
)

export const fileExists = error(
  'FILE_EXISTS',
  'A file that would be made is already there.',
  (path: string) => ({
    message: `${path} is already there`,
    hint: 'Move it away first; nothing was changed.',
  }),
)

export const revisionUnknown = error(
  'REVISION_UNKNOWN',
  'There is no such commit or branch in the repository.',
  (project: string, name: string) => ({
    message: `${project}'s repository has no commit or branch ${JSON.stringify(name)}`,
    hint: 'Push it first, to any branch: `git push production HEAD:try`.',
  }),
)

export const releaseNotThere = error(
  'RELEASE_NOT_THERE',
  'Only a release that is on disk can be pinned.',
  (project: string, release: string, there: readonly number[]) => ({
    message: `${release} is no release of ${project} that is on disk`,
    hint: `There are: ${list(there.map(String))}.`,
  }),
)

export const recordsGone = error(
  'RECORDS_GONE',
  'The records of the deploys of an app that is live are not there.',
  (project: string, path: string, release: number) => ({
    message: `the records of the deploys of ${project} are gone from ${path}; its release ${release} is live`,
    hint: 'Put the folder back from a backup. Else the next deploy begins new records.',
  }),
)

export const nothingRunning = error('NOTHING_RUNNING', 'No deploy is under way.', (project: string) => ({
  message: `no deploy of ${project} is under way`,
  hint: `\`gatling history ${project}\` shows the past ones.`,
}))

export const notRunning = error('NOT_RUNNING', 'The app does not run at the moment.', (project: string) => ({
  message: `${project} does not run at the moment`,
  hint: `\`gatling status ${project}\` and \`gatling logs ${project}\` tell more.`,
}))

export const noTerminal = error(
  'NO_TERMINAL',
  'A console was asked for where lines cannot be edited: its output is no terminal, or the terminal cannot move its cursor.',
  (project: string) => ({
    message:
      'a console needs a terminal for its output as well, and one whose kind (TERM) can move the cursor',
    hint: `Run it in a plain terminal. To evaluate something and go on: \`echo 'IO.puts(node())' | gatling console ${project}\`.`,
  }),
)
