import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { tableOf, torture } from '../torture/run.js'

const folder = mkdtempSync(join(tmpdir(), 'gatling-torture-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a short torture run', () => {
  it('finds no breach after a fault of each of six groups', async () => {
    const wanted = {
      seed: 1,
      from: 1,
      faults: 6,
      kinds: [],
      oneOfEach: true,
      folder,
      resume: false,
      say: () => {},
    }
    const outcomes = await torture(wanted)
    expect(
      outcomes.filter(({ breaches }) => breaches.length > 0),
      tableOf(outcomes, wanted),
    ).toEqual([])
    expect(new Set(outcomes.map(({ group }) => group)).size).toBe(6)
  }, 1_200_000)
})
