import { describe, expect, it } from 'vitest'
import type { Env } from '../../src/core/env.js'
import * as errors from '../../src/core/errors.js'
import { env } from '../helpers/env.js'

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
    const withStep = errors.stepFailed('mix_compile', { task: 'plan', project: 'shop' }, known)
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

/** The commands that a hint advises. */
const advised = ({ hint }: errors.GatlingError): string[] =>
  [...hint.matchAll(/`([^`]+)`/g)].map(([, one]) => one ?? '')

it('a version that answers with errors is not asked to listen', () => {
  const failed = (status: number | null) =>
    errors.neverHealthy(env, ['/', 4001, 60], { finding: '', status }, [])
  expect(failed(null).hint).toContain('listens on PORT')
  expect(failed(500).hint).not.toContain('PORT')
  expect(failed(500).hint).toContain('Correct the app')
})

describe('what is to be done after a rollback that failed', () => {
  const back = (schema: Env['schema_options']['back'], codeOnly = false): Env => ({
    ...env,
    task: 'rollback',
    release: 5,
    config_release: codeOnly ? 6 : 5,
    schema_options: { ...env.schema_options, back: schema },
  })
  const crashed = (asked: Env) => errors.bootCrash(asked, 'exited', [])
  const silence = { finding: 'silence', status: null }
  const never = (asked: Env) => errors.neverHealthy(asked, ['/', 4001, 60], silence, [])
  const noAnswers = { requests: 0, errors: 0 }
  const facts = { done: [], next: '2 two', total: 1, known: true }

  it.each([
    [errors.hotImpossible(back('refuse', true), []), ['rollback shop 5 --code-only --mode swap']],
    [errors.migrationFailed(back('keep'), 'Shop', 'no'), ['rollback shop 5 --keep-schema --mode swap']],
    [
      errors.rollbackSchema(back('refuse', true), ['2 two']),
      ['rollback shop 5 --code-only --keep-schema', 'rollback shop 5 --code-only --with-migrations'],
    ],
    [errors.rollbackLost(back('down'), ['2 two']), ['releases shop', 'rollback shop 5 --keep-schema']],
    [errors.schemaUnknown(back('down'), []), ['rollback shop 5 --keep-schema']],
    [errors.schemaRollbackFailed(back('down'), facts, []), ['rollback shop 5 --keep-schema']],
    [errors.rollbackAhead(back('refuse'), ['2 two']), ['upgrade shop', 'rollback shop 5 --keep-schema']],
    [
      errors.errorsRose(back('keep'), noAnswers, noAnswers),
      [
        'logs',
        'rollback shop 5 --keep-schema --code-only',
        'releases shop',
        'rollback shop 5 --with-migrations',
      ],
    ],
    [crashed(back('keep')), ['rollback shop 5 --keep-schema --code-only', 'releases shop']],
  ])('keeps what it was asked with: $code', (error, commands) => {
    expect(advised(error)).toEqual(commands.map(command => `gatling ${command}`))
  })

  it.each([crashed, never])('is not the same once more, where only the code was to go back', failed => {
    expect(advised(failed(back('keep', true)))).toEqual(['gatling releases shop'])
  })
})

describe('what is to be done next', () => {
  it('is to make the project, also where there are others', () => {
    expect(advised(errors.projectUnknown('blog', undefined, []))).toEqual(['gatling load blog'])
    expect(advised(errors.projectUnknown('blog', undefined, ['shop']))).toEqual(['gatling load blog'])
  })

  it.each(['plan', 'rollback', 'unload'] as const)('is no push, and no other deploy, for one of %s', task => {
    const failed = errors.stepFailed(
      'one',
      { task, project: 'shop' },
      errors.commandFailed('mix compile', 'ended with status 1', []),
    )
    for (const { hint } of [failed, errors.cancelled('jane', task), errors.interrupted(task, 'one', true)])
      expect(hint).not.toMatch(/push|redeploy/i)
  })

  it.each(['push', 'deploy', 'upgrade'] as const)(
    'is to push, or deploy the same again, for one of %s',
    task => {
      const failed = errors.stepFailed(
        'one',
        { task, project: 'shop' },
        errors.commandFailed('mix compile', 'ended with status 1', []),
      )
      for (const { hint } of [failed, errors.cancelled('jane', task), errors.interrupted(task, 'one', false)])
        expect(hint).toMatch(/push.*`gatling redeploy`|`gatling redeploy`.*push/i)
    },
  )

  it('is to allow a build that was killed more memory', () => {
    const killed = errors.commandFailed('mix compile', 'was killed by SIGKILL', [])
    const { hint } = errors.stepFailed('mix_compile', { task: 'push', project: 'shop' }, killed)
    expect(hint).toContain('[build] memory')
  })

  it.each([
    errors.commandFailed('mix compile', 'ended with status 1', [
      '** (System.EnvError) could not fetch environment variable "API_KEY" because it is not set',
    ]),
    errors.bootCrash(env, 'ended with status 1', [
      '** (RuntimeError) environment variable API_KEY is missing.',
    ]),
    errors.schemaUnknown(env, ['** (RuntimeError) environment variable API_KEY is missing.']),
  ])('is to set the variable that is missing, and to retry: $code', error => {
    const next = (task: Env['task']) =>
      advised(errors.stepFailed('one', { task, project: 'shop' }, error)).slice(0, 2)
    expect(next('upgrade')).toEqual(['gatling config set shop API_KEY=...', 'gatling retry shop'])
    expect(next('rollback').join()).not.toContain('API_KEY')
  })

  it('is to write into HOME, where a release wants to write into itself', () => {
    const lines = ['** (File.Error) could not write to file "priv/cache": read-only file system']
    const asked = { task: 'upgrade', project: 'shop' } as const
    expect(errors.stepFailed('one', asked, errors.bootCrash(env, 'exited', lines)).hint).toContain('HOME')
    expect(errors.stepFailed('one', asked, errors.commandFailed('x', 'failed', lines)).hint).not.toContain(
      'HOME',
    )
  })

  it('is to give a build more memory, where it was killed', () => {
    const killed = errors.commandFailed('mix compile', 'was killed by SIGKILL', [])
    expect(errors.stepFailed('mix_compile', { task: 'push', project: 'shop' }, killed).hint).toContain(
      '`[build] memory`',
    )
  })

  it('is another plan, of the same commit, where that cannot be hot', () => {
    expect(advised(errors.hotImpossible({ ...env, task: 'plan' }, []))).toEqual([
      'gatling plan shop aaaaaaa --mode swap',
    ])
  })
})
