import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { comparison, medianIfFarOff } from '../../src/runs/slow-step.js'
import { appPaths } from '../../src/state/paths.js'
import { createRun, finishRun, type RunRequest, type RunResult } from '../../src/state/runs.js'
import { temporaryFolders } from '../helpers/folder.js'

const newFolder = temporaryFolders()
let home = ''
beforeEach(() => {
  home = newFolder()
})

const past = (
  ms: number,
  task: RunRequest['task'] = 'push',
  outcome: RunResult['outcome'] = 'ok',
): number => {
  const request = { revision: 'a'.repeat(40), expected: null, branch: 'main', pusher: 'jane', subject: '' }
  const number = createRun(home, 'shop', { ...request, task })
  const steps = [{ step: 'mix_compile', ms, ok: true }]
  finishRun(home, 'shop', number, { outcome, mode: 'hot', step: null, error: null, steps, ms, at: '' })
  return number
}
const end = (ms: number) => ({ type: 'step-end', step: 'mix_compile', ok: true, ms }) as const
const usualOf = (ms: number, task: RunRequest['task'] = 'push') => comparison(home, 'shop', task)(end(ms))

describe('the usual duration of a step', () => {
  it('is added if this run is far slower', () => {
    for (const ms of [12_000, 11_000, 13_000]) past(ms)
    expect(usualOf(41_000)).toEqual({ ...end(41_000), usual_ms: 12_000 })
    expect(usualOf(14_000)).toEqual(end(14_000))
  })

  it('is that of the last 20 good runs that build, by any command', () => {
    for (let count = 0; count < 5; count++) past(100_000)
    for (let count = 0; count < 20; count++) past(10_000, count % 2 ? 'push' : 'upgrade')
    for (let count = 0; count < 30; count++) past(90_000, 'push', 'failed')
    for (let count = 0; count < 30; count++) past(90_000, 'rollback')
    expect(usualOf(30_000)).toMatchObject({ usual_ms: 10_000 })
    expect(usualOf(300_000, 'rollback')).toMatchObject({ usual_ms: 90_000 })
    expect(usualOf(300_000, 'unload')).toEqual(end(300_000))
  })

  it('ignores a run with broken records', () => {
    for (let count = 0; count < 3; count++) past(10_000)
    writeFileSync(join(appPaths(home, 'shop').runs, String(past(10_000)), 'result.json'), '{')
    expect(usualOf(30_000)).toMatchObject({ usual_ms: 10_000 })
  })

  it('is read once a run, and only when a step is slow', () => {
    for (let count = 0; count < 3; count++) past(10_000)
    const compared = comparison(home, 'shop', 'push')
    expect(compared(end(1_999))).toEqual(end(1_999))
    expect(compared(end(30_000))).toMatchObject({ usual_ms: 10_000 })
    for (const name of readdirSync(appPaths(home, 'shop').runs))
      writeFileSync(join(appPaths(home, 'shop').runs, name, 'result.json'), '{')
    expect(compared(end(30_000))).toMatchObject({ usual_ms: 10_000 })
  })
})

describe('the median duration', () => {
  it.each([
    [41_000, [12_000, 11_000, 13_000], 12_000],
    [41_000, [90_000, 12_000, 11_000, 13_000, 12_000], 12_000],
    [24_001, [12_000, 12_000, 12_000], 12_000],
    [2_500, [500, 500, 500], 500],
  ])('is given if a step takes %d ms after %j', (ms, before, usual) => {
    expect(medianIfFarOff(ms, before)).toBe(usual)
  })

  it.each([
    ['twice as long', 24_000, [12_000, 12_000, 12_000]],
    ['less than 2 s more', 2_499, [500, 500, 500]],
    ['quicker', 1, [12_000, 12_000, 12_000]],
    ['new, with two measurements', 41_000, [12_000, 12_000]],
  ])('is not given if the step is %s', (_, ms, before) => {
    expect(medianIfFarOff(ms, before)).toBeUndefined()
  })
})
