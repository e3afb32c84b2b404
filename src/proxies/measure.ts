import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** The measurements of one answer, with nothing about who asked for what. */
export interface Measured {
  readonly status: number
  /** The time until the answer began, in ms; null: nobody measured it. */
  readonly ms: number | null
  /** The bytes that were sent to the visitor. */
  readonly bytes: number
}

/** nginx's status for a visitor that went away before the answer began. */
const wentAway = 499

/**
 * Measures an answer from now on.
 * @param over gets the measurements at the end.
 * @returns a function that returns the ms until the answer began, or until now if it has not begun.
 */
export const measure = (response: ServerResponse, over: (measured: Measured) => void): (() => number) => {
  const began = performance.now()
  const { socket } = response
  const sentBefore = socket?.bytesWritten ?? 0
  let answeredAt: number | null = null
  // Every beginning of an answer calls this, even without a header.
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

/** Measures a WebSocket, when it closes. */
export const measureSocket = (socket: Socket, over: (measured: Measured) => void): void => {
  const sentBefore = socket.bytesWritten
  socket.once('close', () => over({ status: 101, ms: null, bytes: socket.bytesWritten - sentBefore }))
}
