import { createDashboard } from '../../src/dashboard/page.js'
import type { Reach } from '../../src/dashboard/reach.js'

export const host = '127.0.0.1:4321'

/** Makes the page without a socket, and asks it like a browser that has its cookie. */
export const openPage = async (reach: Reach) => {
  const dashboard = createDashboard({ reach, answersTo: name => name === host })
  const raw = async (path: string, init: RequestInit = {}, name = host): Promise<Response> =>
    dashboard.fetch(
      new Request(`http://${host}${path}`, {
        ...init,
        headers: { host: name, ...(init.headers as Record<string, string>) },
      }),
    )
  const entered = await raw(`/?token=${dashboard.token}`)
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    raw(path, { headers: { cookie, ...headers } })
  return {
    dashboard,
    raw,
    entered,
    cookie,
    get,
    text: async (path: string): Promise<string> => (await get(path)).text(),
    post: (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
      raw(path, {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers: { cookie, origin: `http://${host}`, ...headers },
      }),
  }
}

export interface Message {
  readonly event: string
  readonly data: string
  readonly id: string | null
}

/** Yields the messages of a stream (HTML, Server-Sent Events) until the reader stops. */
export async function* messagesOf(response: Response): AsyncGenerator<Message> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of response.body ?? []) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      const fields = part.split('\n').map(line => /^(\w+): ?(.*)$/.exec(line) ?? [])
      const of = (name: string): string[] =>
        fields.flatMap(([, key, value]) => (key === name ? (value ?? '') : []))
      if (of('event').length > 0)
        yield { event: of('event')[0] ?? '', data: of('data').join('\n'), id: of('id')[0] ?? null }
    }
  }
}
