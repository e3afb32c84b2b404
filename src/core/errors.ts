import { missingVariable } from './complaint.js'
import { type AskedTask, type Env, isBuild, type SchemaOptions } from './env.js'
import type { Answers } from './proxy.js'

/**
 * Every error a user can meet is made here, and nowhere else. `docs/errors.md` is written from this file.
 * Each says what happened (`message`) and what to do next (`hint`); what still serves is added where a deploy ends.
 */
export class GatlingError extends Error {
  override readonly name = 'GatlingError'

  constructor(
    /** Never changes once published. */
    readonly code: string,
    message: string,
    readonly hint: string,
    readonly exitCode: ExitCode = 1,
    override readonly cause?: unknown,
    /** The step of the pipeline it happened in. */
    readonly step: string | null = null,
  ) {
    super(message)
  }
}

/** 1: refused or failed. 2: wrong usage. 70: a bug of ours (sysexits.h, EX_SOFTWARE). */
export type ExitCode = 1 | 2 | 70

interface Said {
  readonly message: string
  readonly hint: string
  readonly exitCode?: ExitCode
  readonly cause?: unknown
}

export interface ErrorMaker<Facts extends unknown[]> {
  (...facts: Facts): GatlingError
  readonly code: string
  /** One sentence for the error reference. */
  readonly about: string
}

const error = <Facts extends unknown[]>(
  code: string,
  about: string,
  say: (...facts: Facts) => Said,
): ErrorMaker<Facts> => {
  const make = (...facts: Facts): GatlingError => {
    const { message, hint, exitCode, cause } = say(...facts)
    return new GatlingError(code, message, hint, exitCode, cause)
  }
  return Object.assign(make, { code, about })
}

const indent = (lines: readonly string[]): string => lines.map(line => `\n    ${line}`).join('')
const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MB`
const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1_024)} KB`
const share = ({ requests, errors }: Answers): string =>
  `${requests === 0 ? 0 : Number(((errors / requests) * 100).toFixed(1))} %`
const list = (words: readonly string[]): string => words.join(', ')

/** Of a deploy what it takes to ask for it once more. */
type Deploy = Pick<Env, 'task' | 'project' | 'release' | 'revision' | 'config_release'> & {
  readonly schema_options: Pick<SchemaOptions, 'back'>
}

const isCodeOnly = ({ release, config_release }: Deploy): boolean => config_release !== release

/** The same rollback once more, with `more`: a flag that was given and is left out here would make it another one. */
const rollbackOf = (deploy: Deploy, more: readonly string[] = []): string => {
  const { project, release, schema_options } = deploy
  const schema = { refuse: [], keep: ['--keep-schema'], down: ['--with-migrations'] }[schema_options.back]
  const flags = [...(isCodeOnly(deploy) ? ['--code-only'] : []), ...schema, ...more]
  return `\`${['gatling rollback', project, release, ...flags].join(' ')}\``
}

/** The same rollback, with another answer to what becomes of the schema. */
const rollbackBut = (deploy: Deploy, back: SchemaOptions['back']): string =>
  rollbackOf({ ...deploy, schema_options: { back } })

/** The branch has not moved when a deploy failed, so `upgrade` is something else then; and what is planned is on no branch. */
const withSwap = (deploy: Deploy): string => {
  const { task, project, revision } = deploy
  if (task === 'rollback') return rollbackOf(deploy, ['--mode swap'])
  const again = task === 'plan' ? `plan ${project} ${revision.slice(0, 7)}` : `retry ${project}`
  return `\`gatling ${again} --mode swap\``
}

/** What an older release lacks is mostly a value that was changed since, such as a password. */
const otherValues = (deploy: Deploy): string => {
  const others = `other releases: \`gatling releases ${deploy.project}\`.`
  if (isCodeOnly(deploy)) return `It had the config values of now; ${others}`
  return `With the config values of now, not those it was deployed with: ${rollbackOf(deploy, ['--code-only'])}; ${others}`
}

/** Code that was taken back and failed on a schema that was not. */
const otherSchema = (deploy: Deploy): string =>
  deploy.task === 'rollback' && deploy.schema_options.back === 'keep'
    ? `Its schema was left as it is; to take that back, too: ${rollbackBut(deploy, 'down')}. `
    : ''

const correct = (deploy: Deploy, why: string): string =>
  deploy.task === 'rollback' ? `${why}. ${otherValues(deploy)}` : `${why}; correct the app and push again.`

/** Says in which step an error happened, and what to do next where what failed, as a command, knows too little to say it. */
export const stepFailed = (
  step: string,
  deploy: { readonly task: AskedTask; readonly project: string },
  failure: unknown,
): GatlingError => {
  const { code, message, hint, exitCode, cause, step: own } = known(failure)
  return new GatlingError(code, message, nextOf(code, message, deploy) ?? hint, exitCode, cause, own ?? step)
}

const nextOf = (
  code: string,
  message: string,
  { task, project }: { readonly task: AskedTask; readonly project: string },
): string | null => {
  if (!isBuild(task)) return null
  const variable = missingVariable(message)
  if (variable !== null) return setAndRetry(project, variable)
  if (code !== commandFailed.code && readOnly.test(message)) return writeElsewhere
  return code === commandFailed.code && !wasKilled(message) ? pushAgain : null
}

/** As files say it to Elixir and to Erlang (file(3), erofs). */
const readOnly = /read-only file system|\berofs\b/

const writeElsewhere =
  'A release is read-only on a server: have the app write into its HOME (`System.user_home!()`), which stays from release to release; then push again.'

const setAndRetry = (project: string, variable: string): string =>
  `Set it: \`gatling config set ${project} ${variable}=...\`, then \`gatling retry ${project}\`.`

export const internal = error(
  'INTERNAL',
  'Something Gatling did not foresee: a bug of Gatling, not of the app.',
  (cause: unknown) => ({
    message: `Gatling itself failed: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`,
    hint: 'This is a bug in Gatling. Please report it with the lines above.',
    exitCode: 70,
    cause,
  }),
)

