import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { otpOn } from '../../src/stacks/phoenix/elixirs/on-path.js'
import { archiveOf, standIn, sumOf } from '../helpers/elixir-archive.js'
import { temporaryFolders } from '../helpers/folder.js'
import { onServer } from './on-server.js'

const folder = temporaryFolders()

it('only root installs an Elixir, which every app can run and none can write', async () => {
  const archive = join(folder(), 'elixir.zip')
  const notAsRoot = standIn('elixir', '1.18.4').replace('\n', '\n[ "$(id -u)" != 0 ] || exit 9\n')
  const bytes = archiveOf('1.18.4', { 'bin/elixir': notAsRoot })
  writeFileSync(archive, bytes)
  writeFileSync(`${archive}.sha256sum`, sumOf(bytes, 'elixir-otp-25.zip'))
  const { stdout, text } = await onServer(`
import * as fs from 'node:fs'
import { spawnSync } from 'node:child_process'
const { createApp } = await import('./dist/server/apps.js')
const { changes } = await import('./dist/server/setup.js')
process.umask(0o077)
const gatling = (env, ...argv) => {
  const { status, stderr } = spawnSync('/usr/local/lib/gatling/bin/gatling', argv, { env: { ...process.env, ...env } })
  return [status, String(stderr)]
}
const all = changes({ elixir: '1.18', keys: null })
const packages = all.map(({ about }) => about).filter(about => about.startsWith('install Erlang'))
const noVersion = gatling({}, 'setup', '--elixir', 'latest')
const change = all.find(({ about }) => about.startsWith('install Elixir'))
const made = [change.isMade()]
const from = ['elixir', 'install', '1.18.4', '--from', ${JSON.stringify(archive)}]
const byKey = gatling({ GATLING_USER: 'jane' }, ...from)
const byRoot = gatling({}, ...from)
made.push(change.isMade())
await createApp('shop')
const [name] = fs.readdirSync('/usr/local/lib/gatling/elixir')
const place = '/usr/local/lib/gatling/elixir/' + name
const asApp = (...argv) => spawnSync('setpriv', ['--reuid=gatling-shop', '--regid=gatling-shop', '--clear-groups', ...argv])
const app = String(asApp(place + '/bin/elixir', '--version').stdout)
const written = asApp('touch', place + '/bin/elixir', place + '/new').status
const { uid } = fs.statSync(place)
const audit = fs.readFileSync('/var/log/gatling/audit.jsonl', 'utf8')
console.log(JSON.stringify({ packages, noVersion, made, byKey, byRoot, name, app, written, uid, audit }))
`)
  const found = JSON.parse(stdout.trim().split('\n').at(-1) || JSON.stringify({ text }))
  expect(found, text).toMatchObject({
    // Every app that asks for no version would run the system's Elixir.
    packages: [expect.stringMatching(/^install Erlang: erlang-base erlang-dev(?!.* elixir)/)],
    noVersion: [2, expect.stringContaining('ELIXIR_VERSION')],
    made: [false, true],
    byKey: [1, expect.stringContaining('NEEDS_ROOT')],
    byRoot: [0, expect.any(String)],
    name: `1.18.4-otp-${Math.min(otpOn(process.env['PATH']) ?? 0, 27)}`,
    app: expect.stringContaining('Elixir 1.18.4'),
    written: 1,
    uid: 0,
    audit: expect.stringContaining('"elixir install"'),
  })
})
