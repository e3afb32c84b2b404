import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { everyError } from '../../src/cli/error-reference.js'
import { usage } from '../../src/cli/errors.js'
import { endedWith } from '../../src/core/ending.js'
import type { Env } from '../../src/core/env.js'
import type { GatlingError } from '../../src/core/error.js'
import { commandFailed, internal, known } from '../../src/core/errors.js'
import { stepFailed } from '../../src/core/step-failed.js'
import { cancelled, interrupted } from '../../src/deploy/errors.js'
import { notServing } from '../../src/runtimes/errors.js'
import { migrationFailed } from '../../src/stacks/phoenix/upgrade/errors.js'
import {
  rollbackAhead,
  rollbackLost,
  rollbackSchema,
  schemaRollbackFailed,
  schemaUnknown,
} from '../../src/stacks/phoenix/upgrade/schema-errors.js'
import { projectUnknown } from '../../src/state/errors.js'
import { bootCrash, errorsRose, hotImpossible, neverHealthy } from '../../src/upgrade/errors.js'
import { env } from '../helpers/env.js'
import { root } from '../helpers/world.js'

describe('every error', () => {
  it('is defined in a file of errors, and listed in the reference', () => {
    const src = join(root, 'src')
    const codes = readdirSync(src, { recursive: true, encoding: 'utf8' }).flatMap(file => {
      const text = file.endsWith('.ts') ? readFileSync(join(src, file), 'utf8') : ''
      const found = [...text.matchAll(/^export const \w+ = error\(\s*'(\w+)'/gm)]
      if (found.length > 0) expect(file).toMatch(/\berrors\.ts$/)
      return found.map(([, code]) => code)
    })
    expect(everyError.map(({ code }) => code).sort()).toEqual(codes.sort())
    expect(codes.length).toBeGreaterThan(100)
  })

  it.each(everyError)('$code is unique and in capitals', ({ code }) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
    expect(everyError.filter(other => other.code === code)).toHaveLength(1)
  })

  it.each(everyError)('$code is explained in one sentence', ({ about }) => {
    expect(about).toMatch(/^(?! )[^.!?]+(\.[a-z]+[^.!?]*)*\.$/)
  })

  it('has exit code 1, unless it is wrong usage or our own bug', () => {
    expect(notServing('/home').exitCode).toBe(1)
    expect(usage('no', 'yes').exitCode).toBe(2)
    expect(internal(new Error('oh')).exitCode).toBe(70)
  })

  it.each([
    ['EACCES', '/srv/apps/shop/build/lib', 'FILE_CLOSED'],
    ['EPERM', '/srv/apps/shop/state.json', 'FILE_CLOSED'],
    ['ENOSPC', undefined, 'DISK_FULL'],
    ['EDQUOT', '/srv/apps/shop/runs/7', 'DISK_FULL'],
    ['ENOENT', '/srv/apps/shop/runs/7', 'INTERNAL'],
  ])('has its own code when the system reports %s for %s', (code, path, expected) => {
    expect(known(Object.assign(new Error('no'), { code, path })).code).toBe(expected)
  })

  it('names the command that gives a file back to its owner', () => {
    const denied = Object.assign(new Error('no'), { code: 'EACCES', path: '/srv/apps/shop/build/lib/a.ex' })
    expect(known(denied).hint).toContain('chown -R --reference=/srv/apps/shop /srv/apps/shop/build ')
  })

  it('keeps its fields when its step is added', () => {
    const failed = commandFailed('mix compile', endedWith(1), ['** (CompileError)'])
    const withStep = stepFailed('mix_compile', { task: 'plan', project: 'shop' }, failed)
    expect(withStep).toMatchObject({
      code: failed.code,
      message: failed.message,
      hint: failed.hint,
      exitCode: failed.exitCode,
      output: ['** (CompileError)'],
      step: 'mix_compile',
    })
    expect(withStep.message).toContain('** (CompileError)')
  })
})

