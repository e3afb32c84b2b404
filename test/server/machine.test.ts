import { afterAll, beforeAll, expect, test } from 'vitest'
import { root, run } from '../helpers/world.js'
import { createLab, type Lab, type Machine } from './machine.js'

let lab: Lab
let ready: Machine
let bare: Machine

beforeAll(async () => {
  lab = await createLab()
  const machines = [
    lab.machine('ready', { share: root }),
    lab.machine('bare', { suite: 'bookworm', image: 'bare' }),
  ] as const
  ;[ready, bare] = await Promise.all(machines)
})

afterAll(() => lab?.close())

const ssh = (machine: Machine, command: string) =>
  run(['ssh', ...machine.sshOptions(), `root@${machine.address}`, command])

test('machines boot with Gatling and without a route to the network', async () => {
  for (const machine of [ready, bare]) {
    expect(await machine.sh('systemctl is-system-running')).toBe('running\n')
    expect(await machine.sh('gatling --version')).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(await machine.sh('ip route show default')).toBe('')
    expect(await machine.sh('hostname; hostname -I')).toBe(`${machine.name}\n${machine.address} \n`)
  }
})

test('a program gets its input, and returns its output and exit code', async () => {
  const { code, stdout, stderr } = await bare.run(['sh', '-c', 'cat; echo no >&2; exit 3'], { input: 'yes' })
  expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: 'yes', stderr: 'no\n' })
  await expect(bare.sh('echo before; false; echo after')).rejects.toThrow(/ended with 1: .*\nbefore\n$/s)
  await expect(bare.sh('echo some; sleep 60', { timeoutMs: 10_000 })).rejects.toThrow(
    /not done in 10000 ms: .*\nsome/s,
  )
  await bare.put('/srv/some/file', 'text', 0o600)
  expect(await bare.sh('stat -c "%a %U" /srv/some/file; cat /srv/some/file')).toBe('600 root\ntext')
})

test('a program cannot set the clock of the host', async () => {
  const has = 'grep CapBnd /proc/self/status'
  for (const text of [await bare.sh(has), await bare.sh(`systemd-run -q --wait --pipe ${has}`)])
    expect(BigInt(`0x${text.split('\t')[1]?.trim()}`) & (1n << 25n)).toBe(0n)
})

test('root can log in only with the key of the lab', async () => {
  expect(await ssh(ready, 'id -un')).toMatchObject({ code: 0, text: 'root\n' })
  const other = `${lab.key}-other`
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', other])
  const denied = await run(['ssh', ...ready.sshOptions(other), `root@${ready.address}`, 'true'])
  expect(denied).toMatchObject({ code: 255, text: expect.stringContaining('Permission denied') })
})

test('apt can install the packages of the ready machine on the bare one', async () => {
  expect(await bare.sh('! command -v git nginx sudo certbot erl elixir rsync')).toBe('')
  await bare.sh(
    'apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install git sudo nginx',
    {
      timeoutMs: 400_000,
    },
  )
  expect(await bare.sh('git --version')).toMatch(/^git version/)
  expect(await bare.sh('systemctl is-active nginx')).toBe('active\n')
  expect(await ready.sh('command -v git nginx sudo certbot erl elixir rsync | wc -l')).toBe('7\n')
})

test('systemd and nginx keep the contracts of embedded mode', async () => {
  const vitest = ['/srv/shared/node_modules/vitest/vitest.mjs', 'run'] as const
  const config = ['--config', '/srv/shared/test/contracts/machine/vitest.config.ts'] as const
  const { code, text } = await ready.run(['node', ...vitest, ...config], { timeoutMs: 590_000 })
  // A report of the whole suite can have no room for all of it.
  expect(code, text.slice(Math.max(0, text.search(/ FAIL /))).slice(0, 4_000)).toBe(0)
})

test('limits are enforced', async () => {
  const eat = (limit: string) =>
    bare.sh(`systemd-run -q --wait -p MemoryMax=${limit} node -e 'Buffer.alloc(300e6, 1)'`)
  await expect(eat('100M')).rejects.toThrow('ended with 255')
  await eat('500M')
})

test('a reboot keeps files and the journal', async () => {
  await ready.sh('echo kept >/root/file; logger before-the-reboot')
  await ready.reboot()
  expect(await ready.sh('cat /root/file')).toBe('kept\n')
  expect(await ready.sh('journalctl -q -b -1 -o cat --no-pager')).toContain('before-the-reboot')
  expect(await ssh(ready, 'systemctl is-system-running')).toMatchObject({ code: 0, text: 'running\n' })
})

test('a machine keeps its files when it is switched off and on', async () => {
  await ready.sh('echo kept >/root/off')
  await ready.off()
  expect((await ready.run(['true'])).text).toBe('ready is off\n')
  await ready.boot()
  expect(await ready.sh('cat /root/off')).toBe('kept\n')
})

test('a power cut loses what was not synced', async () => {
  await ready.sh('echo kept >/root/synced; sync; echo lost >/root/unsynced')
  const client = ssh(ready, 'sleep 60')
  await ready.powerCut()
  await ready.boot()
  expect(await ready.sh('cd /root; for f in *synced; do echo $f $(cat $f); done')).toMatch(
    /^synced kept\n(unsynced\s)?$/,
  )
  expect((await client).code).toBe(255)
})

test('a machine with a cut cable cannot be reached', async () => {
  await bare.cut()
  const { code, text } = await run([
    'ssh',
    '-o',
    'ConnectTimeout=1',
    ...bare.sshOptions(),
    `root@${bare.address}`,
    'true',
  ])
  expect({ code, text }).toMatchObject({ code: 255, text: expect.stringContaining('timed out') })
  await bare.uncut()
  expect(await ssh(bare, 'id -un')).toMatchObject({ code: 0, text: 'root\n' })
})

test('the disk has the requested size', async () => {
  const small = await lab.machine('small', { suite: 'bookworm', image: 'bare', size: '700M' })
  expect(Number(await small.sh('df --output=size -m / | tail -1'))).toBeLessThan(700)
})
