import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { flush } from '../../../commands/files.js'
import type { Host } from '../../../core/host.js'
import { ownFile } from '../../../core/own-file.js'
import { nameFolder, readIfThere } from '../../../hosts/files.js'
import { findProgram } from '../../../hosts/programs.js'
import { compile } from '../commands/erlang.js'

const sources = ownFile('erlang')

/** Compiles the engine once for each version of its source and each Erlang. @returns the folder of its modules. */
export const compiledEngine = async (host: Host, engines: string): Promise<string> => {
  const files = readdirSync(sources)
    .filter(name => name.endsWith('.erl'))
    .sort()
  const text = files.map(name => readIfThere(join(sources, name))).join('\0')
  const folder = join(
    engines,
    createHash('sha256')
      .update(`${findProgram('erl')}\0${text}`)
      .digest('hex')
      .slice(0, 16),
  )
  if (existsSync(folder)) return folder
  const beside = `${folder}.${process.pid}`
  mkdirSync(beside, { recursive: true, mode: 0o700 })
  try {
    await host.run(
      compile(
        files.map(name => join(sources, name)),
        beside,
      ),
    )
    await host.run(flush(beside))
    // Another app's deploy can have compiled it meanwhile.
    nameFolder(beside, folder)
  } finally {
    rmSync(beside, { recursive: true, force: true })
  }
  return folder
}

/** @throws GatlingError NODE_SILENT. */
