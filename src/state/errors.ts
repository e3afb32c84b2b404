import { error } from '../core/error.js'
import { list } from '../core/error-text.js'

export const projectName = error(
  'PROJECT_NAME',
  'A project name is not one Gatling can use.',
  (name: string) => ({
    message: `${JSON.stringify(name)} is not a name for a project`,
    hint: 'Use the name of the mix project: a small letter, then small letters, digits and underscores, at most 40.',
    exitCode: 2,
  }),
)

export const projectUnknown = error(
  'PROJECT_UNKNOWN',
  'No project of that name is loaded.',
  (name: string, meant: string | undefined, loaded: readonly string[]) => ({
    message: `there is no project ${name}${meant ? `; did you mean ${meant}?` : ''}`,
    hint: `${loaded.length > 0 ? `Loaded are: ${list(loaded)}. ` : ''}Make it with \`gatling load ${name}\`.`,
  }),
)

export const configKey = error(
  'CONFIG_KEY',
  'A config key cannot be the name of an environment variable.',
  (key: string) => ({
    message: `${JSON.stringify(key)} cannot be the name of a config value`,
    hint: 'Use letters, digits and underscores, not beginning with a digit: DATABASE_URL=...',
    exitCode: 2,
  }),
)

export const configReserved = error(
  'CONFIG_RESERVED',
  'A config key is one that Gatling sets itself.',
  (key: string) => ({
    message: `${key} is set by Gatling for every instance and cannot be changed`,
    hint: 'Choose another name.',
  }),
)

export const configValue = error(
  'CONFIG_VALUE',
  'A config value cannot be put in an environment variable.',
  (key: string) => ({
    message: `the value of ${key} holds a NUL byte, which no environment variable can`,
    hint: 'Encode it, for example as Base64.',
  }),
)

export const configLarge = error(
  'CONFIG_LARGE',
  'A config value, or all of an app together, are larger than the environment of a process can be.',
  (what: string, bytes: number, most: number) => ({
    message: `${what} would take ${kilobytes(bytes)} of the environment, which has room for ${kilobytes(most)}; nothing was set`,
    hint: 'Put it into a file in the HOME of the app, and set the path of that file instead.',
  }),
)

const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1_024)} KB`

export const configUnknown = error(
  'CONFIG_UNKNOWN',
  'A config value is not set.',
  (key: string, meant: string | undefined) => ({
    message: `${key} is not set${meant ? `; did you mean ${meant}?` : ''}`,
    hint: '`gatling config list` shows what is.',
  }),
)

export const keyInvalid = error('KEY_INVALID', 'What was given is no public key.', (problem: string) => ({
  message: problem,
  hint: 'Give the file that ends in .pub, for example ~/.ssh/id_ed25519.pub.',
}))

export const keyThere = error(
  'KEY_THERE',
  'There already is such a key, or one of that name.',
  (name: string, sameKey: boolean) => ({
    message: sameKey
      ? `this key is let in already, as ${name}`
      : `there already is another key named ${name}`,
    hint: sameKey
      ? `To change what it may do: \`gatling keys remove ${name}\`, then add it again.`
      : 'Give it another name with --name.',
  }),
)

export const keyNotThere = error(
  'KEY_NOT_THERE',
  'There is no key of that name.',
  (name: string, known: readonly string[]) => ({
    message: `there is no key ${name}; there are: ${list(known)}`,
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
  "A file of Gatling's own state cannot be read.",
  (path: string, reason: string) => ({
    message: `${path} cannot be read: ${reason}`,
    hint: `It was changed from outside, or its disk is damaged; what serves still does. ${withoutIt(path)}`,
  }),
)

/** What becomes of a state file that is moved away. */
const withoutIt = (path: string): string => {
  if (/\/pins\.json$/.test(path)) return 'Moved away, no release is pinned any more.'
  if (/\/bad\.json$/.test(path)) return 'Moved away, no revision counts as bad any more.'
  const [run] = /^.*\/runs\/\d+(?=\/)/.exec(path) ?? []
  return run ? `Move ${run} away, and only the record of that deploy is lost.` : 'Restore it from a backup.'
}