export const fileClosed = error(
  'FILE_CLOSED',
  "A file or folder of Gatling's may not be read or written: somebody else owns it, or closed it.",
  (path: string, cause: unknown) => {
    const [part = path, app = part] = /^(.*\/apps\/[^/]+)\/[^/]+/.exec(path) ?? []
    return {
      message: `${path} may not be read or written by the user that Gatling runs as: somebody else owns it or its folder, or closed it`,
      hint: `Give it back, as root: chown -R --reference=${app} ${part} && chmod -R u+rwX ${part}`,
      cause,
    }
  },
)

export const diskFull = error('DISK_FULL', 'The disk is full.', (path: string | null, cause: unknown) => ({
  message: `no space left on the disk${path === null ? '' : `: ${path} could not be written`}`,
  hint: 'Make room, then try again. `gatling doctor` says what an app takes, `gatling releases` which releases are kept.',
  cause,
}))

export const diskReadOnly = error(
  'DISK_READ_ONLY',
  'A disk can only be read.',
  (path: string, cause: unknown) => ({
    message: `${path} cannot be written: its disk can only be read`,
    hint: 'Linux makes a disk with errors read-only: see `dmesg`. When the disk is well, mount it for writing: mount -o remount,rw.',
    cause,
  }),
)

/** What anything that was thrown is to a user. */
export const known = (thrown: unknown): GatlingError => {
  if (thrown instanceof GatlingError) return thrown
  const { code, path } = systemError(thrown)
  if (path !== null && (code === 'EACCES' || code === 'EPERM')) return fileClosed(path, thrown)
  if (path !== null && code === 'EROFS') return diskReadOnly(path, thrown)
  return code === 'ENOSPC' || code === 'EDQUOT' ? diskFull(path, thrown) : internal(thrown)
}

/** node's own errors, by errno(3). */
const systemError = (thrown: unknown): { code: unknown; path: string | null } => {
  if (!(thrown instanceof Error && 'code' in thrown)) return { code: null, path: null }
  return { code: thrown.code, path: 'path' in thrown && typeof thrown.path === 'string' ? thrown.path : null }
}

// --- commands

export const usage = error(
  'USAGE',
  'The command line was not understood; nothing was run.',
  (message: string, hint: string) => ({
    message,
    hint,
    exitCode: 2,
  }),
)

/** What is wrong with a command that was killed is not told by its output. */
const wasKilled = (text: string): boolean => text.split('\n')[0]?.includes('SIGKILL') === true

export const commandFailed = error(
  'COMMAND_FAILED',
  'A command of a step ended with another status than 0.',
  (command: string, ending: string, lastLines: readonly string[]) => ({
    message: `\`${command}\` ${ending}${lastLines.length > 0 ? `; its last lines:${indent(lastLines)}` : ''}`,
    hint: wasKilled(ending)
      ? 'The kernel kills what takes more memory than `[build] memory` allows, or than the machine has. Allow it more, and try again.'
      : 'Correct what it complains about, and try again.',
  }),
)

const pushAgain =
  'Correct what it complains about, commit and push again; or run the same with `gatling redeploy`.'

export const commandLate = error(
  'COMMAND_LATE',
  'A command took longer than it may, and was stopped.',
  (command: string, ms: number) => ({
    message: `\`${command}\` did not end within ${ms / 1_000} s and was stopped`,
    hint: 'See what it waits for, and try again.',
  }),
)

export const commandMissing = error(
  'COMMAND_MISSING',
  'A program that a step needs is not installed.',
  (program: string) => ({
    message: `the program \`${program}\` was not found on this machine`,
    hint: `Install ${program} so that it is on the PATH of the user who runs Gatling, then try again.`,
  }),
)

/** What a run that did not come to its end leaves: of an unload nothing is undone. */
const whatIsLeft = (task: AskedTask): string =>
  task === 'unload' ? 'What was removed by then stays removed' : 'Nothing is left to undo'

const askAgain = (task: AskedTask): string => `Where the ${task} is still wanted, ask for it again`

export const cancelled = error(
  'CANCELLED',
  'Somebody stopped the deploy with `gatling cancel`.',
  (who: string, task: AskedTask) => ({
    message: `cancelled by ${who}`,
    hint: isBuild(task)
      ? 'Deploy the same commit with `gatling redeploy`, or push another.'
      : `${whatIsLeft(task)}. ${askAgain(task)}.`,
  }),
)

// --- hooks

export const hookFailed = error(
  'HOOK_FAILED',
  'A hook of the app threw an error.',
  (hook: string, file: string, stack: string) => ({
    message: `the hook ${hook} in ${file} failed:${indent(stack.trimEnd().split('\n'))}`,
    hint: `Correct ${hook} in ${file} and push again.`,
  }),
)

export const hookExited = error(
  'HOOK_EXITED',
  'A hook ended the process it runs in.',
  (hook: string, file: string, ending: string) => ({
    message: `the hook ${hook} in ${file} ended its own process (${ending})`,
    hint: 'A hook reports success by returning and failure by throwing; take the exit out and push again.',
  }),
)

export const hookTimeout = error(
  'HOOK_TIMEOUT',
  'A hook ran longer than its timeout and was stopped.',
  (hook: string, file: string, seconds: number) => ({
    message: `the hook ${hook} in ${file} did not return within ${seconds} s and was stopped`,
    hint: `Make it shorter, or give it time in gatling.toml: [hooks.timeouts] ${hook} = "20m".`,
  }),
)

export const hookMisspelt = error(
  'HOOK_MISSPELT',
  'A function is named like a hook, but no step has that name.',
  (file: string, name: string, meant: string | undefined) => ({
    message: `${file} defines ${name}, but there is no such step${meant ? `; did you mean ${meant}?` : ''}`,
    hint: 'Rename it (`gatling steps` lists every step), or name it so that it does not begin with before_ or after_.',
  }),
)

export const hookWrongTask = error(
  'HOOK_WRONG_TASK',
  'A hook stands in the hook file of another task.',
  (file: string, name: string) => ({
    message: `${file} defines ${name}, which is not a step of the task this file is for`,
    hint: 'deploy.* is for the first deploy and for unload, upgrade.* for every push after; move the function there.',
  }),
)

