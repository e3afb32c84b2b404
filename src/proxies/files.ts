import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import sirv from 'sirv'
import type { Slot } from '../core/live.js'
import { readIfThere } from '../hosts/files.js'
import { page } from './pages.js'

export type Answerer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** Gatling's own page, and its name. */
export interface OwnPage {
  readonly name: string
  readonly answer: Answerer
}

/** sirv lists the files once. Browsers ask each time whether a file has changed, and get 304 if it has not. */
const options = {
  etag: true,
  setHeaders: (response: ServerResponse) => void response.setHeader('Cache-Control', 'no-cache'),
} as const

/** Returns an answerer with the files of a slot. Files that only pages of earlier releases need are in `kept`. */
export const filesIn = (folder: string, slot: Slot): Answerer => {
  const root = join(folder, slot)
  const now = sirv(root, { ...options, extensions: ['html'] })
  const kept = sirv(join(folder, 'kept'), { ...options, extensions: [] })
  return (request, response) => {
    const { method = '', url = '/' } = request
    if (method !== 'GET' && method !== 'HEAD') return page(response, 405, 'Only GET and HEAD.')
    const [path = '/', query] = url.split('?', 2)
    if (isFolder(root, path)) return redirect(response, `${path}/${query === undefined ? '' : `?${query}`}`)
    now(request, response, () => kept(request, response, () => missing(root, response)))
  }
}

/** Tells whether a path names a folder without a final slash, where relative links of its page would be wrong. */
const isFolder = (root: string, path: string): boolean =>
  /^(\/[\w~-][\w.~-]*)+$/.test(path) &&
  !existsSync(join(root, `${path}.html`)) &&
  existsSync(join(root, path, 'index.html'))

const redirect = (response: ServerResponse, location: string): void =>
  void response.writeHead(301, { location, 'content-length': 0 }).end()

/** Answers that there is no such page, with the site's own page for that if it has one. */
const missing = (root: string, response: ServerResponse): void => {
  const own = readIfThere(join(root, '404.html'))
  if (own === null) page(response, 404, 'There is no such page.')
  else response.writeHead(404, { 'content-type': 'text/html; charset=utf-8' }).end(own)
}
