import { describe, expect, it } from 'vitest'
import { createSeats } from '../../src/commands/docker.js'
import { countSeats } from '../../src/fleet/seats.js'
import { isLocal } from '../../src/server/machine-bound.js'
import { isEnough } from '../../src/server/seat.js'
import { seatService, seatSocket } from '../../src/templates/fleet.js'

const lines = (...values: readonly object[]): string =>
  values.map(value => `${JSON.stringify(value)}\n`).join('')
const task = (Node: string, CurrentState: string) => ({
  Node,
  CurrentState,
  Name: 'gatling-shop.1',
  Error: '',
})
const machine = (Hostname: string, Status = 'Ready', Availability = 'Active') => ({
  Hostname,
  Status,
  Availability,
  ID: 'x',
})

describe('seats', () => {
  it('are those that run on machines that are up', () => {
    const tasks = lines(
      task('n1', 'Running 2 minutes ago'),
      task('n2', 'Running 2 minutes ago'),
      task('n3', 'Starting 1 second ago'),
      task('', 'Pending 5 seconds ago'),
    )
    const machines = lines(machine('n1'), machine('n2', 'Down'), machine('n3'), machine('n4'))
    expect(countSeats('3\n', tasks, machines)).toEqual({ wanted: 3, nodes: ['n1'], free: ['n3', 'n4'] })
  })

  it('are wanted on no more machines than take seats, even if one of them is down', () => {
    const machines = lines(machine('n1'), machine('n2', 'Down'), machine('n3', 'Ready', 'Drain'))
    expect(countSeats('3', '', machines)).toEqual({ wanted: 2, nodes: [], free: ['n1'] })
  })

  it('are enough without this machine only if the instances of the others answer', () => {
    const seats = { wanted: 2, nodes: ['n1', 'n2', 'n3'], free: [] }
    expect(isEnough(seats, 'n1', ['n2', 'n3'])).toBe(true)
    expect(isEnough(seats, 'n1', ['n2'])).toBe(false)
    // An instance without a seat is about to stop, too.
    expect(isEnough({ ...seats, nodes: ['n2'] }, 'n1', ['n2', 'n3'])).toBe(false)
    expect(isEnough({ wanted: 0, nodes: [], free: [] }, 'n1', [])).toBe(false)
  })

  it('are containers that can do nothing but connect to the keeper', () => {
    const seats = { project: 'shop', count: 2, memory: '512M', folder: '/run/gatling-seats/shop' }
    const { argv } = createSeats(seats)
    const words = argv.join(' ')
    expect(words).toContain('docker service create')
    for (const limit of [
      '--read-only',
      '--cap-drop ALL',
      '--user 65530:65530',
      '--limit-pids 4',
      '--replicas-max-per-node 1',
      '--reserve-memory 512M',
      '--constraint node.labels.gatling.shop==yes',
    ])
      expect(words).toContain(limit)
    expect(argv.filter(word => word.startsWith('type=bind'))).toEqual([
      'type=bind,src=/usr,dst=/usr,readonly',
      'type=bind,src=/run/gatling-seats/shop,dst=/seat,readonly',
    ])
    expect(words).not.toMatch(/--(secret|env|privileged|publish|config)/)
    expect(createSeats({ ...seats, memory: null }).argv).not.toContain('--reserve-memory')
  })

  it('connect to a socket that only their user and root reach, and each connection has a unit', () => {
    const facts = { project: 'shop', folder: '/run/seats/shop', user: 65_530, gatling: '/bin/gatling' }
    expect(seatSocket(facts)).toContain('SocketMode=0600\n')
    expect(seatSocket(facts)).toContain('ExecStartPost=/bin/chown 65530 /run/seats/shop/socket\n')
    expect(seatService(facts)).toContain('ExecStartPre=/bin/gatling seat take shop\nExecStart=/bin/cat\n')
  })
})

it.each([
  ['ecto://shop:x@localhost/shop', true],
  ['postgres://shop@127.0.0.1:5432/shop', true],
  ['redis://127.64.1.2:20001', true],
  ['ecto://shop:x@localhost/shop?socket_dir=%2Fvar%2Frun', true],
  ['postgres://shop:x@/shop?host=/var/run/postgresql', true],
  ['postgres://shop:x@db.example.com/shop', false],
  ['postgres://localhost:x@db.example.com/shop', false],
  ['https://example.com/localhost', false],
  ['localhost', false],
])('tells whether %s leads to its own machine', (value, expected) => {
  expect(isLocal(value)).toBe(expected)
})
