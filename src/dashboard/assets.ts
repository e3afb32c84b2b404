import { readFileSync } from 'node:fs'
import { ownFile } from '../core/own-file.js'

/** The page's own files and their types, by address. */
const types = { '/page.css': 'text/css', '/page.js': 'text/javascript' } as const
type Path = keyof typeof types

export const [styleHref, scriptHref] = ['/page.css', '/page.js'] satisfies readonly [Path, Path]

/** Returns a file of `web/` with its type; null: there is no such file. */
export const assetAt = (path: string): { readonly text: string; readonly type: string } | null =>
  isAsset(path)
    ? { text: readFileSync(ownFile(`web${path}`), 'utf8'), type: `${types[path]}; charset=utf-8` }
    : null

const isAsset = (path: string): path is Path => Object.hasOwn(types, path)
