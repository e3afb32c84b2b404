import { server } from './nginx-listen.js'
import { unchanged } from './nginx-pass.js'

/** The facts that lead a request to an instance. */
export interface Slots {
  readonly project: string
  readonly ports: { readonly a: number; readonly b: number }
  /** A file that exists while slot b is live. */
  readonly marker: string
  /** The other machines that can run the app; null or none given: the app runs only here. */
  readonly fleet?: FleetSlots | null
}

interface FleetSlots {
  /** The port at which the machines of the fleet take each other's requests for this app. */
  readonly port: number
  /** The address of this machine in the fleet network. */
  readonly inside: string
  /** The addresses of the others. */
  readonly others: readonly string[]
  /** Whether an instance answers here. Then it gets all requests, and the others those that it cannot take. */
  readonly open: boolean
  /** The address of the machine that gets the certificates; null: this one. */
  readonly lead: string | null
}

/** Writes the upstreams of the two slots. */
export const slots = (site: Slots): string => slotUpstream(site, 'a') + slotUpstream(site, 'b')

/**
 * Writes the upstream of a slot. The other slot is its backup, for requests whose slot was looked up before a switch
 * and that connect after it. So are the other machines. A machine that does not answer gets no request for 10 s, and
 * all workers of nginx know that, because the upstream has a zone (ngx_http_upstream_module).
 */
const slotUpstream = ({ project, ports, fleet }: Slots, slot: 'a' | 'b'): string => {
  const name = `gatling_${project}_${slot}`
  const local = localServers(ports, slot)
  if (!fleet || fleet.others.length === 0) return upstream(name, local)
  const rank = fleet.open ? ' backup' : ''
  return upstream(name, [
    `zone ${name} 128k;`,
    ...(fleet.open ? local : []),
    ...fleet.others.map(address => `server ${address}:${fleet.port} max_fails=1 fail_timeout=10s${rank};`),
  ])
}

const localServers = ({ a, b }: Slots['ports'], slot: 'a' | 'b'): string[] => [
  `server 127.0.0.1:${slot === 'a' ? a : b} max_fails=0;`,
  `server 127.0.0.1:${slot === 'a' ? b : a} max_fails=0 backup;`,
]

const upstream = (name: string, lines: readonly string[]): string =>
  `upstream ${name} {\n${lines.map(line => `    ${line}\n`).join('')}}\n`

export const liveSlot = ({ project }: Slots): string => `http://gatling_${project}_$gatling_slot`

/** nginx does not cache the marker of the live slot, so a switch takes effect with the next request. */
const uncached = 'open_file_cache off;'

/** Writes how nginx finds the live slot. */
const lookUp = ({ marker }: Slots): string[] => [
  'set $gatling_slot a;',
  `if (-f ${marker}) { set $gatling_slot b; }`,
]

/** Writes the same for visitors. The log of answers has app and slot. */
export const slot = (site: Slots): string[] => [
  uncached,
  `set $gatling_app ${site.project};`,
  ...lookUp(site),
]

/**
 * Writes when nginx asks the next server. If no answer came in time, the other slot is not asked, because it would get
 * the same request again. A machine without power says nothing, so in a fleet a connection has a second. nginx repeats
 * no POST that it has sent (proxy_next_upstream).
 */
export const nextServer = ({ fleet }: Slots): string[] =>
  fleet && fleet.others.length > 0
    ? ['proxy_next_upstream error timeout;', 'proxy_connect_timeout 1s;', 'proxy_socket_keepalive on;']
    : ['proxy_next_upstream error;']

/**
 * Writes the server that takes the app's requests from the other machines of the fleet. nginx listens there only while
 * an instance answers. So another machine notices a missing one before it has sent anything, even a POST. If the
 * instance just died, the connection closes, and the other machine asks the next one. If the instance got the request
 * and sent nothing, the visitor is told. The log names no app here: the visitor's own machine counts the request.
 */
export const fleetServer = (site: Slots & { readonly log: string }): string[] => {
  const { fleet, ports, project } = site
  if (!fleet?.open || fleet.others.length === 0) return []
  const here = `gatling_${project}_here`
  return [
    upstream(`${here}_a`, localServers(ports, 'a')) + upstream(`${here}_b`, localServers(ports, 'b')),
    server([
      `listen ${fleet.inside}:${fleet.port};`,
      ...fleet.others.map(address => `allow ${address};`),
      'deny all;',
      `access_log ${site.log} gatling;`,
      'client_max_body_size 0;',
      uncached,
      ...lookUp(site),
      ...unchanged(['proxy_next_upstream error;']),
      'error_page 502 504 =503 @gatling_elsewhere;',
      `location @gatling_elsewhere {
    if ($upstream_bytes_sent !~ "[1-9]") { return 444; }
    default_type text/plain;
    return 503 "The app does not answer at the moment. Please try again.\\n";
}`,
      `location / { proxy_pass http://${here}_$gatling_slot; }`,
    ]),
  ]
}
