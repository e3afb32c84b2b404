import type { IncomingHttpHeaders } from 'node:http'

/** RFC 9110, 7.6.1; and `trailer`, as no trailers are passed on. */
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

/** A message without its name or its length could be taken for another one; its body is framed again on its way. */
const never = ['host', 'content-length', 'transfer-encoding']

/** Removes the headers that concern one connection alone: they end at a proxy. */
export const endHopByHop = (headers: IncomingHttpHeaders): void => {
  const named = (headers.connection ?? '').split(',').map(name => name.trim().toLowerCase())
  for (const name of [...always, ...named]) if (!never.includes(name)) delete headers[name]
}
