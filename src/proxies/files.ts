import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import sirv from 'sirv'
import type { Slot } from '../core/live.js'
import { readIfThere } from '../hosts/files.js'
import { page } from './pages.js'

export type Answerer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** A page of Gatling's own, and the name that leads to it. */
export interface OwnPage {
  readonly name: string
  readonly answer: Answerer
}

/** Looks for the files once. Browsers ask each time whether a file is still the same, and get 304. */
const options = {
  etag: true,
  setHeaders: (response: ServerResponse) => void response.setHeader('Cache-Control', 'no-cache'),
} as const

/** Answers with the files of a slot; what a page of an earlier release asks for is in `kept`. */
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

/** Whether links in its page would lead astray, as its path does not end with a slash. */
const isFolder = (root: string, path: string): boolean =>
  /^(\/[\w~-][\w.~-]*)+$/.test(path) &&
  !existsSync(join(root, `${path}.html`)) &&
  existsSync(join(root, path, 'index.html'))

const redirect = (response: ServerResponse, location: string): void =>
  void response.writeHead(301, { location, 'content-length': 0 }).end()

/** Answers with the page that the site has for it, if it has one. */
const missing = (root: string, response: ServerResponse): void => {
  const own = readIfThere(join(root, '404.html'))
  if (own === null) page(response, 404, 'There is no such page.')
  else response.writeHead(404, { 'content-type': 'text/html; charset=utf-8' }).end(own)
}
