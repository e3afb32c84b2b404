import { describe, expect, it } from 'vitest'
import { leavesData } from '../../../src/stacks/phoenix/leaves.js'

const ecto = { project: 'shop', available_tasks: ['ecto.drop'] }
const plain = { project: 'shop', available_tasks: [] }

describe('the data that an unload leaves', () => {
  it('is nothing for an app without data', () => {
    expect(leavesData(plain, {}, true)).toBeNull()
  })

  it('is the database, and on a server a Redis', () => {
    const left = leavesData(ecto, { REDIS_URL: 'redis://localhost' }, true)
    expect(left).toContain('`gatling db destroy shop`')
    expect(left).toContain('`gatling redis destroy shop`')
    expect(leavesData(plain, { REDIS_URL: 'redis://localhost' }, false)).toBeNull()
  })

  it('is not the file of a SQLite app, whose backups stay on a server', () => {
    const values = { DATABASE_PATH: '/data/shop.db' }
    expect(leavesData(ecto, values, true)).toBe(
      'Its SQLite file is removed with it. The backups stay, for an app of this name.',
    )
    expect(leavesData(ecto, values, false)).toBeNull()
  })
})
