import { describe, expect, it } from 'vitest'
import { testsOfChange } from '../../scripts/changed.js'
import { durationOf, root } from '../runner/durations.js'

const quick = 'test/config/duration.test.ts'
const wholePush = 'test/e2e/push.test.ts'
const corpus = 'test/corpus/one.test.ts'

const reachedBy = (...changed: string[]): string[] => {
  const { run, left } = testsOfChange(changed)
  return [...run, ...left]
}

describe('the tests of a change', () => {
  it.each([['README.md'], ['docs/hooks.md']])('are only the quick ones for %s', path => {
    const { run, left } = testsOfChange([path])
    expect(run).toContain(quick)
    expect(run).not.toContain(wholePush)
    expect(left).toEqual([])
  })

  it.each([
    ['src/stacks/phoenix/upgrade/decide.ts', corpus],
    ['erlang/gatling_compare.erl', corpus],
    ['test/corpus/pairs/modules.ts', corpus],
    ['elixir/mix_tasks.exs', 'test/stacks/phoenix/mix-tasks.test.ts'],
    ['src/access/enter.ts', 'test/server/rights.test.ts'],
    ['examples/counter/lib/counter.ex', 'test/server/deploy.test.ts'],
    ['examples/counter/lib/counter.ex', corpus],
    ['vitest.config.ts', corpus],
    ['test/server/lab.sh', 'test/server/machine.test.ts'],
  ])('for %s include %s', (path, test) => {
    expect(reachedBy(path)).toContain(test)
  })

  it('include a whole push after any change of Gatling', () => {
    for (const path of ['src/cli/main.ts', 'src/server/tls.ts', 'bin/gatling.js', 'package-lock.json'])
      expect(testsOfChange([path]).run).toContain(wholePush)
  })

  it('fit into three minutes, and the others are listed', () => {
    const { run, left } = testsOfChange(['src/core/error.ts'])
    const seconds = run.reduce((sum, test) => sum + durationOf(`${root}/${test}`), 0)
    expect(seconds / 3).toBeLessThan(150)
    expect(left).toContain('test/server/failures.test.ts')
    expect(run.filter(test => left.includes(test))).toEqual([])
  })
})
