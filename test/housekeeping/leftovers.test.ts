import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { sweepLeftovers } from '../../src/housekeeping/leftovers.js'
import { writeApp } from '../../src/state/apps.js'
import { temporaryFolders } from '../helpers/folder.js'
import { run } from '../helpers/world.js'

const newFolder = temporaryFolders()
let home = ''
let dead = 0
beforeEach(async () => {
  home = newFolder()
  writeApp(home, 'shop', { branch: 'main', live: null })
  dead = Number((await run(['sh', '-c', 'echo $$'])).stdout)
})

const touch = (name: string, ageMs = 0): string => {
  const path = join(home, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '')
  const at = new Date(Date.now() - ageMs)
  utimesSync(path, at, at)
  return name
}
const there = (names: readonly string[]): string[] => names.filter(name => existsSync(join(home, name)))

describe('a leftover of a killed program', () => {
  it('is removed when its writer is dead', () => {
    const names = (pid: number) =>
      [
        `serve.json.${pid}.new`,
        `blog.${pid}.gone/config.json`,
        `services/shop.json.${pid}.new`,
        `engines/0123456789abcdef.${pid}/gatling_node.beam`,
        `apps/shop/state.json.${pid}.new`,
        `apps/shop/cache/mix-exs-new-${pid}`,
        `apps/shop/deploy/.erlang.cookie.${pid}.new`,
        `apps/shop/engine/orders.${pid}.new`,
        `apps/shop/runs/.new-${pid}/request.json`,
        `apps/shop/runs/3/claim.json.${pid}.new`,
      ].map(name => touch(name))
    const [gone, stays] = [names(dead), names(process.pid)]
    const whole = ['apps/shop/runs/3/claim.json', 'engines/0123456789abcdef/x.beam', 'apps/shop/a.new']
    for (const name of whole) touch(name)
    sweepLeftovers(home, 'shop')
    expect(there(gone)).toEqual([])
    expect(there(stays)).toEqual(stays)
    expect(there(whole)).toEqual(whole)
    expect(readdirSync(join(home, 'engines')).sort()).toEqual([
      '0123456789abcdef',
      `0123456789abcdef.${process.pid}`,
    ])
  })

  it('is removed from the repository, unless a push could still be writing it', () => {
    const git = (name: string, ageMs = 0): string => touch(`apps/shop/repo.git/${name}`, ageMs)
    const gone = [
      ...['objects/pack/tmp_pack_AbCdEf', 'objects/pack/.tmp-12-pack-ab.pack', 'objects/1f/tmp_obj_AbCdEf'],
      ...['gc.pid', 'gc.pid.lock', 'refs/heads/main.lock', 'worktrees/build/HEAD.lock'],
    ].map(name => git(name))
    const old = [
      git('packed-refs.lock', 120_000),
      git('config.lock', 120_000),
      git('refs/heads/feature/x.lock', 120_000),
    ]
    const stays = [
      ...['objects/pack/pack-ab.pack', 'objects/1f/ab', 'objects/tmp_objdir-incoming-AbCdEf/pack/tmp_pack_X'],
      ...['refs/heads/main', 'refs/heads/other.lock', 'packed-refs', 'config'],
    ].map(name => git(name))
    sweepLeftovers(home, 'shop')
    expect(there([...gone, ...old])).toEqual([])
    expect(there(stays)).toEqual(stays)
  })
})
