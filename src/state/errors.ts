import { error } from '../core/error.js'
import { list } from '../core/error-text.js'

export const projectName = error(
  'PROJECT_NAME',
  'A project name is not one Gatling can use.',
  (name: string) => ({
    message: `${JSON.stringify(name)} is not a name for a project`,
    hint: 'Use a small letter, then small letters, digits and underscores, at most 40 characters.',
    exitCode: 2,
  }),
)

export const projectUnknown = error(
  'PROJECT_UNKNOWN',
  'No project of that name is loaded.',
  (name: string, meant: string | undefined, loaded: readonly string[]) => ({
    message: `there is no project ${name}${meant ? `; did you mean ${meant}?` : ''}`,
    hint: `${loaded.length > 0 ? `Loaded projects: ${list(loaded)}. ` : ''}To load this one, run \`gatling load ${name}\`.`,
  }),
)

export const configKey = error(
  'CONFIG_KEY',
  'A config key cannot be the name of an environment variable.',
  (key: string) => ({
    message: `${JSON.stringify(key)} cannot be the name of a config value`,
    hint: 'Use letters, digits and underscores, and do not begin with a digit: DATABASE_URL=...',
    exitCode: 2,
  }),
)

export const configReserved = error(
  'CONFIG_RESERVED',
  'A config key is one that Gatling sets itself.',
  (key: string) => ({
    message: `Gatling itself sets ${key} for every instance, so you cannot change it`,
    hint: 'Choose another name.',
  }),
)

export const configValue = error(
  'CONFIG_VALUE',
  'An environment variable cannot hold a config value.',
  (key: string) => ({
    message: `the value of ${key} has a NUL byte, which no environment variable can hold`,
    hint: 'Encode it, for example as Base64.',
  }),
)

export const configLarge = error(
  'CONFIG_LARGE',
  'A config value, or all values of an app together, are too large for the environment of a process.',
  (what: string, bytes: number, most: number) => ({
    message: `${what} would take ${kilobytes(bytes)} of the environment, which has room for ${kilobytes(most)}. Nothing was set`,
    hint: 'Put the value into a file in the HOME of the app, and set the path of that file instead.',
  }),
)

const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1_024)} KB`

export const configUnknown = error(
  'CONFIG_UNKNOWN',
  'A config value is not set.',
  (key: string, meant: string | undefined) => ({
    message: `${key} is not set${meant ? `; did you mean ${meant}?` : ''}`,
    hint: '`gatling config list` shows every value that is set.',
  }),
)

export const keyInvalid = error('KEY_INVALID', 'The file given is not a public key.', (problem: string) => ({
  message: problem,
  hint: 'Give the file that ends in .pub, for example ~/.ssh/id_ed25519.pub.',
}))

export const keyThere = error(
  'KEY_THERE',
  'There already is such a key, or one of that name.',
  (name: string, sameKey: boolean) => ({
    message: sameKey ? `this key already has access, as ${name}` : `another key already has the name ${name}`,
    hint: sameKey
      ? `To change its rights, run \`gatling keys remove ${name}\`, then add it again.`
      : 'Give it another name with --name.',
  }),
)

export const keyNotThere = error(
  'KEY_NOT_THERE',
  'There is no key of that name.',
  (name: string, known: readonly string[]) => ({
    message: `there is no key ${name}. Known keys: ${list(known)}`,
    hint: '`gatling keys list` shows them.',
  }),
)

export const runUnknown = error(
  'RUN_UNKNOWN',
  'There is no deploy of that number.',
  (project: string, run: number) => ({
    message: `${project} has no deploy ${run}`,
    hint: `\`gatling history ${project}\` lists them.`,
  }),
)

export const stateBroken = error(
  'STATE_BROKEN',
  'Gatling cannot read a file of its own state.',
  (path: string, reason: string) => ({
    message: `cannot read ${path}: ${reason}`,
    hint: `Something else changed it, or its disk is damaged. The live release still serves. ${withoutIt(path)}`,
  }),
)

/** Says what to do with a state file, and what is lost without it. */
const withoutIt = (path: string): string => {
  if (/\/pins\.json$/.test(path)) return 'Move it away; then no release is pinned any longer.'
  if (/\/bad\.json$/.test(path)) return 'Move it away; then no revision counts as bad any longer.'
  const [run] = /^.*\/runs\/\d+(?=\/)/.exec(path) ?? []
  return run ? `Move ${run} away; only the record of that deploy is lost.` : 'Restore it from a backup.'
}

export const runTaken = error(
  'RUN_TAKEN',
  'A machine of the fleet has another run of the same number.',
  (project: string, number: number) => ({
    message: `this machine has a run ${number} of ${project} already`,
    hint: `Deploy again: the next run has another number. \`gatling redeploy ${project}\`.`,
  }),
)
