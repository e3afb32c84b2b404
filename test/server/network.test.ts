import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import * as systemd from '../../src/commands/systemd.js'
import { everySlot } from '../../src/core/cluster.js'
import { fleetNetwork } from '../../src/core/fleet.js'
import { nodeAddress } from '../../src/core/slot.js'
import { nodePlace } from '../../src/runtimes/definitions.js'
import { type NodePlace, sandbox } from '../../src/templates/systemd.js'
import { run } from '../helpers/world.js'

const unified = fileURLToPath(new URL('unified.sh', import.meta.url))
const limits = { memory: null, cpu: null, tasks: 64 }

/** Returns a command line that runs a program in the sandbox of an app, for two seconds at most. */
const as = (app: string, ports: readonly number[], program: string, place = nodePlace(app)): string => {
  const properties = sandbox(app, place, ['/tmp'], ports, limits)
  return `systemd-run -q --wait --pipe ${properties.map(one => `-p '${one}'`).join(' ')} timeout 2 ${program}`
}
const connects = (address: string, port: number, from = ''): string =>
  `perl -MIO::Socket -e 'print IO::Socket::INET->new(PeerAddr => "${address}:${port}", LocalAddr => "${from}") ? "reached" : "no"'`
const listens = (address: string, port: number): string =>
  `perl -MIO::Socket -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "${address}", LocalPort => ${port}) ? "listens" : $!'`
const server = (address: string, port: number): string =>
  `node -e 'require("net").createServer(() => {}).listen(${port}, "${address}")' &`

it("with cgroup v2, an app cannot reach another's Erlang nodes or take its ports", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatling-network-'))
  const script = join(folder, 'script')
  const shop = nodeAddress('shop')
  const fleet = (addresses: readonly string[]): NodePlace => ({
    addresses,
    networks: [fleetNetwork],
    isInFleet: true,
  })
  const ofShop = fleet(everySlot({ place: 34 }))
  const deny = systemd.deny('late.service', [fleetNetwork])
  const looks = {
    'shop to its own': as('shop', [], connects(shop, 20_003)),
    'evil to shop': as('evil', [], connects(shop, 20_003)),
    'evil to the database': as('evil', [], connects('127.0.0.1', 5432)),
    'evil in the place of shop': as('evil', [20_007], listens(shop, 20_004)),
    'shop to another machine': as('shop', [], connects('10.83.2.34', 32_534, '10.83.1.34'), ofShop),
    'shop to the machine itself': as('shop', [], connects('10.83.2.1', 32_000), ofShop),
    'evil to shop there': as('evil', [], connects('10.83.2.34', 32_534), fleet(everySlot({ place: 36 }))),
    'evil in the place of shop there': as('evil', [20_007], listens('10.83.2.35', 32_534), fleet([])),
    'evil in its own': as('evil', [20_007], listens(nodeAddress('evil'), 20_007)),
  }
  const say = Object.entries(looks).map(([what, look]) => `echo "${what}: $(${look} || true)"`)
  writeFileSync(
    script,
    `useradd -r shop; useradd -r evil
${server(shop, 20_003)}
${server('127.0.0.1', 5432)}
ip route add local 10.83.1.0/24 dev lo; ip route add local 10.83.2.0/24 dev lo
${server('10.83.2.34', 32_534)}
${server('10.83.2.1', 32_000)}
for _ in {1..300}; do [ "$(ss -ltn | grep -cE ':(20003|5432|32534|32000) ')" = 4 ] && break; sleep .1; done
cat >/run/late.sh <<'END'
while sleep .1; do ${connects('10.83.2.1', 32_000)} >/run/late.new; mv /run/late.new /run/late; done
END
systemd-run -q --unit=late bash /run/late.sh
for _ in {1..300}; do [ -s /run/late ] && break; sleep .1; done; echo "running before the fleet: $(cat /run/late)"
${deny.argv.map(word => `'${word}'`).join(' ')}
sleep .5; rm -f /run/late; sleep 1; echo "running when the fleet begins: $(cat /run/late 2>/dev/null)"
${say.join('\n')}
`,
  )
  const { text } = await run(['bash', unified, script])
  rmSync(folder, { recursive: true })
  expect(text.trim().split('\n')).toEqual([
    'running before the fleet: reached',
    'running when the fleet begins: ',
    'shop to its own: reached',
    'evil to shop: ',
    'evil to the database: reached',
    'evil in the place of shop: Operation not permitted',
    'shop to another machine: reached',
    'shop to the machine itself: ',
    'evil to shop there: ',
    'evil in the place of shop there: Operation not permitted',
    'evil in its own: listens',
  ])
}, 120_000)
