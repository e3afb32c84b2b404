/** Another machine of the fleet network. */
export interface Peer {
  readonly wireguard: string
  /** The IP address at which it is reached from outside. */
  readonly endpoint: string
  /** Its number: 2 has 10.83.2.0/24. */
  readonly number: number
}

/** The UDP port of the fleet network. */
const wireguardPort = 51_820

/** Returns the address of a machine in the fleet network. */
export const insideAddress = (number: number): string => `10.83.${number}.1`

/**
 * Writes the configuration of the fleet network (wg-quick(8)). The range of the address is that of the whole fleet, so
 * another machine needs no route. A machine behind a NAT keeps its way open by a packet every 25 s (wg(8)). All addresses
 * of the machine's own range are its own, so the Erlang nodes of apps can listen there (ip-route(8), type local).
 */
export const wireguardConfig = (privateKey: string, number: number, peers: readonly Peer[]): string =>
  `# Written by gatling nodes.
[Interface]
Address = ${insideAddress(number)}/16
ListenPort = ${wireguardPort}
PrivateKey = ${privateKey}
PostUp = ip route replace local 10.83.${number}.0/24 dev %i
${peers.map(peer).join('')}`

const peer = ({ wireguard, endpoint, number }: Peer): string => `
[Peer]
PublicKey = ${wireguard}
AllowedIPs = 10.83.${number}.0/24
Endpoint = ${endpoint.includes(':') ? `[${endpoint}]` : endpoint}:${wireguardPort}
PersistentKeepalive = 25
`
