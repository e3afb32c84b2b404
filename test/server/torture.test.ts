import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { groups } from '../torture/fault.js'
import { tableOf, torture } from '../torture/run.js'

const folder = mkdtempSync(join(tmpdir(), 'gatling-torture-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a deploy that is tortured', () => {
  it('is whole after one fault of each group', async () => {
    const wanted = {
      seed: 1,
      from: 1,
      faults: groups.length,
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
    expect(outcomes.map(({ group }) => group).sort()).toEqual([...groups].sort())
  }, 1_200_000)
})