/** Returns the commands that a hint advises. */
const advised = ({ hint }: GatlingError): string[] =>
  [...hint.matchAll(/`([^`]+)`/g)].map(([, one]) => one ?? '')

it('the hint does not mention PORT when the version answers with errors', () => {
  const failed = (status: number | null) => neverHealthy(env, ['/', 4001, 60], { finding: '', status }, [])
  expect(failed(null).hint).toContain('listens on PORT')
  expect(failed(500).hint).not.toContain('PORT')
  expect(failed(500).hint).toContain('Fix the app')
})

describe('the advice after a rollback that failed', () => {
  const back = (schema: Env['schema_options']['back'], codeOnly = false): Env => ({
    ...env,
    task: 'rollback',
    release: 5,
    config_release: codeOnly ? 6 : 5,
    schema_options: { ...env.schema_options, back: schema },
  })
  const crashed = (asked: Env) => bootCrash(asked, 'exited', [])
  const silence = { finding: 'silence', status: null }
  const never = (asked: Env) => neverHealthy(asked, ['/', 4001, 60], silence, [])
  const noAnswers = { requests: 0, errors: 0 }
  const facts = { done: [], next: '2 two', total: 1, known: true }

  it.each([
    [hotImpossible(back('refuse', true), []), ['rollback shop 5 --code-only --mode swap']],
    [migrationFailed(back('keep'), 'Shop', 'no'), ['rollback shop 5 --keep-schema --mode swap']],
    [
      rollbackSchema(back('refuse', true), ['2 two']),
      ['rollback shop 5 --code-only --keep-schema', 'rollback shop 5 --code-only --with-migrations'],
    ],
    [rollbackLost(back('down'), ['2 two']), ['releases shop', 'rollback shop 5 --keep-schema']],
    [schemaUnknown(back('down'), []), ['rollback shop 5 --keep-schema']],
    [schemaRollbackFailed(back('down'), facts, []), ['rollback shop 5 --keep-schema']],
    [rollbackAhead(back('refuse'), ['2 two']), ['upgrade shop', 'rollback shop 5 --keep-schema']],
    [
      errorsRose(back('keep'), noAnswers, noAnswers),
      [
        'logs shop',
        'rollback shop 5 --keep-schema --code-only',
        'releases shop',
        'rollback shop 5 --with-migrations',
      ],
    ],
    [crashed(back('keep')), ['rollback shop 5 --keep-schema --code-only', 'releases shop']],
  ])('keeps the options of the rollback: $code', (error, commands) => {
    expect(advised(error)).toEqual(commands.map(command => `gatling ${command}`))
  })

  it.each([crashed, never])('is not the same command again when it was --code-only', failed => {
    expect(advised(failed(back('keep', true)))).toEqual(['gatling releases shop'])
  })
})

describe('the advice of an error', () => {
  it('is to load the project, even when other projects are loaded', () => {
    expect(advised(projectUnknown('blog', undefined, []))).toEqual(['gatling load blog'])
    expect(advised(projectUnknown('blog', undefined, ['shop']))).toEqual(['gatling load blog'])
  })

  it.each(['plan', 'rollback', 'unload'] as const)('is not to push or redeploy after %s', task => {
    const failed = stepFailed(
      'one',
      { task, project: 'shop' },
      commandFailed('mix compile', endedWith(1), []),
    )
    for (const { hint } of [failed, cancelled('jane', task, 'shop'), interrupted(task, 'one', 'shop', true)])
      expect(hint).not.toMatch(/push|redeploy/i)
  })

  it.each(['push', 'deploy', 'upgrade'] as const)('is to push or redeploy after %s', task => {
    const failed = stepFailed(
      'one',
      { task, project: 'shop' },
      commandFailed('mix compile', endedWith(1), []),
    )
    for (const { hint } of [failed, cancelled('jane', task, 'shop'), interrupted(task, 'one', 'shop', false)])
      expect(hint).toMatch(/push.*`gatling redeploy shop`|`gatling redeploy shop`.*push/i)
  })

  it.each([
    commandFailed('mix compile', endedWith(1), [
      '** (System.EnvError) could not fetch environment variable "API_KEY" because it is not set',
    ]),
    bootCrash(env, 'ended with status 1', ['** (RuntimeError) environment variable API_KEY is missing.']),
    schemaUnknown(env, ['** (RuntimeError) environment variable API_KEY is missing.']),
  ])('is to set the missing variable and retry: $code', error => {
    const next = (task: Env['task']) =>
      advised(stepFailed('one', { task, project: 'shop' }, error)).slice(0, 2)
    expect(next('upgrade')).toEqual(['gatling config set shop API_KEY=...', 'gatling retry shop'])
    expect(next('rollback').join()).not.toContain('API_KEY')
  })

  it('finds the variable in the output of a command, not in the command', () => {
    const failed = commandFailed('echo "environment variable API_KEY is missing"', endedWith(1), [])
    expect(stepFailed('one', { task: 'push', project: 'shop' }, failed).hint).not.toContain('API_KEY')
  })

  it('is to write into HOME when a release writes into itself', () => {
    const lines = ['** (File.Error) could not write to file "priv/cache": read-only file system']
    const asked = { task: 'upgrade', project: 'shop' } as const
    expect(stepFailed('one', asked, bootCrash(env, 'exited', lines)).hint).toContain('HOME')
    expect(stepFailed('one', asked, commandFailed('x', endedWith(1), lines)).hint).not.toContain('HOME')
  })

  it('names [build] memory when the kernel killed the build', () => {
    const killed = commandFailed('mix compile', { ...endedWith(1), signal: 'SIGKILL' }, [])
    expect(stepFailed('mix_compile', { task: 'push', project: 'shop' }, killed).hint).toContain(
      '`[build] memory`',
    )
  })

  it('is to plan a swap of the same commit when a hot plan is impossible', () => {
    expect(advised(hotImpossible({ ...env, task: 'plan' }, []))).toEqual([
      'gatling plan shop aaaaaaa --mode swap',
    ])
  })
})