export const hookArity = error(
  'HOOK_ARITY',
  'A hook takes another number of arguments than it is called with.',
  (file: string, name: string, arity: number) => ({
    message: `${file} defines ${name}/${arity}, but a hook takes one argument, env`,
    hint: `Define it as ${name}(env).`,
  }),
)

export const hookTwice = error(
  'HOOK_TWICE',
  'A hook file defines the same hook in two spellings.',
  (file: string, one: string, other: string) => ({
    message: `${file} defines both ${one} and ${other}, which are the same hook`,
    hint: 'Keep one of them.',
  }),
)

export const hookFiles = error(
  'HOOK_FILES',
  'There are two hook files for the same task.',
  (task: string, files: readonly string[]) => ({
    message: `there is more than one hook file for ${task}: ${list(files)}`,
    hint: 'Keep one of them, and push again.',
  }),
)

export const hookFileName = error(
  'HOOK_FILE_NAME',
  'A file is named nearly like a hook file, so its hooks would not be run.',
  (name: string, endings: readonly string[]) => {
    const base = name.slice(0, name.indexOf('.')).toLowerCase()
    return {
      message: `${name} is named nearly like a hook file, so nothing of it would be run`,
      hint: `Name it ${base}.${endings[0]}, or with one of the endings ${list(endings.slice(1))}; if it is something else, give it another name. Then push again.`,
    }
  },
)

export const hookHidden = error(
  'HOOK_HIDDEN',
  'A hook file defines a hook where Gatling does not look for it.',
  (file: string, name: string) => ({
    message: `${file} defines ${name}, but not as a hook, so it would not be run`,
    hint: /\.exs?$/.test(file)
      ? `Define it with def ${name}(env), in a module; defp and defmacro define no hook. If it is no hook, give it another name.`
      : `Export it as a function, by its name or in the object that is the default export: not in a class, nor in an object in that one. If it is no hook, give it another name.`,
  }),
)

export const hookFileBroken = error(
  'HOOK_FILE_BROKEN',
  'A hook file cannot be loaded.',
  (file: string, reason: string) => ({
    message: `${file} cannot be loaded:${indent(reason.trimEnd().split('\n'))}`,
    hint: `Correct ${file} and push again.`,
  }),
)

// --- projects

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

export const projectMismatch = error(
  'PROJECT_MISMATCH',
  'The pushed repository holds another app than the project is named after.',
  (project: string, app: string) => ({
    message: `this repository is the mix project :${app}, but it was pushed to ${project}`,
    hint: `Load a project of that name, \`gatling load ${app}\`, and push there.`,
  }),
)

export const notAMixProject = error(
  'NOT_A_MIX_PROJECT',
  'The pushed revision has no mix.exs at its root.',
  () => ({
    message: 'there is no mix.exs in the root of this repository',
    hint: 'Push the repository of an Elixir app, with its mix.exs at the top.',
  }),
)

export const mixExsBroken = error('MIX_EXS_BROKEN', 'mix.exs cannot be evaluated.', (reason: string) => ({
  message: `mix.exs cannot be evaluated:${indent(reason.trimEnd().split('\n'))}`,
  hint: 'See that `mix help` works in the project, and push again.',
}))

export const notAnApp = error(
  'NOT_AN_APP',
  'The project is a library: it has nothing that runs.',
  (app: string) => ({
    message: `:${app} is a library: its mix.exs names no application module, so its release would start nothing`,
    hint: `Give it one - \`def application, do: [mod: {MyApp.Application, []}]\` - and push again.`,
  }),
)

export const noRelease = error(
  'NO_RELEASE',
  'An umbrella project does not say what its release is made of.',
  () => ({
    message: 'this is an umbrella project whose mix.exs defines no release',
    hint: "Name the release and its apps: `releases: [my_app: [applications: [web: :permanent]]]` in the umbrella's mix.exs.",
  }),
)

export const releaseUnknown = error(
  'RELEASE_UNKNOWN',
  'It is not clear which of several releases to deploy.',
  (wanted: string | null, defined: readonly string[]) => ({
    message: wanted
      ? `mix.exs defines no release named ${wanted}`
      : `mix.exs defines several releases: ${list(defined)}`,
    hint: `Choose one in gatling.toml: release = "${defined[0] ?? 'my_app'}".`,
  }),
)

/** How many files a message names. */
const named = 5

export const lfsPointersLeft = error(
  'LFS_POINTERS',
  'Files that git-lfs keeps elsewhere are in the checkout only as pointers.',
  (files: readonly string[]) => ({
    message: `git-lfs keeps the content of ${files.slice(0, named).join(', ')}${files.length > named ? ` and ${files.length - named} more files` : ''} elsewhere, and git has only pointers to it`,
    hint: 'Put the files into git itself, `git lfs migrate export --include="..."`, and push again; or fetch them in the hook before_mix_deps_get, with `git lfs pull` and the address of your LFS server, lfs.url, in .lfsconfig.',
  }),
)

export const releaseNotBuilt = error(
  'RELEASE_NOT_BUILT',
  'mix release ended well but built nothing.',
  (path: string) => ({
    message: `\`mix release\` reported success, but there is no release in ${path}`,
    hint: "A custom `path:` or `steps:` in the release's options in mix.exs may have moved it; take it out.",
  }),
)

export const nodeFlagTaken = error(
  'NODE_FLAG_TAKEN',
  "The app's vm.args, env.sh or config gives its Erlang node a name, cookie or port, which are Gatling's.",
  (place: string, flag: string, next: string) => ({
    message: `${place} has \`${flag}\`. Gatling gives the app's Erlang node its name, cookie and port, and could not reach this one`,
    hint: next,
  }),
)

export const elixirMissing = error('ELIXIR_MISSING', 'Elixir is not installed.', () => ({
  message: 'Elixir was not found on this machine',
  hint: 'Install it (Debian and Ubuntu: `sudo apt-get install elixir erlang-dev erlang-ssl erlang-parsetools`), then push again.',
}))

export const elixirOld = error(
  'ELIXIR_OLD',
  'The installed Elixir is not one the app or Gatling can use.',
  (installed: string, wanted: string, newest: string | null) => ({
    message: `this machine has Elixir ${installed}, but the project needs ${wanted}`,
    hint:
      newest === null
        ? 'Install an Elixir that fits on this machine, or relax `elixir:` in mix.exs.'
        : `Install one that fits - on a server as root -, for example: \`gatling elixir install ${newest}\`. Ask for it in gatling.toml: [build] elixir = "${newest}". Then push again.`,
  }),
)

