import type { IncomingHttpHeaders } from 'node:http'

/** The headers of RFC 9110, 7.6.1, and `trailer`, because no trailers are passed on. */
const always = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'upgrade',
]

/** Headers that always stay. Without its host or length a message could be taken for another one. */
const never = ['host', 'content-length', 'transfer-encoding']

/** Removes the headers that concern only one connection, and end at a proxy. */
export const endHopByHop = (headers: IncomingHttpHeaders): void => {
  const named = (headers.connection ?? '').split(',').map(name => name.trim().toLowerCase())
  // To delete what is not there would make the headers slow to read.
  for (const name of [...always, ...named]) if (name in headers && !never.includes(name)) delete headers[name]
}
