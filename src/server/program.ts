import { createHash } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { flush } from '../commands/files.js'
import { runCommand } from '../hosts/capture.js'
import { writeWhole } from '../hosts/files.js'
import { serverPaths } from '../state/server.js'

const source = fileURLToPath(new URL('../..', import.meta.url))
const parts = ['bin', 'dist', 'elixir', 'erlang', 'package.json']
const stamp = join(serverPaths.package, '.digest')
const node = join(serverPaths.lib, 'bin', 'node')

/** Tells whether the server runs exactly this program. */
export const isInstalled = (): boolean =>
  source.startsWith(`${serverPaths.lib}/`) ||
  (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest() && existsSync(serverPaths.gatling))

/**
 * Copies this program and what it needs to a folder that every user of the server can read and none can write. The
 * original can be in somebody's home, or npm can replace it during a deploy.
 */
export const install = async (): Promise<void> => {
  const beside = `${serverPaths.package}.new`
  rmSync(beside, { recursive: true, force: true })
  mkdirSync(beside, { recursive: true })
  for (const part of parts) cpSync(join(source, part), join(beside, part), { recursive: true })
  for (const [name, folder] of dependencies(source))
    cpSync(folder, join(beside, 'node_modules', name), { recursive: true, dereference: true })
  // This only saves time: without it each start compiles again.
  await runCommand({ argv: [process.execPath, join(beside, 'bin', 'compile.js')] })
  makeReadable(beside)
  writeFileSync(join(beside, '.digest'), digest())
  await runCommand(flush(beside))
  const old = `${serverPaths.package}.old`
  rmSync(old, { recursive: true, force: true })
  if (existsSync(serverPaths.package)) renameSync(serverPaths.package, old)
  renameSync(beside, serverPaths.package)
  rmSync(old, { recursive: true, force: true })
  writeScripts()
}

const writeScripts = (): void => {
  const runtime = everybodyMayRun(process.execPath) ? process.execPath : copyNode()
  const cli = join(serverPaths.package, 'bin', 'gatling.js')
  const script = (path: string, text: string): void => {
    writeWhole(path, `#!/bin/sh\n# Written by gatling setup.\n${text}\n`, 0o755)
    chmodSync(path, 0o755)
  }
  script(serverPaths.gatling, `exec ${runtime} ${cli} "$@"`)
  // ssh runs this for a key, as the deploy user. The request is in SSH_ORIGINAL_COMMAND (sshd(8)).
  script(serverPaths.sshDoor, `GATLING_KEY="$1" exec sudo -n ${serverPaths.enter}`)
  script(serverPaths.enter, `exec ${runtime} ${cli} enter`)
  chmodSync(dirname(serverPaths.gatling), 0o755)
  chmodSync(serverPaths.lib, 0o755)
}

/** Copies the program of Node.js: users of apps cannot reach one in somebody's home, where version managers put it. */
const copyNode = (): string => {
  mkdirSync(dirname(node), { recursive: true })
  // A running program cannot be written, but its name can get another file (execve(2), ETXTBSY).
  const beside = `${node}.new`
  copyFileSync(process.execPath, beside)
  chmodSync(beside, 0o755)
  renameSync(beside, node)
  return node
}

const everybodyMayRun = (path: string): boolean => {
  for (let folder = path; folder !== '/'; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
  }
  accessSync(path, constants.X_OK)
  return true
}

const manifestSchema = v.object({ dependencies: v.optional(v.record(v.string(), v.string()), {}) })

/** Finds the packages that a package needs, as Node.js does: in the nearest node_modules that has them. */
const dependencies = (folder: string, found = new Map<string, string>()): Map<string, string> => {
  const { dependencies: needed } = v.parse(
    manifestSchema,
    JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
  )
  for (const name of Object.keys(needed)) {
    if (found.has(name)) continue
    const place = nearest(folder, name)
    found.set(name, place)
    dependencies(place, found)
  }
  return found
}

const nearest = (folder: string, name: string): string => {
  const place = join(folder, 'node_modules', name)
  if (existsSync(join(place, 'package.json'))) return place
  if (dirname(folder) === folder) throw new Error(`the package ${name} is not installed`)
  return nearest(dirname(folder), name)
}

const makeReadable = (path: string): void => {
  const { mode } = statSync(path)
  if (statSync(path).isDirectory()) {
    chmodSync(path, 0o755)
    for (const name of readdirSync(path)) makeReadable(join(path, name))
  } else chmodSync(path, mode & 0o100 ? 0o755 : 0o644)
}

const digest = (): string => {
  const hash = createHash('sha256').update(process.execPath)
  for (const part of parts) {
    const path = join(source, part)
    const files = statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true, encoding: 'utf8' }).map(name => join(path, name))
      : [path]
    for (const file of files.sort())
      if (statSync(file).isFile()) hash.update(file.slice(source.length)).update(readFileSync(file))
  }
  return hash.digest('hex')
}
