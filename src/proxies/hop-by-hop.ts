import type { IncomingHttpHeaders } from 'node:http'

/** The headers of RFC 9110, 7.6.1, and `trailer`, because no trailers are passed on. */
const always = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'upgrade',
])

/** Headers that no message can end by naming them. Without its host or length it could be taken for another one. */
const never = ['host', 'content-length', 'transfer-encoding']

/**
 * Returns names and values of the headers that a proxy passes on. Those that concern only one connection end at it.
 * @param but names of more headers that end here.
 */
export const passedOn = (headers: IncomingHttpHeaders, but: readonly string[]): string[] => {
  const named = (headers.connection ?? '').toLowerCase().split(/ *, */)
  const kept: string[] = []
  for (const [name, value] of Object.entries(headers)) {
    const ends = always.has(name) || but.includes(name) || (named.includes(name) && !never.includes(name))
    if (ends) continue
    if (typeof value === 'string') kept.push(name, value)
    else for (const one of value ?? []) kept.push(name, one)
  }
  return kept
}
