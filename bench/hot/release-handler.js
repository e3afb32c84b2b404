import { cpSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { erlangString } from '../../dist/stacks/phoenix/commands/erlang.js'
import { root, run } from '../lib.js'
import { nextVersion } from './apps.js'

/**
 * Makes a root with two releases for release_handler, which knows the first one.
 * @param {string} folder
 * @param {import('./apps.js').Apps} apps
 */
export const handledRelease = async (folder, { one, numbered }) => {
  const both = mkdtempSync(join(folder, 'handled-'))
  cpSync(one, both, { recursive: true })
  for (const path of [`lib/counter-${nextVersion}`, `releases/${nextVersion}`])
    cpSync(join(numbered, path), join(both, path), { recursive: true })
  await relup('releases', both, '0.1.0')
  return both
}

/** Installs the other release, and makes the relup, because every release needs its own. @param {import('./node.js').BenchNode} node @param {string} both */
export const installByHandler = async (node, both) => {
  await relup('relup', both, '0.1.0', nextVersion)
  const version = erlangString(nextVersion)
  await node.call(`
    {ok, _} = release_handler:set_unpacked(${erlangString(join(both, 'releases', nextVersion, 'counter.rel'))}, []),
    {ok, _, _} = release_handler:install_release(${version}, [{update_paths, true}]),
    ok = release_handler:make_permanent(${version}),
    1`)
}

/** @param {...string} args */
const relup = (...args) => run(['escript', join(root, 'bench', 'parts', 'relup.escript'), ...args])
