import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorReference } from '../src/core/error-reference.js'
import { phoenix } from '../src/stacks/phoenix.js'
import { reasonReference } from '../src/upgrade/reasons.js'
import { env } from './helpers/env.js'
import { root, run } from './helpers/world.js'

const read = (path: string): string => readFileSync(join(root, path), 'utf8')

describe('the documentation', () => {
  it('has the errors as the source has them', () => {
    expect(read('docs/errors.md')).toBe(errorReference())
  })

  it('has the reasons against a hot upgrade as the source has them', () => {
    expect(read('docs/hot-upgrades.md')).toContain(reasonReference())
  })

  it('names every step in the README, in the order of the lists', () => {
    const rows = [...read('README.md').matchAll(/^\| *(`\w+`)? *\| *(`\w+`)? *\|/gm)]
    const column = (at: number) => rows.flatMap(row => row[at]?.replaceAll('`', '') ?? [])
    expect(column(1)).toEqual(phoenix.deploy.map(({ name }) => name))
    expect(column(2)).toEqual(phoenix.upgrade.map(({ name }) => name))
  })

  it('names every field of env', () => {
    const text = read('docs/hooks.md')
    for (const field of Object.keys(env)) expect(text).toContain(`\`${field}\``)
  })

  it('has no dead links', async () => {
    const { stdout } = await run(['git', 'ls-files', '*.md'], { cwd: root })
    const files = stdout.split('\n').filter(Boolean)
    expect(files.length).toBeGreaterThan(5)
    for (const file of files) {
      for (const [, target] of read(file).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
        expect(existsSync(join(root, dirname(file), target ?? '')), `${file}: ${target}`).toBe(true)
      }
    }
  })
})
