import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { nodeAddress } from '../../src/core/slot.js'
import { nodePlace } from '../../src/runtimes/definitions.js'
import { sandbox } from '../../src/templates/systemd.js'
import { run } from '../helpers/world.js'

const unified = fileURLToPath(new URL('unified.sh', import.meta.url))
const limits = { memory: null, cpu: null, tasks: 64 }

/** Returns a command line that runs a program in the sandbox of an app, for two seconds at most. */
const as = (app: string, ports: readonly number[], program: string): string => {
  const properties = sandbox(app, nodePlace(app), ['/tmp'], ports, limits)
  return `systemd-run -q --wait --pipe ${properties.map(one => `-p '${one}'`).join(' ')} timeout 2 ${program}`
}
const connects = (address: string, port: number): string =>
  `perl -MIO::Socket -e 'print IO::Socket::INET->new("${address}:${port}") ? "reached" : "no"'`
const listens = (address: string, port: number): string =>
  `perl -MIO::Socket -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "${address}", LocalPort => ${port}) ? "listens" : $!'`
const server = (address: string, port: number): string =>
  `node -e 'require("net").createServer(() => {}).listen(${port}, "${address}")' &`

it("with cgroup v2, an app cannot reach another's Erlang nodes or take its ports", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatling-network-'))
  const script = join(folder, 'script')
  const shop = nodeAddress('shop')
  const looks = {
    'shop to its own': as('shop', [], connects(shop, 20_003)),
    'evil to shop': as('evil', [], connects(shop, 20_003)),
    'evil to the database': as('evil', [], connects('127.0.0.1', 5432)),
    'evil in the place of shop': as('evil', [20_007], listens(shop, 20_004)),
    'evil in its own': as('evil', [20_007], listens(nodeAddress('evil'), 20_007)),
  }
  const say = Object.entries(looks).map(([what, look]) => `echo "${what}: $(${look} || true)"`)
  writeFileSync(
    script,
    `useradd -r shop; useradd -r evil
${server(shop, 20_003)}
${server('127.0.0.1', 5432)}
for _ in {1..300}; do [ "$(ss -ltn | grep -cE ':(20003|5432) ')" = 2 ] && break; sleep .1; done
${say.join('\n')}
`,
  )
  const { text } = await run(['bash', unified, script])
  rmSync(folder, { recursive: true })
  expect(text.trim().split('\n')).toEqual([
    'shop to its own: reached',
    'evil to shop: ',
    'evil to the database: reached',
    'evil in the place of shop: Operation not permitted',
    'evil in its own: listens',
  ])
}, 120_000)