// --- Elixirs

export const elixirAbsent = error(
  'ELIXIR_ABSENT',
  'The app asks for an Elixir that this machine does not have.',
  (
    asked: { readonly elixir: string; readonly from: string },
    there: { readonly own: string | null; readonly installed: readonly string[] },
    install: string,
  ) => ({
    message: `${asked.from} asks for Elixir ${asked.elixir}. This machine has ${there.own ?? 'none'} of its own; ${there.installed.length === 0 ? 'none is' : `${list(there.installed)} ${there.installed.length === 1 ? 'is' : 'are'}`} installed beside it`,
    hint: `Install it - on a server as root - and push again: gatling elixir install ${install}`,
  }),
)

export const elixirOtp = error(
  'ELIXIR_OTP',
  "An Elixir is wanted that is not made for this machine's Erlang.",
  (
    wanted: { readonly version: string; readonly otp: number | null; readonly from: string | null },
    [least, most]: readonly [number, number | null],
    machine: number,
    newest: string | null,
  ) => {
    const { version, otp, from } = wanted
    const name = `Elixir ${version}${otp === null ? '' : `-otp-${otp}`}`
    const asked = from === null ? '' : `, which ${from} asks for,`
    const range = most === null ? `${least} or newer` : `${least} to ${most}`
    const take = newest === null ? '' : `Take Elixir ${newest}, the newest for OTP ${machine}. `
    const other =
      most !== null && machine > most
        ? `Elixir does not promise that it runs here; to try it: \`gatling elixir install ${version}-otp-${most}\`.`
        : 'For a newer Erlang: Debian 13 has OTP 27; mise and asdf install any; [build] path in gatling.toml names a folder with another Elixir and Erlang.'
    return {
      message: `${name}${asked} is made for Erlang/OTP ${range}. This machine has OTP ${machine}`,
      hint: `${take}${other}`,
    }
  },
)

export const elixirVersion = error(
  'ELIXIR_VERSION',
  'What to install is no version of Elixir that there are precompiled archives of.',
  (text: string) => ({
    message: `${JSON.stringify(text)} is no version of Elixir that could be installed`,
    hint: 'Name one from 1.14 on with three numbers, as 1.18.4; https://github.com/elixir-lang/elixir/releases has them all.',
    exitCode: 2,
  }),
)

export const elixirUnknown = error(
  'ELIXIR_UNKNOWN',
  'An Elixir was to be removed that Gatling did not install.',
  (text: string, installed: readonly string[]) => ({
    message: `Elixir ${text} is not one that Gatling installed`,
    hint: installed.length === 0 ? 'It has installed none.' : `Installed are: ${list(installed)}.`,
  }),
)

export const elixirUnreached = error(
  'ELIXIR_UNREACHED',
  'The archive of an Elixir, or its checksum, could not be read.',
  (url: string, reason: string, isNotThere: boolean) => ({
    message: `${url} could not be read: ${reason}. Nothing was installed`,
    hint: isNotThere
      ? 'See which versions there are, and for which OTP: https://github.com/elixir-lang/elixir/releases'
      : 'Try again. If this machine cannot reach that address, copy the archive and its checksum file here: `gatling elixir install VERSION --from FILE`; or name another address with --mirror.',
  }),
)

export const elixirUnchecked = error(
  'ELIXIR_UNCHECKED',
  'There is no checksum to compare the archive of an Elixir with.',
  (place: string, sums: string) => ({
    message: `there is no checksum for ${place}: none was found in ${sums}. Nothing was installed`,
    hint: 'Put the published checksum file beside it, or give its SHA-256 with --sha256.',
  }),
)

export const elixirChecksum = error(
  'ELIXIR_CHECKSUM',
  'The archive of an Elixir is not the one that its checksum is of.',
  (place: string, found: string, expected: string) => ({
    message: `${place} is not what was published: its SHA-256 is ${found}, and should be ${expected}. Nothing was installed`,
    hint: 'Try again; if that does not help, get it from elsewhere with --mirror or --from.',
  }),
)

export const elixirArchive = error(
  'ELIXIR_ARCHIVE',
  'The archive of an Elixir cannot be unpacked, or does not hold that Elixir.',
  (place: string, reason: string) => ({
    message: `${place} is no precompiled Elixir for this machine: ${reason}. Nothing was installed`,
    hint: 'Take an archive from https://github.com/elixir-lang/elixir/releases: elixir-otp-<the OTP of this machine>.zip.',
  }),
)

export const erlangMissing = error('ERLANG_MISSING', 'Erlang is not installed, or does not start.', () => ({
  message: 'no Erlang was found on this machine, or it does not start; every Elixir needs one',
  hint: 'Install it: on a server with `gatling setup --elixir`; on Debian and Ubuntu also with `apt-get install erlang-nox erlang-dev`.',
}))

// --- what the repository says

export const repositoryFile = error(
  'REPOSITORY_FILE',
  'A file of the repository that Gatling reads is not a plain file in it, or is too long.',
  (name: string, problem: string) => ({
    message: `${name} in the repository ${problem}`,
    hint: `Commit ${name} as a plain file, or remove it, and push again.`,
  }),
)

export const settingsInvalid = error(
  'SETTINGS_INVALID',
  'gatling.toml is not valid.',
  (problems: readonly string[]) => ({
    message: `gatling.toml is not valid:${indent(problems)}`,
    hint: 'Correct it and push again; docs/configuration.md lists every setting.',
  }),
)

export const domainsInvalid = error(
  'DOMAINS_INVALID',
  'The domains file holds something that is not the name of one host, or of the hosts under a domain of your own.',
  (problems: readonly string[]) => ({
    message: `the file domains holds something that cannot be a name of an app: ${list(problems)}`,
    hint: 'Write one host name a line, like shop.example.com or *.shop.example.com, without scheme, port or path. A server without a name of its own can have one of nip.io: 203-0-113-7.nip.io leads to 203.0.113.7.',
  }),
)

