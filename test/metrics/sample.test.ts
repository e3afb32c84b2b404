import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sampleScript } from '../../src/templates/metrics-units.js'
import { temporaryFolders } from '../helpers/folder.js'
import { must } from '../helpers/world.js'

const newFolder = temporaryFolders()

/** Makes a machine with two known apps and an unknown one. */
const machine = () => {
  const folder = newFolder()
  const samples = join(folder, 'samples')
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const script = sampleScript({
    registry: join(folder, 'apps'),
    samples,
    last: join(folder, 'last'),
    cgroups: join(folder, 'cgroup'),
  })
  for (const app of ['blog', 'my_shop']) put(`apps/${app}.json`, '{}')
  put('sample', script)
  return {
    put,
    samples,
    sample: () => must(['sh', join(folder, 'sample')]),
    /** Returns the lines without their times. */
    lines: () =>
      readFileSync(samples, 'utf8')
        .trim()
        .split('\n')
        .map(line => line.replace(/^\d+ /, '')),
  }
}
type Machine = ReturnType<typeof machine>

const unit = (app: string, slot: string): string => `system.slice/system-${app}.slice/${app}@${slot}.service`
const v2 = ({ put }: Machine, app: string, slot: string, usec: number, bytes: number): void => {
  put('cgroup/cgroup.controllers', 'cpuset cpu io memory pids\n')
  put(`cgroup/${unit(app, slot)}/cpu.stat`, `usage_usec ${usec}\nuser_usec 1\nsystem_usec 2\n`)
  put(`cgroup/${unit(app, slot)}/memory.current`, `${bytes}\n`)
  put(`cgroup/${unit(app, slot)}/memory.stat`, `anon 5\nfile 9\ninactive_file 1024\nactive_file 3\n`)
}
const v1 = ({ put }: Machine, app: string, slot: string, usec: number, bytes: number): void => {
  put(`cgroup/unified/${unit(app, slot)}/cpu.stat`, `usage_usec ${usec}\nuser_usec 1\nsystem_usec 2\n`)
  put(`cgroup/memory/${unit(app, slot)}/memory.usage_in_bytes`, `${bytes}\n`)
  put(`cgroup/memory/${unit(app, slot)}/memory.stat`, `inactive_file 1\ntotal_inactive_file 1024\n`)
}

describe.each([
  ['v2', v2],
  ['v1, with a v2 tree of systemd', v1],
] as const)('a sample of cgroup %s', (_, uses) => {
  it('has what each app used since the last sample, both slots together', async () => {
    const server = machine()
    const day = 86_400_000_000
    uses(server, 'my_shop', 'a', 30 * day, 300 * 1_024)
    uses(server, 'stranger', 'a', day, 300 * 1_024)
    await server.sample()
    expect(server.lines()).toEqual(['my_shop 0 299'])
    uses(server, 'my_shop', 'a', 30 * day + 500_000, 400 * 1_024)
    uses(server, 'my_shop', 'b', 250_000, 101 * 1_024)
    uses(server, 'blog', 'b', 1_000, 5_000_000_000)
    await server.sample()
    expect(server.lines().slice(1)).toEqual(['blog 1 4882812', 'my_shop 750 499'])
    // A restarted unit counts from 0.
    uses(server, 'my_shop', 'a', 20_000, 400 * 1_024)
    await server.sample()
    expect(server.lines().at(-1)).toBe('my_shop 20 499')
  })
})

it('the file of samples is private, and is rotated before it grows large', async () => {
  const server = machine()
  v2(server, 'blog', 'a', 5, 5_000)
  writeFileSync(server.samples, 'x'.repeat(2_100_000))
  await server.sample()
  expect(statSync(`${server.samples}.1`).size).toBe(2_100_000)
  expect(server.lines()).toEqual(['blog 0 4'])
  expect(statSync(server.samples).mode & 0o777).toBe(0o600)
})

it('a machine without apps has no samples', async () => {
  const server = machine()
  await server.sample()
  expect(() => statSync(server.samples)).toThrow()
})
