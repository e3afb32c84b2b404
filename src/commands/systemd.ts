import type { Command } from '../core/host.js'

const quiet = (...argv: [string, ...string[]]): Command => ({ argv, quiet: true })

export const reload = quiet('systemctl', 'daemon-reload')
export const enableNow = (...units: readonly string[]): Command =>
  quiet('systemctl', 'enable', '--quiet', '--now', ...units)
export const disableNow = (...units: readonly string[]): Command =>
  quiet('systemctl', 'disable', '--quiet', '--now', ...units)
/** Restarts Debian's epmd, so that it listens as its unit now says. */
export const renewEpmd = quiet(
  'sh',
  '-c',
  'systemctl daemon-reload && systemctl stop epmd.service epmd.socket && systemctl start epmd.socket',
)
/** Prevents every start of a unit, even by the installation of its package (systemctl(1)). */
export const mask = (unit: string): Command => quiet('systemctl', 'mask', '--quiet', unit)
export const isEnabled = (unit: string): Command => quiet('systemctl', 'is-enabled', '--quiet', unit)
export const isActive = (unit: string): Command => quiet('systemctl', 'is-active', '--quiet', unit)
export const start = (unit: string): Command => quiet('systemctl', 'start', unit)
/** Starts a unit without waiting for it. */
export const startSoon = (unit: string): Command => quiet('systemctl', 'start', '--no-block', unit)
export const stopSoon = (unit: string): Command => quiet('systemctl', 'stop', '--no-block', unit)
export const stop = (...units: readonly string[]): Command => quiet('systemctl', 'stop', ...units)
export const kill = (unit: string): Command => quiet('systemctl', 'kill', '--signal=KILL', unit)
/** Sends SIGTERM only to the main process of a unit, as systemd does (systemd.kill(5), KillMode=mixed). */
export const terminate = (unit: string): Command =>
  quiet('systemctl', 'kill', '--kill-who=main', '--signal=TERM', unit)
export const forgetFailure = (...units: readonly string[]): Command =>
  quiet('systemctl', 'reset-failed', ...units)
/** Forbids the processes of a running unit to reach these networks, until the next boot (systemctl(1), set-property). */
export const deny = (unit: string, networks: readonly string[]): Command =>
  quiet('systemctl', 'set-property', '--runtime', unit, `IPAddressDeny=${networks.join(' ')}`)
export const tryRestart = (unit: string): Command => quiet('systemctl', 'try-restart', unit)
export const reloadOrRestart = (unit: string): Command => quiet('systemctl', 'reload-or-restart', unit)

/** Prints properties of units, as one block of `Name=value` lines for each unit (systemctl(1)). */
export const show = (units: readonly string[], properties: readonly string[]): Command =>
  quiet('systemctl', 'show', '--timestamp=unix', `--property=Id,${properties.join()}`, ...units)

/** One start of a unit: its invocation id (systemd.exec(5)), or only a time before it, in epoch ms. */
export type Start = { readonly invocation: string } | { readonly since: number }

/** Prints the last lines that one start of a unit wrote, without systemd's own messages. */
export const lastLines = (unit: string, start: Start, count: number): Command =>
  quiet(
    'journalctl',
    '--quiet',
    '--output=cat',
    `--lines=${count}`,
    `_SYSTEMD_UNIT=${unit}`,
    of(start, '_SYSTEMD_INVOCATION_ID'),
  )

/** Limits what journalctl(1) shows to one start of a unit. */
const of = (start: Start, field: string): string =>
  'invocation' in start ? `${field}=${start.invocation}` : `--since=@${(start.since / 1_000).toFixed(3)}`

/**
 * Prints the result of a unit's last end, as `Result=` names it, or nothing after a normal end. systemd writes one of
 * two messages, "Failed with result" or "Deactivated successfully" (systemd.journal-fields(7), sd-messages.h).
 */
export const lastResult = (unit: string): Command =>
  quiet(
    'journalctl',
    '--quiet',
    '--output=cat',
    '--output-fields=UNIT_RESULT',
    '--lines=1',
    'MESSAGE_ID=d9b373ed55a64feb8242e02dbe79a49c',
    'MESSAGE_ID=7ad2d189f7e94e70a38c781354912448',
    `UNIT=${unit}`,
    // Everybody can write to the journal, but not as systemd.
    '_PID=1',
  )

/**
 * Prints how the last process of one start of a unit ended, in the fields EXIT_CODE and EXIT_STATUS (sd-messages.h).
 */
export const lastExit = (unit: string, start: Start): Command =>
  quiet(
    'journalctl',
    '--quiet',
    '--output=json',
    '--output-fields=EXIT_CODE,EXIT_STATUS',
    '--lines=1',
    'MESSAGE_ID=98e322203f7a4ed290d09fe03c09fe15',
    `UNIT=${unit}`,
    of(start, 'INVOCATION_ID'),
    '_PID=1',
  )

/** Prints what units wrote, with time and slot. */
export const journal = (units: readonly string[], lines: number, follow: boolean): Command =>
  quiet(
    'journalctl',
    '--quiet',
    '--output=short-iso',
    `--lines=${lines}`,
    ...(follow ? ['--follow'] : []),
    ...units.map(unit => `--unit=${unit}`),
  )

/** Makes the journal write all its messages to the disk. */
export const syncJournal = quiet('journalctl', '--sync')

/** Runs a command in a new unit, which ends with the command (systemd-run(1)). */
export const runIn = (unit: {
  readonly name: string
  readonly description: string
  readonly properties: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** `pipe` and `terminal`: the command has this process's input and output, and this process waits for its end. */
  readonly attached: 'no' | 'pipe' | 'terminal'
  readonly argv: readonly [string, ...string[]]
}): Command => ({
  argv: [
    'systemd-run',
    ...['--quiet', '--collect', `--unit=${unit.name}`, `--description=${unit.description}`],
    ...(unit.attached === 'no' ? [] : ['--wait', unit.attached === 'pipe' ? '--pipe' : '--pty']),
    ...unit.properties.map(property => `--property=${property}`),
    ...Object.entries(unit.environment).map(([name, value]) => `--setenv=${name}=${value}`),
    '--',
    ...unit.argv,
  ],
  quiet: true,
})

/** Lists the units whose names match and that run, start or stop. Each line begins with the name. */
export const unitsLike = (pattern: string): Command =>
  quiet(
    'systemctl',
    'list-units',
    ...['--state=active,activating,deactivating,reloading', '--plain', '--no-legend', '--no-pager', pattern],
  )

/** Lists the failed units. Each line begins with the name. */
export const failedUnits = quiet(
  'systemctl',
  'list-units',
  ...['--state=failed', '--all', '--plain', '--no-legend', '--no-pager'],
)
