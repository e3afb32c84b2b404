import { createHash, randomBytes } from 'node:crypto'
import type { Slot } from '../../core/live.js'
import { nodeAddress, nodeName } from '../../core/slot.js'
import type { ValueRules } from '../../core/stack.js'

/** What stands on the command line; nobody could know it beforehand, should an Erlang take it for the cookie after all. */
const notTheCookie = (cookie: string): string =>
  createHash('sha256').update(cookie).digest('hex').slice(0, 32)

/**
 * What makes an Erlang node ours. erlexec puts these before the app's own flags.
 * - It listens on an address of the app's own, on a port that is known: no epmd is started or asked.
 * - The release's script passes RELEASE_COOKIE on as -setcookie, for everybody to see. If -setcookie is given twice, Erlang
 *   reads ~/.erlang.cookie instead.
 */
const nodeFlags = ({ project, cookie, distributionPort }: InstanceFacts): string =>
  [
    `-setcookie ${notTheCookie(cookie)}`,
    `-kernel inet_dist_use_interface {${nodeAddress(project).replaceAll('.', ',')}}`,
    // Where an app gives another one, this is the first, which counts; before OTP 26 both are left out, which is the same.
    '-proto_dist inet_tcp',
    `-start_epmd false -erl_epmd_port ${distributionPort}`,
  ].join(' ')

export interface InstanceFacts {
  readonly project: string
  readonly slot: Slot
  readonly port: number
  readonly deployDir: string
  /** The instance's HOME; it holds `.erlang.cookie`. */
  readonly homeDir: string
  readonly revision: string
  readonly hostName: string
  readonly cookie: string
  /** Where its Erlang node listens for other nodes. */
  readonly distributionPort: number
}

/**
 * The environment of a running instance. It is made from nothing, so that no RELEASE_* or MIX_* of a parent gets in.
 * The app's config may set PHX_HOST, LANG, POOL_SIZE...; what Gatling must know to find the instance is laid over it.
 */
export const instanceEnvironment = (
  facts: InstanceFacts,
  config: Readonly<Record<string, string>>,
  path: string,
): Record<string, string> => ({
  PATH: path,
  LANG: 'C.UTF-8',
  PHX_HOST: facts.hostName,
  ERL_CRASH_DUMP_BYTES: '0',
  ...config,
  HOME: facts.homeDir,
  ERL_AFLAGS: `${nodeFlags(facts)} ${config['ERL_AFLAGS'] ?? ''}`.trim(),
  PORT: String(facts.port),
  PHX_SERVER: 'true',
  RELEASE_NODE: nodeName(facts.project, facts.slot),
  RELEASE_DISTRIBUTION: 'name',
  RELEASE_COOKIE: notTheCookie(facts.cookie),
  GATLING_COOKIE: facts.cookie,
  RELEASE_TMP: `${facts.deployDir}/tmp/${facts.slot}`,
  GATLING_REVISION: facts.revision,
  GATLING_INSTANCE: `${facts.deployDir}@${facts.slot}`,
  GATLING_FLAGS: nodeFlags(facts),
  GATLING_NODE: `${nodeAddress(facts.project)}:${facts.distributionPort}`,
  ERL_EPMD_PORT: nobodysPort,
})

/** A new key that Phoenix signs sessions with, and the names that the environment of an instance has from Gatling. */
export const values: ValueRules = {
  made: () => ({ SECRET_KEY_BASE: randomBytes(48).toString('base64') }),
  isReserved: name => reserved.test(name),
  // An app made with `mix phx.new --database sqlite3` needs it.
  defaults: (project, data) => ({ DATABASE_PATH: `${data}/${project}.db` }),
}

const reserved =
  /^(PATH|HOME|PORT|PHX_SERVER|MIX_ENV|RELEASE_.*|GATLING_.*|BINDIR|ROOTDIR|ERL_EPMD_PORT|ERL_EPMD_ADDRESS)$/

/** A node asks for an epmd once, even so. Only root could listen here, and nothing does: it is refused at once. */
const nobodysPort = '1'

/** The port of {@link InstanceFacts.distributionPort}; null: the instance was started by a Gatling that gave it an epmd. */
export const distributionPortOf = (variables: Readonly<Record<string, string>>): number | null => {
  const port = variables['GATLING_NODE']?.split(':')[1]
  return port === undefined ? null : Number(port)
}

/** Where an instance listens for other nodes, and for no visitors. */
export const nodePortsOf = (variables: Readonly<Record<string, string>>): readonly number[] => {
  const port = distributionPortOf(variables)
  return port === null ? [] : [port]
}
