import { describe, expect, it } from 'vitest'
import { endingOf } from '../../src/services/ending.js'

const failed = { ActiveState: 'failed', ExecMainCode: '2', ExecMainStatus: '9', Result: 'signal' }
const noMemory = 'was killed because it ran out of memory; see `[limits] memory`'

describe('the end of a unit', () => {
  it('names lack of memory when the kernel kills the main process', () => {
    expect(endingOf({ ...failed, Result: 'oom-kill' })).toBe(noMemory)
  })

  it('names lack of memory when the kernel kills only a child', () => {
    expect(endingOf({ ...failed, ExecMainCode: '1', ExecMainStatus: '0', Result: 'oom-kill' })).toBe(noMemory)
  })

  it('names the signal or the status of any other end', () => {
    expect(endingOf(failed)).toBe('was killed by SIGKILL')
    expect(endingOf({ ...failed, ExecMainStatus: '40' })).toBe('was killed by signal 40')
    expect(endingOf({ ...failed, ExecMainCode: '1', ExecMainStatus: '3' })).toBe('ended with status 3')
    expect(endingOf({ ...failed, ExecMainCode: '0' })).toBe('is not running')
    expect(endingOf({ ...failed, ActiveState: '' })).toBe('is not running')
  })
})
