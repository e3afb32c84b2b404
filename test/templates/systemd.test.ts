import { expect, it } from 'vitest'
import { appUnit, doorService, sandbox, slotUnit } from '../../src/templates/systemd.js'

it.each([
  [0, '1s'],
  [1, '1s'],
  [45_000, '45s'],
])('an app with %i ms to stop is killed after %s', (drainMs, time) => {
  const limits = { memory: null, cpu: null, tasks: 64 }
  const node = { addresses: ['127.64.1.2'], networks: ['127.64.0.0/10'], isInFleet: false }
  const facts = { project: 'shop', ports: [], user: 'u', node, root: '/r', environment: '/e', gatling: 'g' }
  expect(slotUnit({ ...facts, drainMs, limits })).toContain(`\nTimeoutStopSec=${time}\n`)
})

it('the sandbox hides the bus and the files of nginx from apps', () => {
  const hides = sandbox(
    'u',
    { addresses: ['127.64.1.2'], networks: ['127.64.0.0/10'], isInFleet: false },
    [],
    [],
    {
      memory: null,
      cpu: null,
      tasks: 1,
    },
  ).find(line => line.startsWith('InaccessiblePaths='))
  for (const path of ['/run/dbus', '/run/systemd/private', '/etc/nginx', '/var/log/nginx'])
    expect(hides).toContain(`-${path}`)
})

it('the door of an app has limits, and logs under its own name', () => {
  const door = doorService('g')
  expect(door).toMatch(/^MemoryMax=512M\nTasksMax=128$/m)
  const facts = {
    project: 'shop',
    ports: [],
    user: 'u',
    node: { addresses: ['127.64.1.2'], networks: ['127.64.0.0/10'], isInFleet: false },
    root: '/r',
    environment: '/e',
    gatling: 'g',
    drainMs: 0,
  }
  const app = appUnit({ ...facts, limits: { memory: null, cpu: null, tasks: 64 } })
  for (const unit of [door, app]) expect(unit).toMatch(/^SyslogIdentifier=gatling-(door|converge)$/m)
})

it('an app may listen on 32000 and above, except in a fleet', () => {
  const limits = { memory: null, cpu: null, tasks: 1 }
  const denied = (isInFleet: boolean): string | undefined =>
    sandbox('u', { addresses: [], networks: [], isInFleet }, [], [], limits).find(line =>
      line.startsWith('SocketBindDeny='),
    )
  expect(denied(false)).toBe('SocketBindDeny=tcp:20000-31999')
  expect(denied(true)).toBe('SocketBindDeny=tcp:20000-32767')
})
