import { createHash, randomBytes } from 'node:crypto'
import type { Meeting } from '../../core/cluster.js'
import type { Slot } from '../../core/live.js'
import { ownFile } from '../../core/own-file.js'
import { nodeAddress, nodeName } from '../../core/slot.js'
import type { ValueRules } from '../../core/stack.js'

/**
 * Returns the text that is on the command line in the place of the cookie. Nobody can guess it, so it would be safe
 * even if Erlang took it for the cookie.
 */
const notTheCookie = (cookie: string): string =>
  createHash('sha256').update(cookie).digest('hex').slice(0, 32)

/**
 * Returns the flags that let Gatling reach an Erlang node. erlexec puts them before the app's own flags.
 * - The node listens on the app's own address, on a known port, so it needs no epmd.
 * - In a cluster it also connects from its own address: the machines let no other reach its node (inet_tcp_dist).
 * - The release's script passes RELEASE_COOKIE as -setcookie, visible for everybody. If -setcookie is given twice, Erlang
 *   reads ~/.erlang.cookie instead.
 */
const nodeFlags = (facts: InstanceFacts): string => {
  const { address, port } = placeOf(facts)
  const ip = `{${address.replaceAll('.', ',')}}`
  return [
    `-setcookie ${notTheCookie(facts.cookie)}`,
    `-kernel inet_dist_use_interface ${ip}`,
    ...(facts.meeting ? [`-kernel inet_dist_connect_options [{ip,${ip}}]`] : []),
    // If an app sets this flag, too, the first one counts. Before OTP 26 both are ignored, with the same result.
    '-proto_dist inet_tcp',
    `-start_epmd false -erl_epmd_port ${port}`,
  ].join(' ')
}

/** Returns where the Erlang node of an instance listens. */
const placeOf = ({ project, distributionPort, meeting }: InstanceFacts) =>
  meeting ?? { address: nodeAddress(project), port: distributionPort }

/**
 * Returns what makes the dns_cluster of `mix phx.new` find the other instances. Only inet_res(3) reads the file, so a
 * name server that is down breaks no other names.
 */
const discovery = ({ meeting }: InstanceFacts): Record<string, string> =>
  meeting ? { DNS_CLUSTER_QUERY: meeting.name, ERL_INETRC: ownFile('erlang/cluster.inetrc') } : {}

export interface InstanceFacts {
  readonly project: string
  readonly slot: Slot
  readonly port: number
  readonly deployDir: string
  /** The instance's HOME; it holds `.erlang.cookie`. */
  readonly homeDir: string
  readonly hostName: string
  readonly cookie: string
  /** The port on which its Erlang node listens for other nodes. */
  readonly distributionPort: number
  /** How it meets the app's instances on other machines; null: it is not for other machines. */
  readonly meeting?: Meeting | null
}

/**
 * Makes the complete environment of a running instance. It inherits nothing, so no RELEASE_* or MIX_* of a parent gets
 * in. The app's config can set PHX_HOST, LANG, POOL_SIZE and so on. The values by which Gatling finds the instance come
 * last.
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
  ...discovery(facts),
  ...config,
  HOME: facts.homeDir,
  ERL_AFLAGS: `${nodeFlags(facts)} ${config['ERL_AFLAGS'] ?? ''}`.trim(),
  PORT: String(facts.port),
  PHX_SERVER: 'true',
  RELEASE_NODE: nodeName(facts.project, facts.slot, facts.meeting?.address),
  RELEASE_DISTRIBUTION: 'name',
  RELEASE_COOKIE: notTheCookie(facts.cookie),
  GATLING_COOKIE: facts.cookie,
  RELEASE_TMP: `${facts.deployDir}/tmp/${facts.slot}`,
  GATLING_FLAGS: nodeFlags(facts),
  GATLING_NODE: `${placeOf(facts).address}:${placeOf(facts).port}`,
  ERL_EPMD_PORT: nobodysPort,
})

/** The rules for config values: a new key with which Phoenix signs sessions, and the names that Gatling itself sets. */
export const values: ValueRules = {
  made: () => ({ SECRET_KEY_BASE: randomBytes(48).toString('base64') }),
  isReserved: name => reserved.test(name),
  // An app made with `mix phx.new --database sqlite3` needs it.
  defaults: (project, data) => ({ DATABASE_PATH: `${data}/${project}.db` }),
}

const reserved =
  /^(PATH|HOME|PORT|PHX_SERVER|MIX_ENV|RELEASE_.*|GATLING_.*|BINDIR|ROOTDIR|ERL_EPMD_PORT|ERL_EPMD_ADDRESS)$/

/**
 * A port for the one time when a node still asks for epmd. Only root could listen here, so the kernel refuses the
 * connection at once.
 */
const nobodysPort = '1'

/** Reads the {@link InstanceFacts.distributionPort} of an instance; null: an older Gatling started it with epmd. */
export const distributionPortOf = (variables: Readonly<Record<string, string>>): number | null => {
  const port = variables['GATLING_NODE']?.split(':')[1]
  return port === undefined ? null : Number(port)
}

/** Returns the ports of an instance for other nodes, which are not for visitors. */
export const nodePortsOf = (variables: Readonly<Record<string, string>>): readonly number[] => {
  const port = distributionPortOf(variables)
  return port === null ? [] : [port]
}
