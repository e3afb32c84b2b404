import { describe, expect, it } from 'vitest'
import { linesOf } from '../../src/cli/commands/doctor.js'
import { ask } from '../../src/doctor/ask.js'
import { examine } from '../../src/doctor/examine.js'
import { ok, problem, warning } from '../../src/doctor/finding.js'

describe('examine', () => {
  it('keeps the order of checks with one finding, several or none', async () => {
    const findings = await examine(
      [
        { name: 'slow', look: async () => new Promise(resolve => setTimeout(() => resolve(ok('late')), 30)) },
        { name: 'nothing', look: () => null },
        { name: 'several', look: (facts: string) => [ok(facts), warning('b', 'do')] },
      ],
      'a',
    )
    expect(findings).toEqual([
      { check: 'slow', level: 'ok', text: 'late', remedy: null },
      { check: 'several', level: 'ok', text: 'a', remedy: null },
      { check: 'several', level: 'warning', text: 'b', remedy: 'do' },
    ])
  })

  it('turns a check that throws, rejects or hangs into a finding', async () => {
    const findings = await examine(
      [
        {
          name: 'throws',
          look: () => {
            throw new Error('no\nluck')
          },
        },
        { name: 'rejects', look: () => Promise.reject('text') },
        { name: 'hangs', look: () => new Promise(() => {}), deadlineMs: 20 },
      ],
      null,
    )
    expect(findings.map(({ level, text }) => `${level}: ${text}`)).toEqual([
      'warning: could not be checked: no luck',
      'warning: could not be checked: text',
      'warning: could not be checked: it took longer than 0.02 s',
    ])
  })

  it('replaces control characters in a finding', async () => {
    const [finding] = await examine([{ name: 'a', look: () => ok('a\u001b[2Jb\u009bc\td\ne') }], null)
    expect(finding?.text).toBe('a?[2Jb?c d e')
  })
})

describe('ask', () => {
  it('stops a program that takes too long, and its children', async () => {
    const began = performance.now()
    await expect(ask({ argv: ['sh', '-c', 'sleep 60 & sleep 60'] }, 0.3)).rejects.toThrow(
      'did not end within',
    )
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  it('stops a program that ignores SIGTERM', async () => {
    const began = performance.now()
    await expect(
      ask({ argv: ['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'] }, 0.3),
    ).rejects.toThrow()
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  it('returns status 127 for a missing program', async () => {
    expect((await ask({ argv: ['no-such-program-here'] })).status).toBe(127)
  })
})

describe('the output of doctor', () => {
  const finding = (said: ReturnType<typeof ok>) => ({ check: 'x', ...said })

  it('has a line for each finding and for each remedy', () => {
    const lines = linesOf({
      server: [finding(ok('all right')), finding(problem('broken', 'fix it'))],
      apps: [{ project: 'shop', findings: [finding(warning('hm', 'look')), finding(warning('well'))] }],
    })
    expect(lines.map(line => line.replace(/\p{Cc}\[\d+m/gu, ''))).toEqual([
      'The server',
      '  ✓ all right',
      '  ✗ broken',
      '      fix it',
      '',
      'shop',
      '  ! hm',
      '      look',
      '  ! well',
      '',
      '1 problem, 2 warnings',
    ])
  })
})
