import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { parseSettings } from '../../src/config/settings.js'
import type { Env, Task } from '../../src/core/env.js'
import { createEnv, readSettings } from '../../src/deploy/env.js'
import { findHookFile } from '../../src/hooks/files.js'
import { localHost } from '../../src/hosts/local.js'
import { toolsOf } from '../../src/stacks/phoenix/elixirs/tools.js'
import { factsOf } from '../../src/stacks/phoenix/facts/facts.js'
import { inspectProject, unknownProject } from '../../src/stacks/phoenix/facts/inspect-project.js'
import { appPaths } from '../../src/state/paths.js'
import { live } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()
let home = ''
let build = ''
beforeEach(() => {
  home = folder()
  build = appPaths(home, 'shop').build
  mkdirSync(build, { recursive: true })
})

const settings = parseSettings('', [])
const envOf = (task: Task): Env =>
  createEnv({
    ...{ home, project: 'shop', task, release: 2, revision: 'a'.repeat(40), subject: '', branch: 'main' },
    ...{ pusher: 'jane', mode: null, live, codeOnly: false, schema: 'refuse', port: 4001, settings },
    files: false,
    app: factsOf(unknownProject('shop'), { project: 'shop', buildDir: build, settings }),
  })
const host = () =>
  localHost({ environment: process.env, emit: () => {}, signal: new AbortController().signal })

/** The readers of the files of a repository, by the name of the file. */
const readers: Record<string, () => unknown> = {
  'gatling.toml': () => readSettings(build),
  domains: () => envOf('upgrade'),
  'nginx.conf': () => envOf('upgrade'),
  'upgrade.exs': () => findHookFile(build, 'upgrade'),
  'deploy.ts': () => envOf('upgrade'),
  'mise.toml': () => toolsOf(home, process.env, build, settings.build),
  '.tool-versions': () => toolsOf(home, process.env, build, settings.build),
  'mix.exs': () => inspectProject(build, join(home, 'cache'), host(), process.env),
}

describe('a file of the repository', () => {
  it.each(Object.entries(readers))('is not read through a link that leads out: %s', async (name, read) => {
    symlinkSync('/dev/zero', join(build, name))
    const error = await failureOf(read)
    expect(error.code).toBe('REPOSITORY_FILE')
    expect(error.message).toBe(`${name} in the repository is a link that leads out of the repository`)
  })

  it('does not stop an unload, however wrong it is', () => {
    mkdirSync(join(build, 'domains'))
    symlinkSync('/dev/zero', join(build, 'nginx.conf'))
    for (const name of ['deploy.ts', 'deploy.exs']) writeFileSync(join(build, name), '')
    expect(envOf('unload')).toMatchObject({
      domains: 'shop.localhost',
      nginx_conf: null,
      deploy_callback_module: null,
    })
  })
})
