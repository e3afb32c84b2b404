import { expect, it } from 'vitest'
import { fromService } from '../../src/cli/service.js'
import { failureOf } from '../helpers/failure.js'

it.each([
  [
    ['service', 'shop', 'logs', '-n', '1'],
    ['logs', 'shop', '-n', '1'],
  ],
  [
    ['service', 'shop', 'rollback', '12'],
    ['rollback', 'shop', '12'],
  ],
])('service(8) passes %j on as %j', (given, expected) => {
  expect(fromService(given)).toEqual(expected)
})

it.each([[['service', 'shop']], [['service', 'shop', 'unload', '--yes']], [['service', 'shop', 'enter']]])(
  'service(8) refuses %j and lists what it can do',
  async given => {
    const { exitCode, hint } = await failureOf(() => fromService(given))
    expect(exitCode).toBe(2)
    expect(hint).toMatch(/start, stop, restart, status, .*upgrade.*logs/)
  },
)
