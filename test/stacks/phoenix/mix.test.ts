import { describe, expect, it } from 'vitest'
import * as mix from '../../../src/stacks/phoenix/commands/mix.js'
import { env } from '../../helpers/env.js'

/** The runner of a task that others follow in the same VM. */
const more = { runner: mix.oneVm(false) }
const inBuild = { cwd: '/srv/shop/build', env: { MIX_ENV: 'prod' } }

describe('the commands of mix', () => {
  it('fetch the dependencies of production', () => {
    expect(mix.depsGet(env)).toEqual({
      argv: ['mix', 'deps.get', '--only', 'prod'],
      ...inBuild,
      ...more,
    })
  })

  it('compile', () => {
    expect(mix.compile(env)).toEqual({ argv: ['mix', 'compile'], ...inBuild, ...more })
  })

  it('run a task', () => {
    expect(mix.task(env, 'assets.deploy')).toEqual({ argv: ['mix', 'assets.deploy'], ...inBuild, ...more })
  })

  it('fingerprint static files and remove old ones in one VM', () => {
    const clean = ['phx.digest.clean', '--age', '2592000', '--keep', '20']
    expect(mix.digest(env, 'assets.deploy')).toEqual({
      argv: ['mix', 'do', 'assets.deploy,', ...clean],
      ...inBuild,
      ...more,
    })
  })

  it('build the only release without its name, over the last one', () => {
    expect(mix.release(env)).toEqual({
      argv: ['mix', 'release', '--quiet', '--overwrite', '--path', '/srv/shop/build/_build/prod/rel/shop'],
      ...inBuild,
      runner: mix.oneVm(true),
    })
  })

  it('name the release if mix.exs defines it', () => {
    const { argv } = mix.release({ ...env, mix_releases: ['web', 'shop'] })
    expect(argv.slice(0, 5)).toEqual(['mix', 'release', 'shop', '--quiet', '--overwrite'])
  })

  it('do not name a release that mix.exs does not define', () => {
    expect(mix.release({ ...env, mix_releases: ['web'] }).argv[2]).toBe('--quiet')
  })

  it('set the database up with the port that the app can use', () => {
    expect(mix.ectoSetup(env)).toEqual({
      argv: ['mix', 'ecto.setup'],
      cwd: '/srv/shop/build',
      env: { MIX_ENV: 'prod', PORT: '4001' },
    })
  })

  it('show all output to the person who pushes', () => {
    const commands = [mix.depsGet(env), mix.compile(env), mix.release(env), mix.ectoSetup(env)]
    expect(commands.filter(command => command.quiet)).toEqual([])
  })
})
