import { describe, expect, it } from 'vitest'
import { lists as phoenix, stepsOf } from '../../../src/stacks/phoenix/lists.js'

const names = (steps: readonly { readonly name: string }[]): string[] => steps.map(({ name }) => name)

describe('the lists of steps', () => {
  it.each(['auto', 'off'] as const)('do not change with migrate = "%s"', migrate => {
    for (const task of ['deploy', 'upgrade', 'plan', 'rollback', 'unload'] as const)
      expect(stepsOf(task, migrate, true)).toEqual(phoenix[task])
  })

  it.each(['deploy', 'upgrade'] as const)('end with the migrations if migrate = "after": %s', task => {
    const others = names(phoenix[task]).filter(name => name !== 'mix_ecto_migrate')
    expect(names(stepsOf(task, 'after', true))).toEqual([...others, 'mix_ecto_migrate'])
  })

  it('send the release only on a fleet', () => {
    for (const task of ['upgrade', 'rollback'] as const) {
      expect(names(stepsOf(task, 'auto', true))).toContain('send_release')
      expect(names(stepsOf(task, 'auto', false))).toEqual(
        names(phoenix[task]).filter(name => name !== 'send_release'),
      )
    }
  })

  it('gain no migrations by migrate = "after"', () => {
    for (const task of ['plan', 'rollback', 'unload'] as const)
      expect(stepsOf(task, 'after', true)).toEqual(phoenix[task])
  })
})
