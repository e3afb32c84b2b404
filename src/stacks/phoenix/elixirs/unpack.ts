import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { unzipSync } from 'fflate'
import { elixirArchive } from './errors.js'

/** The largest archive that is unpacked. Elixir has 25 MB in 500 files, so a far larger archive is something else. */
const mostBytes = 500 * 1024 ** 2
const mostFiles = 20_000

/**
 * Unpacks a zip archive into a folder, readable for everybody. First it checks that every path leads into that folder.
 * It makes no links.
 * @throws GatlingError ELIXIR_ARCHIVE.
 */
export const unpack = (bytes: Buffer, folder: string, place: string): void => {
  const files = Object.entries(filesIn(bytes, place))
  for (const [name] of files)
    if (!isInside(name)) throw elixirArchive(place, `${JSON.stringify(name)} leads outside`)
  if (!files.some(([name]) => name === 'bin/elixir')) throw elixirArchive(place, 'it has no bin/elixir')
  makeFolder(folder)
  for (const [name, content] of files) {
    if (name.endsWith('/')) continue
    const path = join(folder, name)
    makeFolder(dirname(path))
    writeFileSync(path, content)
    // Every app must be able to read it, whatever this process's umask is.
    chmodSync(path, name.startsWith('bin/') ? 0o755 : 0o644)
  }
}

const filesIn = (bytes: Buffer, place: string): Record<string, Uint8Array> => {
  let size = 0
  let count = 0
  try {
    return unzipSync(bytes, {
      // This runs before anything is unpacked.
      filter: ({ originalSize }) => {
        size += originalSize
        count += 1
        if (size > mostBytes || count > mostFiles) throw new Error('it is far larger than an Elixir')
        return true
      },
    })
  } catch (error) {
    throw elixirArchive(place, error instanceof Error ? error.message : String(error))
  }
}

/** Tells whether each part of a path names a file or folder. A `..`, an empty part and a backslash do not. */
const isInside = (name: string): boolean =>
  name
    .replace(/\/$/, '')
    .split('/')
    .every(part => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part))

const makeFolder = (path: string): void => {
  const first = mkdirSync(path, { recursive: true })
  for (let made = path; first !== undefined && made.length >= first.length; made = dirname(made))
    chmodSync(made, 0o755)
}
