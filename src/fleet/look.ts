import * as v from 'valibot'
import { runCommand } from '../hosts/capture.js'
import { nodeUnfit } from './errors.js'
import { asRoot, type Root } from './root.js'

/**
 * Prints facts of a machine, as `name value` lines. The time comes first, so that it is nearest to its question. It
 * uses only what every Debian has.
 */
const script = `
echo "at_ms $(date +%s%3N)"
echo "uid $(id -u)"
echo "name $(hostname -s 2>/dev/null || cat /etc/hostname)"
echo "machine $(uname -m)"
echo "kernel $(uname -r)"
echo "glibc $(getconf GNU_LIBC_VERSION 2>/dev/null | cut -d' ' -f2)"
echo "free_bytes $(df --output=avail -B1 /usr/local | tail -1)"
echo "client \${SSH_CLIENT%% *}"
echo "apt $(command -v apt-get)"
echo "systemd $([ -d /run/systemd/system ] && echo yes)"
echo "gatling $(sed -n 's/^ *"version": "\\(.*\\)".*/\\1/p' /usr/local/lib/gatling/package/package.json 2>/dev/null)"
echo "server $([ -e /etc/gatling/server.json ] && echo yes)"
echo "made $(grep -Eqs '"server": *true' /etc/gatling/fleet/made.json && echo yes)"
echo "begun $(ls /etc/gatling/fleet/made.json /etc/gatling/fleet/members.json 2>/dev/null | grep -q . && echo yes)"
echo "swarm $(docker info --format '{{.Swarm.LocalNodeState}}' 2>/dev/null)"
echo "network $({ ip -4 -o addr; ip -4 route; } 2>/dev/null | grep -v gatling0 | grep -cE '(^| )10[.]83[.]')"
echo "lead $(sed -n 's/^ *"lead": "\\(.*\\)".*/\\1/p' /etc/gatling/fleet.json 2>/dev/null)"
echo "apps $(cd /etc/gatling/apps 2>/dev/null && ls | sed 's/[.]json$//' | tr '\\n' ' ')"
`

const yes = v.pipe(
  v.string(),
  v.transform(text => text === 'yes'),
)
const count = v.pipe(v.string(), v.transform(Number), v.number())

/** What a look at a machine finds. */
const sightSchema = v.object({
  at_ms: count,
  uid: v.string(),
  name: v.string(),
  machine: v.string(),
  kernel: v.string(),
  glibc: v.string(),
  free_bytes: count,
  /** The address that the looking machine has there; empty: it looked at itself. */
  client: v.string(),
  apt: v.string(),
  systemd: yes,
  gatling: v.string(),
  server: yes,
  /** Whether `nodes add` makes it a server: it was none before. */
  made: yes,
  /** Whether `nodes add` has begun there. */
  begun: yes,
  /** The state of Docker's Swarm there, such as `active`; empty: there is no Docker. */
  swarm: v.string(),
  /** How many addresses and routes of others are in the fleet network. */
  network: count,
  /** The lead of its fleet; empty: it is in none. */
  lead: v.string(),
  apps: v.pipe(
    v.string(),
    v.transform(text => text.split(' ').filter(name => name !== '')),
  ),
})
export type Sight = v.InferOutput<typeof sightSchema>

export const parseSight = (text: string): Sight =>
  v.parse(
    sightSchema,
    Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map(line => {
          const [name = '', ...words] = line.split(' ')
          return [name, words.join(' ').trim()]
        }),
    ),
  )

/** Everything that a judgement on a machine needs. */
export interface Compared {
  readonly there: Sight
  readonly here: Sight
  /** How far its clock is off, in ms; at least, because the question and the answer took a while. */
  readonly offMs: number
}

/**
 * Looks at a machine before anything is changed there.
 * @throws GatlingError FLEET_NODE_UNFIT with the reason, or why it cannot be reached.
 */
