import { describe, expect, it } from 'vitest'
import { redisFinding } from '../../src/doctor/app/redis.js'

const redis = { project: 'shop', memory: 100 * 1_024 ** 2, evict: false }
const facts = (own: Readonly<Record<string, string>> = {}): ReadonlyMap<string, string> =>
  new Map(
    Object.entries({
      aof_last_write_status: 'ok',
      used_memory: String(20 * 1_024 ** 2),
      connected_clients: '3',
      ...own,
    }),
  )

describe('the Redis of an app', () => {
  it('is reported with the number of its connections', () => {
    expect(redisFinding(redis, facts())).toMatchObject({
      level: 'ok',
      text: expect.stringContaining('2 connections'),
    })
  })

  it('is a problem if it does not answer', () => {
    expect(redisFinding(redis, null)).toMatchObject({ level: 'problem' })
  })

  it('is a problem if its data cannot be written', () => {
    expect(redisFinding(redis, facts({ aof_last_write_status: 'err' }))).toMatchObject({
      level: 'problem',
      text: 'its Redis cannot write its data',
    })
  })

  it('is a warning if its memory is nearly full, unless it evicts keys', () => {
    const full = facts({ used_memory: String(95 * 1_024 ** 2) })
    expect(redisFinding(redis, full)).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('95 %'),
    })
    expect(redisFinding({ ...redis, evict: true }, full)).toMatchObject({ level: 'ok' })
  })
})
