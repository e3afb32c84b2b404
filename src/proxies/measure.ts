import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** One answer, and nothing of who asked for what. */
export interface Measured {
  readonly status: number
  /** How long it took until the answer began, in ms; null: nobody measured it. */
  readonly ms: number | null
  /** What was sent to the visitor. */
  readonly bytes: number
}

/** A visitor that went away before the answer began, as nginx has it. */
const wentAway = 499

/**
 * Measures an answer from now on.
 * @param over gets it when it is over.
 * @returns what says how long it took until the answer began; as long as it has not, until now.
 */
export const measure = (response: ServerResponse, over: (measured: Measured) => void): (() => number) => {
  const began = performance.now()
  const { socket } = response
  const sentBefore = socket?.bytesWritten ?? 0
  let answeredAt: number | null = null
  // Whatever begins an answer calls this, also where nobody says a header.
  const { writeHead } = response
  response.writeHead = function (this: ServerResponse, ...said: unknown[]) {
    answeredAt ??= performance.now()
    return Reflect.apply(writeHead, this, said) as ServerResponse
  }
  const ms = (): number => (answeredAt ?? performance.now()) - began
  response.once('close', () =>
    over({
      status: answeredAt === null ? wentAway : response.statusCode,
      ms: ms(),
      bytes: (socket?.bytesWritten ?? sentBefore) - sentBefore,
    }),
  )
  return ms
}

/** The same of a WebSocket, when it closes. */
export const measureSocket = (socket: Socket, over: (measured: Measured) => void): void => {
  const sentBefore = socket.bytesWritten
  socket.once('close', () => over({ status: 101, ms: null, bytes: socket.bytesWritten - sentBefore }))
}
