import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root, run } from '../helpers/world.js'
import { createMachines, fleetMs, letIn, type TestFleet } from './fleet.js'
import { createLab, type Lab, type Machine } from './machine.js'

let lab: Lab
let fleet: TestFleet
let [n1, n2, n3] = [] as unknown as [Machine, Machine, Machine]
let before: Record<string, string> = {}

const minutes = 60_000

/** What a fleet can leave on a machine: files, users, units, programs, devices, ports and keys. */
const snapshot = ({ sh }: Machine): Promise<string> =>
  sh(`find /etc /usr/local /root /var/lib /var/tmp -xdev ! -type d 2>/dev/null |
    grep -vE '/systemd-private|^/var/lib/(systemd|apt|dpkg|docker|containerd)|/keys.json' | sort
  getent passwd | cut -d: -f1 | sort
  systemctl list-unit-files --state=enabled --plain --no-legend | cut -d' ' -f1
  ps -eo comm= | grep -E 'docker|containerd|wireguard' || true
  ls /sys/class/net; ss -Hltnu | grep -oE '[^ ]+:(2377|7946|4789|51820) ' || true
  grep -c . /root/.ssh/authorized_keys; grep -o '"name": .*' /etc/gatling/keys.json || true`)

beforeAll(async () => {
  lab = await createLab()
  fleet = await createMachines(lab, ['n1', 'n2', 'n3'])
  ;[n1, n2, n3] = fleet.machines as [Machine, Machine, Machine]
  before = { n1: await snapshot(n1), n2: await snapshot(n2) }
}, fleetMs)
afterAll(async () => {
  await lab?.close()
  fleet?.close()
})

const gatling = (words: string) =>
  n1.run(['sh', '-c', `NO_COLOR=1 gatling ${words} 2>&1`], { timeoutMs: 3 * minutes })
const added = (machine: Machine, option = '') => gatling(`nodes add root@${machine.address} ${option}`)
const list = async (machine = n1): Promise<Record<string, unknown>[]> =>
  JSON.parse(await machine.sh('gatling nodes list --json'))
const states = async (): Promise<Record<string, unknown>> =>
  Object.fromEntries((await list()).map(({ name, state }) => [name, state]))
/** Starts an add, and kills it with all its programs when it begins an action. */
const killedAt = (action: string, machine: Machine): Promise<string> =>
  n1.sh(
    `setsid env NO_COLOR=1 gatling nodes add root@${machine.address} >/tmp/add.log 2>&1 & run=$!
    until grep -q '▸ ${action}' /tmp/add.log; do sleep .02; kill -0 $run; done; sleep .1; kill -9 -$run`,
    { timeoutMs: 3 * minutes },
  )

it('a server that stands alone has nothing of a fleet', async () => {
  expect((await gatling('nodes list')).text).toContain('stands alone')
  expect(before['n1']).not.toMatch(/^(dockerd|containerd|wireguard-go)$|gatling0|\/etc\/gatling\/fleet/m)
  expect((await gatling('doctor')).text).not.toMatch(/Swarm|fleet/)
})

it('says the line that lets the lead in, and why a machine cannot be added', async () => {
  const closed = await added(n2)
  expect(closed.code).toBe(1)
  expect(closed.text).toContain('FLEET_ROOT_CLOSED')
  expect(closed.text).toMatch(/echo 'ssh-ed25519 \S+ gatling-fleet@n1' \| ssh root@/)
  await letIn(fleet, n2)
  await n2.put('/usr/local/bin/date', '#!/bin/sh\nexec /usr/bin/date -d "+5 seconds" "$@"\n', 0o755)
  const late = await added(n2)
  expect(late.text).toMatch(/its clock is [45]\.\d s off[\s\S]*FLEET_NODE_UNFIT/)
  await n2.sh('rm /usr/local/bin/date')
  expect(await states()).toEqual({})
})

it('removes what a killed add has left, so that the machines are as before', async () => {
  await killedAt('join_swarm', n2)
  expect(await states()).toEqual({ n1: 'ready', n2: 'half added' })
  const other = await added(n3)
  expect(other.text).toMatch(/does not accept|FLEET_ADD_CUT_OFF/)
  const removed = await gatling('nodes remove n2 --yes')
  expect(removed.code, removed.text).toBe(0)
  expect(await snapshot(n2)).toBe(before['n2'])
  expect(await snapshot(n1)).toBe(before['n1'])
})

it('finishes an add that was killed', async () => {
  await letIn(fleet, n2)
  await killedAt('set_up_the_server', n2)
  const again = await added(n2)
  expect(again.code, again.text).toBe(0)
  expect(again.text).toMatch(/first contact with n2: 256 SHA256:/)
  expect(await states()).toEqual({ n1: 'ready', n2: 'ready' })
  // Root there is closed again, and a token was used only once.
  expect(await n2.sh('grep -c gatling-fleet /root/.ssh/authorized_keys || true')).toBe('0\n')
  await letIn(fleet, n2)
  expect((await added(n2)).text).toContain('FLEET_NODE_THERE')
})

it('adds a machine from a laptop, over the ssh of the person', async () => {
  const app = await fleet.lead.app('shop')
  const hosts = [n1, n3].map(({ sshOptions }) => sshOptions().find(word => word.startsWith('UserKnownHosts')))
  const options = n1.sshOptions().filter(word => !word.startsWith('UserKnownHosts'))
  const known = hosts.map(word => word?.split('=')[1]).join(' ')
  const ssh = `ssh ${options.join(' ').replace(/ -o(?= -o|$)/g, '')} -o 'UserKnownHostsFile=${known}'`
  const { code, text } = await run(
    [process.execPath, join(root, 'bin', 'gatling.js'), 'nodes', 'add', `root@${n3.address}`, '--manager'],
    { cwd: app.source, env: { GIT_SSH_COMMAND: ssh, NO_COLOR: '1' } },
  )
  expect(code, text).toBe(0)
  expect(text).toContain('n3 is in the fleet.')
})