export const look = async (root: Root): Promise<Sight> => {
  const { stdout } = await runCommand({ argv: ['sh'], input: script })
  const here = parseSight(stdout)
  const before = Date.now()
  const there = parseSight(await asRoot(root, 'sh', script))
  const after = Date.now()
  const offMs = Math.max(before - there.at_ms, there.at_ms - after, 0)
  const [reason, remedy] = misfit({ there, here, offMs }) ?? []
  if (reason !== undefined && remedy !== undefined) throw nodeUnfit(root.host, reason, remedy)
  return there
}

const mostOffMs = 2_000
const leastFree = 2 * 1024 ** 3

/** Returns why a machine cannot be in the fleet, and what to do about it; null: it can. */
export const misfit = ({ there, here, offMs }: Compared): readonly [string, string] | null => {
  if (there.uid !== '0') return ['that user is not root there', 'Name root: `gatling nodes add root@HOST`.']
  if (!there.systemd || there.apt === '')
    return ['it is not Debian or Ubuntu with systemd', 'Use a machine like this one.']
  if (there.machine !== here.machine)
    return [
      `its processor is ${there.machine}, and this machine's is ${here.machine}: releases built here cannot run there`,
      `Use a machine with ${here.machine}.`,
    ]
  for (const what of ['glibc', 'kernel'] as const)
    if (isOlder(there[what], here[what]))
      return [
        `its ${what} is ${there[what] || 'unknown'}, older than ${here[what]} here: releases built here might not run there`,
        'Upgrade that machine to the release of Debian or Ubuntu that this one has.',
      ]
  if (offMs > mostOffMs)
    return [
      `its clock is ${(offMs / 1_000).toFixed(1)} s off`,
      'Synchronise it, there and here: `timedatectl set-ntp true`.',
    ]
  if (there.free_bytes < leastFree)
    return [
      `only ${Math.floor(there.free_bytes / 1024 ** 2)} MB are free in /usr/local there, and it needs 2 GB`,
      'Make room there.',
    ]
  if (!/^[a-z0-9][a-z0-9-]{0,50}$/.test(there.name))
    return [
      `its name is ${JSON.stringify(there.name)}, which is not a-z, 0-9 and dashes`,
      'Give it one there: `hostnamectl set-hostname n2`.',
    ]
  if (there.name === here.name)
    return [
      `its name is ${there.name}, as that of this machine`,
      'Name another machine, or give it another name there: `hostnamectl set-hostname n2`.',
    ]
  if (there.lead !== '' && there.lead !== here.name)
    return [
      `it is in the fleet of ${there.lead}`,
      `Remove it there first, on ${there.lead}: \`gatling nodes remove ${there.name}\`.`,
    ]
  if (there.gatling !== '' && there.gatling !== here.gatling)
    return [
      `it has Gatling ${there.gatling}, and this machine has ${here.gatling}`,
      'Install the same version on both, and run `gatling setup` there.',
    ]
  if (there.apps.length > 0)
    return [
      `it has apps of its own, which only the lead of a fleet can deploy: ${there.apps.join(', ')}`,
      'Push them to this machine, and unload them there: `gatling unload`.',
    ]
  for (const { name, swarm, begun, lead, network } of [there, here]) {
    if (begun || lead !== '') continue
    if (!['', 'inactive'].includes(swarm))
      return [`Docker of ${name} is in a Swarm already`, 'Use a machine that is in no Swarm.']
    if (network > 0)
      return [`${name} has an address or a route in 10.83.0.0/16, the fleet network`, 'Use another network.']
  }
  return null
}

/** Compares the numbers at the start of two versions. */
export const isOlder = (one: string, other: string): boolean => {
  const numbers = (text: string): number[] => (/^[\d.]+/.exec(text)?.[0] ?? '0').split('.').map(Number)
  const [mine, its] = [numbers(one), numbers(other)]
  for (let at = 0; at < Math.max(mine.length, its.length); at++) {
    const [a, b] = [mine[at] ?? 0, its[at] ?? 0]
    if (a !== b) return a < b
  }
  return false
}
