import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'

/** A path inside a release: it leads nowhere else. */
const pathSchema = v.pipe(
  v.string(),
  v.check(path => path.split('/').every(part => part !== '' && part !== '.' && part !== '..')),
)
const modeSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0o777))

const entrySchema = v.variant('kind', [
  v.object({ kind: v.literal('folder'), path: pathSchema, mode: modeSchema }),
  v.object({ kind: v.literal('link'), path: pathSchema, target: v.string() }),
  v.object({
    kind: v.literal('file'),
    path: pathSchema,
    mode: modeSchema,
    size: v.pipe(v.number(), v.integer(), v.minValue(0)),
    sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  }),
])
type Entry = v.InferOutput<typeof entrySchema>
export type FileEntry = Entry & { readonly kind: 'file' }

/** The schema of all that a release consists of. A folder comes before its content. */
export const manifestSchema = v.array(entrySchema)
export type Manifest = readonly Entry[]

/** Lists all that a folder consists of, with the hash of each file. */
export const manifestOf = (folder: string): Manifest => entriesIn(folder, '')

const entriesIn = (root: string, under: string): readonly Entry[] =>
  readdirSync(join(root, under))
    .sort()
    .flatMap((name): readonly Entry[] => {
      const path = under === '' ? name : `${under}/${name}`
      const found = lstatSync(join(root, path))
      const mode = found.mode & 0o777
      if (found.isDirectory()) return [{ kind: 'folder', path, mode }, ...entriesIn(root, path)]
      if (found.isSymbolicLink()) return [{ kind: 'link', path, target: readlinkSync(join(root, path)) }]
      return [fileEntry(root, path, mode)]
    })

const fileEntry = (root: string, path: string, mode: number): FileEntry => {
  const bytes = readFileSync(join(root, path))
  return { kind: 'file', path, mode, size: bytes.length, sha256: hashOf(bytes) }
}

export const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

export const isFileEntry = (entry: Entry): entry is FileEntry => entry.kind === 'file'