it('every machine knows the others, and listens for them only inside the fleet', async () => {
  for (const machine of fleet.machines)
    expect((await list(machine)).map(({ name, state, manager }) => [name, state, manager])).toEqual([
      ['n1', 'ready', true],
      ['n2', 'ready', false],
      ['n3', 'ready', true],
    ])
  expect(await n3.sh(`ss -Hltnu | grep -oE '[^ ]+:(2377|7946|4789) ' | sort`)).toBe(
    '10.83.3.1:2377 \n10.83.3.1:7946 \n10.83.3.1:7946 \n',
  )
  // A person's admin key cannot do what machines ask of each other, and a worker cannot change who is in the fleet.
  expect((await fleet.lead.over(['node', 'open'], { input: 'x' })).text).toContain('KEY_MAY_NOT')
  const asked = `ssh -F none -i /etc/gatling/fleet/key -o UserKnownHostsFile=/etc/gatling/fleet/known_hosts`
  const byWorker = await n2.run([
    'sh',
    '-c',
    `echo x | ${asked} gatling@10.83.1.1 "gatling 'node' 'open'" 2>&1`,
  ])
  expect(byWorker.text).toContain('KEY_MAY_NOT')
  const doctor = await gatling('doctor')
  expect(doctor.text).toMatch(/n2 answers, with the same version and time/)
  expect(doctor.text).toMatch(/2 managers live through the loss of 0, as 1 would/)
})

it(
  'shows what an app writes on every machine that has it',
  async () => {
    const record = '/etc/gatling/apps/shop.json'
    for (const { sh } of [n1, n2])
      await sh(`gatling load shop
      systemd-run -q --wait --unit=shop@a.service sh -c 'echo "hello from $(hostname)"'; journalctl --sync`)
    await n1.sh(
      `node -e 'const fs = require("fs"), known = JSON.parse(fs.readFileSync("${record}")); fs.writeFileSync("${record}", JSON.stringify({ ...known, nodes: ["n2"] }))'`,
    )
    const hellos = async (words: string): Promise<string[]> =>
      (await gatling(`logs shop ${words}`)).text.match(/hello from n\d/g) ?? []
    expect(await hellos('')).toEqual(['hello from n1', 'hello from n2'])
    expect(await hellos('--on n2')).toEqual(['hello from n2'])
    expect(await hellos('--on n1')).toEqual(['hello from n1'])
    expect((await gatling('logs shop --on n9')).text).toContain('FLEET_NODE_UNKNOWN')
    const followed = `timeout 5 gatling logs shop --follow | grep -m2 -o 'hello from n[12]' | sort`
    expect(await n1.sh(followed)).toBe('hello from n1\nhello from n2\n')
    await n1.sh('gatling unload shop --yes')
  },
  minutes,
)

it('gives the others its Gatling, while theirs runs', async () => {
  await n2.sh(
    `sed -i 's/"version": "[^"]*"/"version": "0.1.9"/' /usr/local/lib/gatling/package/package.json
      echo another >>/usr/local/lib/gatling/package/.digest`,
  )
  expect((await gatling('doctor')).text).toMatch(/n2 has Gatling 0\.1\.9/)
  const updated = await gatling('nodes update')
  expect(updated.code, updated.text).toBe(0)
  expect((await gatling('doctor')).text).toMatch(/n2 answers, with the same version/)
  expect(await n2.sh('grep -c gatling-fleet /root/.ssh/authorized_keys || true')).toBe('0\n')
})

it('a machine comes back after a restart', async () => {
  await n2.reboot()
  await n1.until(
    `gatling nodes list --json | grep -c '"state": "ready"' | grep -qx 3 && docker node ls | grep n2 | grep -q Ready`,
    'n2 to come back',
  )
})

it('forgets a machine that is lost, even with the majority of managers', async () => {
  await n3.powerCut()
  expect((await states())['n3']).toBe('down')
  expect((await gatling('doctor')).text).toMatch(/n3 does not answer/)
  expect((await gatling('nodes remove n3 --yes')).text).toContain('FLEET_NODE_DOWN')
  const forced = await gatling('nodes remove n3 --yes --force')
  expect(forced.code, forced.text).toBe(0)
  expect(forced.text).toContain('all is still there')
  expect(await states()).toEqual({ n1: 'ready', n2: 'ready' })
  // n2 finds the manager again, which is now the only one.
  await n1.until(
    `[ "$(docker node ls --format '{{.Hostname}} {{.Status}}' | sort | tr '\\n' ,)" = 'n1 Ready,n2 Ready,' ]`,
    'n2 to find the Swarm again',
  )
})

it('stands alone again after the last removal, as before the first add', async () => {
  expect((await gatling('nodes remove n1 --yes')).text).toContain('FLEET_NODE_IS_LEAD')
  expect((await gatling('teardown --yes')).text).toContain('FLEET_LEFT_FIRST')
  const removed = await gatling('nodes remove n2 --yes')
  expect(removed.code, removed.text).toBe(0)
  expect(await snapshot(n2)).toBe(before['n2'])
  expect(await snapshot(n1)).toBe(before['n1'])
})