export const domainTaken = error(
  'DOMAIN_TAKEN',
  'Another app, or another site of nginx, already answers to a domain.',
  (domain: string, owner: string, by: string) => ({
    message: `${domain} already belongs to ${owner}${by === domain ? '' : `, which has ${by}`}`,
    hint: owner.startsWith('/')
      ? `Take ${domain} out of this app's domains file, or ${by} out of ${owner}, as root, and push again.`
      : `Take ${domain} out of this app's domains file, or ${by} out of ${owner}'s and push that first.`,
  }),
)

// --- config values

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

export const configMissing = error(
  'CONFIG_MISSING',
  'config/runtime.exs needs an environment variable that is not set.',
  (project: string, variable: string) => ({
    message: `config/runtime.exs needs the environment variable ${variable}, which is not set. Nothing was built`,
    hint: setAndRetry(project, variable),
  }),
)

export const configUnknown = error(
  'CONFIG_UNKNOWN',
  'A config value is not set.',
  (key: string, meant: string | undefined) => ({
    message: `${key} is not set${meant ? `; did you mean ${meant}?` : ''}`,
    hint: '`gatling config list` shows what is.',
  }),
)

// --- starting and switching

export const bootCrash = error(
  'BOOT_CRASH',
  'The new release ended while it was booting.',
  (deploy: Deploy, reason: string, lastLines: readonly string[]) => ({
    message: `the new release did not boot: it ${reason}${lastLines.length > 0 ? `; it wrote:${indent(lastLines)}` : ''}`,
    hint:
      deploy.task === 'rollback'
        ? `How it ended and what it wrote say why. ${otherValues(deploy)}`
        : 'How it ended and what it wrote say why; set missing values with `gatling config set`, then `gatling retry`; or correct the app or its limits and push again.',
  }),
)

export const portTaken = error(
  'PORT_TAKEN',
  'The new release found its port taken by another program.',
  (port: number, lastLines: readonly string[]) => ({
    message: `the new release could not listen: port ${port} or another port it wants is already in use; it wrote:${indent(lastLines)}`,
    hint: 'Let the app listen only on the port in PORT (two versions run side by side for a moment); see config/runtime.exs. Where it needs a fixed port, too: `stop_first = true` in gatling.toml, [upgrade].',
  }),
)

export const neverHealthy = error(
  'NEVER_HEALTHY',
  'The new release booted, but did not answer its health check in time.',
  (
    deploy: Deploy,
    [path, port, seconds]: readonly [string, number, number],
    /** Status null: it did not answer at all. */
    { finding, status }: { readonly finding: string; readonly status: number | null },
    lastLines: readonly string[],
  ) => ({
    message: `the new release never became healthy: GET ${path} on port ${port} for ${seconds} s: ${finding}${lastLines.length > 0 ? `; it wrote:${indent(lastLines)}` : ''}`,
    hint:
      deploy.task === 'rollback'
        ? `It has been good before. ${otherValues(deploy)}`
        : status === null
          ? 'See that the app listens on PORT and that the path answers below 500; path and time are set in gatling.toml, [health].'
          : 'Correct the app, so that this page answers below 500; or name another page in gatling.toml, [health] path.',
  }),
)

export const diedSoon = error(
  'DIED_SOON',
  'The new release was healthy, then died while it was watched.',
  (deploy: Deploy, reason: string, lastLines: readonly string[]) => ({
    message: `the new release was healthy, then ${reason}${lastLines.length > 0 ? `; it wrote:${indent(lastLines)}` : ''}`,
    hint: correct(deploy, 'How it ended and what it wrote say why'),
  }),
)

// --- hot upgrades

export const hotImpossible = error(
  'HOT_IMPOSSIBLE',
  'Only a hot upgrade was wanted, and the running app cannot be upgraded hot.',
  (deploy: Deploy, reasons: readonly string[]) => ({
    message: `the running app cannot be upgraded hot:${indent(reasons)}`,
    hint: `${deploy.task === 'plan' ? 'See what a swap would do' : 'Take it over with a swap'}: ${withSwap(deploy)}, or mode = "auto" in gatling.toml, [upgrade].`,
  }),
)

export const releaseBroken = error(
  'RELEASE_BROKEN',
  'The new release holds a module that the Erlang VM refuses to load.',
  (module: string, reason: string) => ({
    message: `the new release cannot be loaded: ${module}: ${reason}`,
    hint: 'The build is damaged, or made for another Erlang. Push again; if that does not help, remove _build in the checkout.',
  }),
)

export const migrationFailed = error(
  'MIGRATION_FAILED',
  "The app's own code_change/3 failed, so its state could not be taken to the new version.",
  (deploy: Deploy, module: string, reason: string) => ({
    message: `code_change/3 of ${module} failed: ${reason}`,
    hint: `Correct it and push again; or give the state up with a swap: ${withSwap(deploy)}.`,
  }),
)

export const unhealthyUpgrade = error(
  'UNHEALTHY_UPGRADE',
  'The new version took over, and then something went wrong while it was watched; the old one was brought back.',
  (deploy: Deploy, finding: string, crashes: readonly string[]) => ({
    message: `after the new version took over ${finding}${crashes.length > 0 ? `; crashes in the code that changed:${indent(crashes.slice(0, 5))}` : ''}`,
    hint: `${correct(deploy, 'See `gatling logs`')} How long it is watched is set in gatling.toml, \`watch\` in [health] and [upgrade].`,
  }),
)

export const errorsRose = error(
  'ERRORS_ROSE',
  'The new version took over, and answered more requests with errors than the one before, which was brought back.',
  (deploy: Deploy, before: Answers, after: Answers) => ({
    message: `${share(after)} of ${after.requests.toLocaleString('en-US')} requests failed since the switch, ${share(before)} before`,
    hint: `${correct(deploy, 'See `gatling logs`')} ${otherSchema(deploy)}How many more errors are let pass is set in gatling.toml, [health] errors.`,
  }),
)

