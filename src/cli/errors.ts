import { error, type GatlingError } from '../core/error.js'
import { indent, list } from '../core/error-text.js'

export const usage = error(
  'USAGE',
  'Gatling did not understand the command line, and ran nothing.',
  (message: string, hint: string) => ({
    message,
    hint,
    exitCode: 2,
  }),
)

export const fileUnread = (path: string): GatlingError =>
  usage(`the file ${path} cannot be read, so nothing was run`, 'Name an existing file.')

export const unconfirmed = error(
  'UNCONFIRMED',
  'You did not confirm something that cannot be undone.',
  (what: string) => ({
    message: `${what} was not confirmed, so nothing was done`,
    hint: 'Answer with the name of the project, or pass --yes.',
  }),
)

export const needsRoot = error(
  'NEEDS_ROOT',
  'The command changes the machine, so only root may run it.',
  (command: string) => ({
    message: `only root may run \`gatling ${command}\``,
    hint: `Run it as root, for example with sudo: sudo gatling ${command}`,
  }),
)

export const notAServer = error(
  'NOT_A_SERVER',
  'The command is for a server, and this machine is not set up as one.',
  (command: string) => ({
    message: `\`gatling ${command}\` is for a server, and this machine is not set up as one`,
    hint: 'Set it up with `gatling setup`, as root.',
  }),
)

export const remoteUnknown = error(
  'REMOTE_UNKNOWN',
  'The repository in this folder has no such git remote with an ssh address.',
  (name: string) => ({
    message: `this folder's repository has no git remote ${name} with an ssh address`,
    hint: `Add it: \`git remote add ${name} gatling@your-server:my_app\`.`,
  }),
)

export const fileExists = error(
  'FILE_EXISTS',
  'A file that Gatling would write already exists.',
  (path: string) => ({
    message: `${path} already exists. Nothing was changed`,
    hint: 'Move it away, then try again.',
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
  'Only a release that is on disk can be pinned or compared.',
  (project: string, release: string, there: readonly number[]) => ({
    message: `${project} has no release ${release} on disk`,
    hint: `Choose one of these: ${list(there.map(String))}.`,
  }),
)

export const nothingRunning = error('NOTHING_RUNNING', 'No deploy is running.', (project: string) => ({
  message: `no deploy of ${project} is running`,
  hint: `\`gatling history ${project}\` shows the past deploys.`,
}))

export const notRunning = error('NOT_RUNNING', 'The app is not running.', (project: string) => ({
  message: `${project} is not running`,
  hint: `See \`gatling status ${project}\` and \`gatling logs ${project}\`.`,
}))

export const noTerminal = error(
  'NO_TERMINAL',
  'A console needs a terminal that can edit lines.',
  (project: string) => ({
    message: 'a console needs a terminal for its output, of a kind (TERM) that can move the cursor',
    hint: `Run it in a plain terminal. To evaluate a line without one: \`echo 'IO.puts(node())' | gatling console ${project}\`.`,
  }),
)

export const noProcess = error(
  'NO_PROCESS',
  'A command needs a process of the app, and the app is a folder of files.',
  (project: string) => ({
    message: `${project} is a folder of files, so it has no process`,
    hint: `\`gatling status ${project}\` says what it serves.`,
  }),
)

export const serverUnreachable = error(
  'SERVER_UNREACHABLE',
  'ssh could not reach the server, or the server refused it.',
  (destination: string) => ({
    message: `${destination} could not be reached by ssh`,
    hint: `Find out why: ssh ${destination}`,
  }),
)

export const leadRefused = error(
  'LEAD_REFUSED',
  'The server refused to give the key that a new machine must let in.',
  (destination: string, said: string) => ({
    message: `${destination} did not give its key, so nothing was changed:${indent(said.trim().split('\n'))}`,
    hint: 'Only a key that is `admin` on every app can add machines.',
  }),
)
