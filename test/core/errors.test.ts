import { describe, expect, it } from 'vitest'
import * as errors from '../../src/core/errors.js'

interface Maker {
  readonly code: string
  readonly about: string
}
const isMaker = (value: unknown): value is Maker =>
  typeof value === 'function' && 'code' in value && 'about' in value

const makers = Object.entries(errors).flatMap(([name, value]) => (isMaker(value) ? [{ name, ...value }] : []))

describe('every error', () => {
  it('is made by a maker: nothing else is exported but the class, and what turns one into another', () => {
    const others = Object.keys(errors).filter(name => !makers.some(maker => maker.name === name))
    expect(others.sort()).toEqual(['GatlingError', 'known', 'stepFailed'])
    expect(makers.length).toBeGreaterThan(40)
  })

  it.each(makers)('$name has a code of its own, in capitals', ({ code }) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
    expect(makers.filter(other => other.code === code)).toHaveLength(1)
  })

  it.each(makers)('$name is explained in one sentence', ({ about }) => {
    expect(about).toMatch(/^(?! )[^.!?]+(\.[a-z]+[^.!?]*)*\.$/)
  })

  it('says how the process is to exit: 1 unless it is wrong usage or our own bug', () => {
    expect(errors.notServing('/home').exitCode).toBe(1)
    expect(errors.usage('no', 'yes').exitCode).toBe(2)
    expect(errors.internal(new Error('oh')).exitCode).toBe(70)
  })

  it.each([
    ['EACCES', '/srv/apps/shop/build/lib', 'FILE_CLOSED'],
    ['EPERM', '/srv/apps/shop/state.json', 'FILE_CLOSED'],
    ['ENOSPC', undefined, 'DISK_FULL'],
    ['EDQUOT', '/srv/apps/shop/runs/7', 'DISK_FULL'],
    ['ENOENT', '/srv/apps/shop/runs/7', 'INTERNAL'],
  ])('is no bug of ours where the system says %s of %s', (code, path, expected) => {
    expect(errors.known(Object.assign(new Error('no'), { code, path })).code).toBe(expected)
  })

  it('says how to give back what somebody else owns', () => {
    const denied = Object.assign(new Error('no'), { code: 'EACCES', path: '/srv/apps/shop/build/lib/a.ex' })
    expect(errors.known(denied).hint).toContain('chown -R --reference=/srv/apps/shop /srv/apps/shop/build ')
  })

  it('keeps what it knows when its step is added', () => {
    const known = errors.commandFailed('mix compile', 'ended with status 1', ['** (CompileError)'])
    const withStep = errors.stepFailed('mix_compile', known)
    expect(withStep).toMatchObject({
      code: known.code,
      message: known.message,
      hint: known.hint,
      exitCode: known.exitCode,
      step: 'mix_compile',
    })
    expect(withStep.message).toContain('** (CompileError)')
  })
})