export const revisionBad = error(
  'REVISION_BAD',
  'The revision was deployed before, was found to be bad while it was watched, and is not deployed again.',
  (
    project: string,
    mark: { revision: string; release: number; at: string; code: string; message: string },
  ) => ({
    message: `revision ${mark.revision.slice(0, 7)} was taken back when it was deployed as release ${mark.release}, ${mark.at}: ${mark.message} (${mark.code})`,
    hint: `Correct the app and push that. To try the same once more: \`git push -o force production\` or \`gatling redeploy ${project} --force\`; config values that have changed are reason enough.`,
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

export const retryNothing = error(
  'RETRY_NOTHING',
  'The last deploy did not fail, so there is nothing to go on with.',
  (project: string) => ({
    message: `the last deploy of ${project} did not fail, or was a rollback or a plan: there is nothing to go on with`,
    hint: `\`gatling redeploy ${project}\` deploys the last commit once more, from the beginning.`,
  }),
)

export const underWay = error(
  'UNDER_WAY',
  'A deploy is under way, or waits; how it ends decides what there is to go on with.',
  (project: string, run: number) => ({
    message: `deploy ${run} of ${project} is under way, or waits`,
    hint: `\`gatling attach ${project}\` watches it, \`gatling cancel ${project}\` stops it; then try again.`,
  }),
)

export const retryFrom = error(
  'RETRY_FROM',
  'A retry cannot begin with this step.',
  (step: string, near: string | undefined, starts: readonly string[]) => ({
    message: `a retry cannot begin with ${step}${near ? `; did you mean ${near}?` : ''}: what comes before it is not there, or was undone`,
    hint: `It may begin with ${list(starts)}.`,
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

export const diskShort = error(
  'DISK_SHORT',
  'There is no room on the disk for a build.',
  (folder: string, free: number, needed: number) => ({
    message: `no space left for a build: ${megabytes(free)} are free where ${folder} is, and one as large as the last takes ${megabytes(needed)}, once built and once kept`,
    hint: 'What need not stay was removed already: failed releases, and all but the newest two. Make room, or let go of pinned ones (`gatling releases`), then push again.',
  }),
)

export const noReleaseBefore = error(
  'NO_RELEASE_BEFORE',
  'There is no older release to go back to.',
  (project: string, live: number) => ({
    message: `there is no release of ${project} older than ${live}, which serves`,
    hint: 'Revert the commit and push.',
  }),
)

export const releaseGone = error(
  'RELEASE_GONE',
  'The release to go back to is not on disk, or is the one that serves.',
  (project: string, wanted: string, kept: readonly number[], live: number) => ({
    message: `${project} cannot go to release ${wanted}: ${Number(wanted) === live ? 'it is the one that serves' : 'it is not on disk, or not as a whole'}`,
    hint: kept.length > 0 ? `There are: ${list(kept.map(String))}.` : 'Revert the commit and push.',
  }),
)

// --- the schema of a database

/** What became of some migrations. */
interface Migrated {
  /** Those that are done, and stay so. */
  readonly done: readonly string[]
  /** The first that is not. */
  readonly next: string | undefined
  readonly total: number
  /** Whether the database said so. */
  readonly known: boolean
}

const became = ({ done, total, known }: Migrated, what: string): string => {
  if (!known) return `which of the ${total} were ${what} cannot be told, for the database does not answer`
  return done.length === 0
    ? `none of ${total} ${total === 1 ? 'was' : 'were'} ${what}`
    : `${done.length} of ${total} were ${what}${what === 'committed' ? ' and stay' : ''}: ${list(done)}`
}
const which = ({ next, known }: Migrated): string =>
  known ? (next ?? 'what comes after them') : 'a migration'

export const schemaUnknown = error(
  'SCHEMA_UNKNOWN',
  'A database could not be asked which migrations it has.',
  (deploy: Deploy, lines: readonly string[]) => ({
    message: `the database could not be asked for its migrations:${indent(lines)}`,
    hint: `See that it runs, and that DATABASE_URL is right. ${deploy.task === 'rollback' ? rollbackBut(deploy, 'keep') : 'migrate = "off" in gatling.toml'} does without.`,
  }),
)

export const schemaMigrationFailed = error(
  'SCHEMA_MIGRATION_FAILED',
  'A migration failed; those before it stay.',
  (facts: Migrated, lines: readonly string[]) => ({
    message: `${became(facts, 'committed')}; ${which(facts)} failed:${indent(lines)}`,
    hint: 'Correct it and push again: the next push goes on from there.',
  }),
)

export const schemaMigrationLate = error(
  'SCHEMA_MIGRATION_LATE',
  'The migrations took longer than migrate_timeout and were stopped; those that were done stay.',
  (facts: Migrated, seconds: number) => ({
    message: `${became(facts, 'committed')}; ${which(facts)} was stopped when ${seconds} s were over`,
    hint: 'See whether it waited for a lock, or give it time in gatling.toml: migrate_timeout = "30m". The database may still work on its last statement.',
  }),
)

export const schemaRollbackFailed = error(
  'SCHEMA_ROLLBACK_FAILED',
  'A migration could not be rolled back; those before it were run again.',
  (deploy: Deploy, facts: Migrated, lines: readonly string[]) => ({
    message: `${became(facts, 'rolled back')}; ${which(facts)} could not be rolled back:${indent(lines)}`,
    hint: `To go back and leave the schema as it is: ${rollbackBut(deploy, 'keep')}.`,
  }),
)

export const rollbackSchema = error(
  'ROLLBACK_SCHEMA',
  'A rollback would leave migrations in the database that the older release does not have.',
  (deploy: Deploy, up: readonly string[]) => ({
    message: `the database has migrations that release ${deploy.release} does not:${indent(up)}`,
    hint: `Go back and leave the schema as it is, ${rollbackBut(deploy, 'keep')}, or roll them back, too: ${rollbackBut(deploy, 'down')}.`,
  }),
)

export const rollbackAhead = error(
  'ROLLBACK_AHEAD',
  'A rollback would go to a release whose migrations the database does not have.',
  (deploy: Deploy, lacking: readonly string[]) => ({
    message: `the database does not have these migrations of release ${deploy.release}, and a rollback runs none:${indent(lacking)}`,
    hint: `A deploy runs them: push ${deploy.revision.slice(0, 7)} again, or \`gatling upgrade ${deploy.project}\` where the branch is there. To go to it on the schema as it is: ${rollbackBut(deploy, 'keep')}.`,
  }),
)

export const rollbackLost = error(
  'ROLLBACK_LOST',
  'Migrations that would have to be rolled back are not in the release that serves.',
  (deploy: Deploy, lost: readonly string[]) => ({
    message: `migrations that release ${deploy.release} does not have are up, and cannot be rolled back from the release that serves, which does not have them either:${indent(lost)}`,
    hint: `Go to the release that brought them first (\`gatling releases ${deploy.project}\`), and from there back; or leave the schema as it is: ${rollbackBut(deploy, 'keep')}.`,
  }),
)

// --- pushing and running

export const notServing = error(
  'NOT_SERVING',
  'Embedded mode is not running, so nothing can be started.',
  (home: string) => ({
    message: `nothing runs apps here: \`gatling serve\` is not running for ${home}`,
    hint: 'Start it in another terminal with `gatling serve`, then push or try again.',
  }),
)

export const otherVersion = error(
  'OTHER_VERSION',
  'What runs the apps was started before Gatling was updated.',
  (what: string) => ({
    message: `what runs the apps here was started by another version of Gatling: it was not understood (${what})`,
    hint: 'Stop `gatling serve` and start it again, which restarts its apps; then try again. On a server try again in a minute.',
  }),
)

export const alreadyServing = error(
  'ALREADY_SERVING',
  'Embedded mode already runs for this GATLING_HOME.',
  (pid: number, url: string) => ({
    message: `embedded mode already runs here (pid ${pid}, ${url})`,
    hint: 'Use it, stop it first, or choose another GATLING_HOME.',
  }),
)

export const addressInUse = error(
  'ADDRESS_IN_USE',
  'Embedded mode cannot listen where it was asked to.',
  (host: string, port: number) => ({
    message: `cannot listen on ${host} port ${port}: another program does, or this machine or user may not`,
    hint: 'Choose another with `gatling serve --port`; 0 takes a free one. --host must be an address of this machine.',
  }),
)

export const homeTooLong = error(
  'HOME_TOO_LONG',
  'The path of GATLING_HOME is too long for a unix socket.',
  (path: string) => ({
    message: `${path} is longer than the 107 bytes a unix socket may have`,
    hint: 'Set GATLING_HOME to a shorter path.',
  }),
)

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

export const noRevision = error(
  'NO_REVISION',
  'There is nothing to deploy yet.',
  (project: string, branch: string | null) => ({
    message: `nothing was pushed to ${project}${branch ? `'s branch ${branch}` : ''} yet`,
    hint: 'Push first: `git push production main`.',
  }),
)

export const notDeployed = error(
  'NOT_DEPLOYED',
  'The app has not been deployed, so it cannot be upgraded.',
  (project: string) => ({
    message: `${project} is not deployed yet, so there is nothing to upgrade`,
    hint: `Push it, or deploy what was pushed with \`gatling deploy ${project}\`.`,
  }),
)

export const alreadyDeployed = error(
  'ALREADY_DEPLOYED',
  'The app is deployed already; its first deploy cannot be done again.',
  (project: string) => ({
    message: `${project} is deployed already`,
    hint: `Use \`gatling upgrade ${project}\`, or \`gatling redeploy ${project}\`.`,
  }),
)

export const nothingRunning = error('NOTHING_RUNNING', 'No deploy is under way.', (project: string) => ({
  message: `no deploy of ${project} is under way`,
  hint: `\`gatling history ${project}\` shows the past ones.`,
}))

export const runUnknown = error(
  'RUN_UNKNOWN',
  'There is no deploy of that number.',
  (project: string, run: number) => ({
    message: `${project} has no deploy ${run}`,
    hint: `\`gatling history ${project}\` lists them.`,
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

export const interrupted = error(
  'INTERRUPTED',
  'The process of a deploy was killed, or the machine went down.',
  (task: AskedTask, step: string | null, migrates: boolean) => ({
    message: `the ${isBuild(task) ? 'deploy' : task} was interrupted: its process was killed${step === null ? '' : ` in ${step}`}`,
    hint: `${whatIsLeft(task)}. ${isBuild(task) ? 'Push again, or `gatling redeploy`' : askAgain(task)}${migrates ? `; what ${schemaChange(task)} by then stays, and the next deploy lists what is pending` : ''}.`,
  }),
)

const schemaChange = (task: AskedTask): string =>
  task === 'rollback' ? 'it has rolled back in the database' : 'its migrations have done to the database'

/** What took the place of a run that waited, and whether the commit of that run is in its history. */
interface Successor {
  readonly run: number
  readonly task: AskedTask
  readonly revision: string
  readonly holds: boolean
}

const successorHint = (run: number, task: AskedTask, holds: boolean): string => {
  const over = `when ${task} ${run} is over`
  if (!isBuild(task)) return `It does not hold this one: where it is still wanted, ask for it again ${over}.`
  if (holds) return 'Nothing to do: the newer one holds this commit.'
  return `It does not hold this commit: where this one is still wanted, pull ${over}, and push again.`
}

export const superseded = error(
  'SUPERSEDED',
  'What was asked for later took the place of this one while it waited.',
  ({ run, task, revision, holds }: Successor) => ({
    message: `not done: ${task} ${run}${isBuild(task) ? ` of ${revision.slice(0, 7)}` : ''}, asked for later, took its place while it waited`,
    hint: successorHint(run, task, holds),
  }),
)

export const unloaded = error(
  'UNLOADED',
  'The app was unloaded while a deploy of it waited.',
  (project: string) => ({
    message: `${project} was unloaded, with its repository, config values and history`,
    hint: `\`gatling load ${project}\` makes it anew; then push again.`,
  }),
)

/** What becomes of a state file that is moved away. */
const withoutIt = (path: string): string => {
  if (/\/pins\.json$/.test(path)) return 'Moved away, no release is pinned any more.'
  if (/\/bad\.json$/.test(path)) return 'Moved away, no revision counts as bad any more.'
  const [run] = /^.*\/runs\/\d+(?=\/)/.exec(path) ?? []
  return run ? `Move ${run} away, and only the record of that deploy is lost.` : 'Restore it from a backup.'
}

export const recordsGone = error(
  'RECORDS_GONE',
  'The records of the deploys of an app that is live are not there.',
  (project: string, path: string, release: number) => ({
    message: `the records of the deploys of ${project} are gone from ${path}; its release ${release} is live`,
    hint: 'Put the folder back from a backup. Else the next deploy begins new records.',
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

export const fileExists = error(
  'FILE_EXISTS',
  'A file that would be made is already there.',
  (path: string) => ({
    message: `${path} is already there`,
    hint: 'Move it away first; nothing was changed.',
  }),
)

// --- server

export const doorClosed = error(
  'DOOR_CLOSED',
  "Root's side of a server does not answer for an app.",
  (project: string) => ({
    message: `this server's side for ${project} does not answer; what ran still runs`,
    hint: `As root: \`systemctl status gatling-door@${project}.socket\`, then \`gatling setup\` to repair it.`,
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

export const needsRoot = error(
  'NEEDS_ROOT',
  'The command changes the machine, which only root may.',
  (command: string) => ({
    message: `\`gatling ${command}\` must be run by root`,
    hint: `Run it as root, for example with sudo: sudo gatling ${command}`,
  }),
)

export const setupFailed = error(
  'SETUP_FAILED',
  'A change that `gatling setup` wanted to make failed.',
  (about: string, reason: string) => ({
    message: `setup could not ${about}: ${reason}`,
    hint: 'What was done before stays, and is not done again. Correct this and run the same `gatling setup` again.',
  }),
)

export const nameTaken = error(
  'NAME_TAKEN',
  'An app cannot have the name of a service of the machine, or of a site that somebody else wrote.',
  (project: string, path: string) => ({
    message: `there already is something else of the name ${project} on this server: ${path}`,
    hint: 'Nothing was changed. Rename the app in mix.exs, or move that away.',
  }),
)

export const nameLong = error(
  'NAME_LONG',
  'The name of an app is too long for its unix user.',
  (project: string, longest: number) => ({
    message: `${project} is too long for a server: a project's name may have at most ${longest} characters there`,
    hint: 'Rename the app in mix.exs.',
  }),
)

export const nginxRefused = error(
  'NGINX_REFUSED',
  "nginx does not accept the app's site; the old one was put back.",
  (said: string) => ({
    message: `nginx refuses this app's site, so the old one stays in force:${indent(said.split('\n'))}`,
    hint: "Correct the app's domains or nginx.conf and push again.",
  }),
)

export const lockHeld = error(
  'LOCK_HELD',
  'Another process of Gatling has been at the same for minutes.',
  (file: string, seconds: number) => ({
    message: `another process of Gatling has held ${file} for more than ${seconds} s`,
    hint: 'Try again. `ps -ef --forest` shows which: it is the one above `flock`.',
  }),
)

export const nginxBroken = error(
  'NGINX_BROKEN',
  'nginx refuses its configuration because of something else than this app.',
  (said: string) => ({
    message: `nginx refuses its configuration, and not because of this app:${indent(said.split('\n'))}`,
    hint: 'Correct what is named there, as root; `nginx -t` tests it, `systemctl reload nginx` and `gatling doctor` the rest. Then push again. Every site goes on as it was.',
  }),
)

export const noPublicName = error(
  'NO_PUBLIC_NAME',
  'An app has no name that a certificate could be made out to.',
  (project: string, names: readonly string[]) => ({
    message: `${project} answers to ${list(names)}, none of which is a name of the internet`,
    hint: 'Write its name into the file `domains` of the app, push, and try again.',
  }),
)

export const certificateRefused = error(
  'CERTIFICATE_REFUSED',
  'The certificate authority did not give a certificate; the app answers as before.',
  (names: readonly string[], said: readonly string[]) => ({
    message: `no certificate for ${list(names)}; certbot said:${indent(said.slice(-12))}`,
    hint: 'Each name must lead to this server (`gatling doctor` looks), and port 80 must be reachable. Then try again.',
  }),
)

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

export const keyUnknown = error(
  'KEY_UNKNOWN',
  'The ssh key is not known to Gatling any more.',
  (name: string) => ({
    message: `the key ${name} is not known here any more`,
    hint: 'Whoever runs the server can let it in again: `gatling keys add`.',
  }),
)

export const keyMayNot = error(
  'KEY_MAY_NOT',
  'The ssh key does not have the right that the command needs.',
  (name: string, command: string, project: string | null, can: readonly string[]) => ({
    message: `the key ${name} may not ${command}${project === null ? '' : ` ${project}`}; it may: ${list(can)}`,
    hint: 'Whoever runs the server can change that: `gatling keys add` with --app and --can.',
  }),
)

export const configCode = error(
  'CONFIG_CODE',
  'The ssh key may set config values, but not those that make programs run other code.',
  (name: string, keys: readonly string[], can: readonly string[]) => ({
    message: `the key ${name} may not set ${list(keys)}, which can make programs run other code; it may: ${list(can)}`,
    hint: 'A key that may deploy, console or admin can set it; whoever runs the server gives rights with `gatling keys add`.',
  }),
)

// --- nginx

export const nginxConfInvalid = error(
  'NGINX_CONF_INVALID',
  "The app's own nginx.conf holds something that an app may not do.",
  (problems: readonly string[], allowed: readonly string[]) => ({
    message: `nginx.conf holds what nginx may not do for an app:${indent(problems)}`,
    hint: `Correct it and push again, or take nginx.conf out: Gatling then writes the site. Allowed are ${list(allowed)}.`,
  }),
)

export const sshRefused = error(
  'SSH_REFUSED',
  'Over ssh a server takes git and gatling commands, and nothing else.',
  (asked: string) => ({
    message: asked === '' ? 'there is no shell here' : `this is not done here: ${asked.slice(0, 200)}`,
    hint: 'git push, git fetch and gatling commands are taken; for a shell log in as another user.',
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

export const remoteUnknown = error(
  'REMOTE_UNKNOWN',
  'The repository in this folder has no such git remote with an ssh address.',
  (name: string) => ({
    message: `this folder's repository has no remote ${name} that is reached by ssh`,
    hint: `git remote add ${name} gatling@your-server:my_app`,
  }),
)
