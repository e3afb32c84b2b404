import { Agent, request } from 'node:http'
import { WebSocket } from 'ws'

/** One request, with its begin and end in ms of `performance.now()`. */
interface Asked {
  readonly began: number
  readonly ended: number
  /** The version that answered; null: none. */
  readonly tag: string | null
  /** Why it failed; '': it did not. */
  readonly failure: string
}

/** A time in which nobody could answer, because the machine was down or cut off, or this process stood still. */
interface Outage {
  readonly began: number
  ended: number
}

export interface Account {
  readonly requests: number
  /** The requests that failed without an excuse, with their times. */
  readonly lost: readonly string[]
  /** The number of requests that failed in an outage. */
  readonly excused: number
}

export type Traffic = ReturnType<typeof startTraffic>

const pauseMs = 25
const timeoutMs = 20_000
/** The interval of a timer, in ms. If it is late by this much, this process stood still, not the machine. */
const beatMs = 500
const stillMs = 3_000

/** Starts users of the app: keep-alive clients that repeat no request, and an open WebSocket. */
export const startTraffic = (address: string, host: string, clients = 2) => {
  let going = true
  let asked: Asked[] = []
  let outages: Outage[] = []
  let agents: Agent[] = []

  const ask = (agent: Agent): Promise<Asked> =>
    new Promise(resolve => {
      const began = performance.now()
      const end = (tag: string | null, failure: string): void =>
        resolve({ began, ended: performance.now(), tag, failure })
      const outgoing = request(
        { host: address, port: 80, path: '/version', headers: { host }, agent, timeout: timeoutMs },
        response => {
          let body = ''
          response.setEncoding('utf8').on('data', text => {
            body += text
          })
          response.once('error', error => end(null, error.message))
          response.once('end', () => {
            if (response.statusCode !== 200) return end(null, `${response.statusCode} ${body.slice(0, 60)}`)
            end(tagIn(body), tagIn(body) === null ? `no version in ${body.slice(0, 60)}` : '')
          })
        },
      )
      outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer in ${timeoutMs / 1_000} s`)))
      outgoing.once('error', error => end(null, error.message))
      outgoing.end()
    })

  const isExcused = ({ began, ended }: Asked): boolean =>
    outages.some(outage => began <= outage.ended && ended >= outage.began)

  const client = async (index: number): Promise<void> => {
    while (going) {
      const agent = agents[index] ?? new Agent({ keepAlive: true, maxSockets: 1 })
      agents[index] = agent
      asked.push(await ask(agent))
      await new Promise(resolve => setTimeout(resolve, pauseMs))
    }
  }

  let beat = performance.now()
  const pulse = setInterval(() => {
    const now = performance.now()
    if (now - beat > stillMs) outages.push({ began: beat, ended: now + beatMs })
    beat = now
  }, beatMs)

  let socket: WebSocket | null = null
  /** Keeps a page open, which opens its socket again as browsers do. A socket that breaks without a close counts as lost. */
  const page = async (): Promise<void> => {
    while (going) {
      const began = performance.now()
      let wasOpen = false
      const failure = await new Promise<string>(resolve => {
        const open = new WebSocket(`ws://${address}/socket`, {
          headers: { host },
          origin: `http://${host}`,
          handshakeTimeout: timeoutMs,
        })
        socket = open
        let why = ''
        open.once('open', () => {
          wasOpen = true
        })
        open.on('error', error => {
          why = error.message
        })
        open.once('close', code => resolve(code === 1012 || code === 1000 ? '' : `WebSocket ${code} ${why}`))
      })
      const ended = performance.now()
      // A socket that an outage kept from opening is excused, even if its error comes late.
      if (going && failure !== '') asked.push({ began: wasOpen ? ended : began, ended, tag: null, failure })
      await new Promise(resolve => setTimeout(resolve, 200))
    }
  }
  const all = [...Array.from({ length: clients }, (_, index) => client(index)), page()]

  return {
    /** Sends one request over a new connection. */
    ask: async (): Promise<{ tag: string | null; failure: string }> => {
      const agent = new Agent()
      try {
        return await ask(agent)
      } finally {
        agent.destroy()
      }
    },
    /** Begins an outage. @returns a function that ends it. */
    outage: (): (() => void) => {
      const outage = { began: performance.now(), ended: Number.POSITIVE_INFINITY }
      outages.push(outage)
      return () => {
        // A request that hung in the outage must not count later.
        for (const agent of agents) agent.destroy()
        agents = []
        socket?.terminate()
        outage.ended = performance.now() + 300
      }
    },
    /** Lists the versions that answered requests sent after a time. */
    seenSince: (since: number): string[] => [
      ...new Set(asked.filter(({ began }) => began > since).flatMap(({ tag }) => tag ?? [])),
    ],
    /** Returns what happened since the last call. */
    account: (): Account => {
      const some = asked
      const failed = some.filter(({ failure }) => failure !== '')
      const lost = failed.filter(one => !isExcused(one))
      asked = []
      const account = {
        requests: some.length,
        lost: lost.map(({ ended, failure }) => `${timeOf(ended)} ${failure}`),
        excused: failed.length - lost.length,
      }
      outages = outages.filter(({ ended }) => ended > performance.now())
      return account
    },
    stop: async (): Promise<void> => {
      going = false
      clearInterval(pulse)
      for (const agent of agents) agent.destroy()
      socket?.terminate()
      await Promise.all(all)
    },
  }
}

const timeOf = (at: number): string => new Date(performance.timeOrigin + at).toISOString().slice(11, 23)

const tagIn = (body: string): string | null => /"greeting": "([^"]*)"/.exec(body)?.[1] ?? null
