import { ServerResponse } from 'node:http'
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

/** An answer that measures itself. */
export class MeasuredResponse extends ServerResponse {
  readonly #askedAt = performance.now()
  #begunAt: number | null = null
  #visitor: Socket | null = null
  #sentBefore = 0

  override assignSocket(socket: Socket): void {
    this.#visitor = socket
    this.#sentBefore = socket.bytesWritten
    super.assignSocket(socket)
  }

  /** Every beginning of an answer calls this, even without a header. */
  override writeHead(...said: unknown[]): this {
    this.#begunAt ??= performance.now()
    return Reflect.apply(super.writeHead, this, said) as this
  }

  /** Returns the ms until the answer began, or until now if it has not begun. */
  get ms(): number {
    return (this.#begunAt ?? performance.now()) - this.#askedAt
  }

  /** Returns the measurements until now. */
  get measured(): Measured {
    return {
      status: this.#begunAt === null ? wentAway : this.statusCode,
      ms: this.ms,
      bytes: (this.#visitor?.bytesWritten ?? 0) - this.#sentBefore,
    }
  }
}

/** Measures a WebSocket, when it closes. */
export const measureSocket = (socket: Socket, over: (measured: Measured) => void): void => {
  const sentBefore = socket.bytesWritten
  socket.once('close', () => over({ status: 101, ms: null, bytes: socket.bytesWritten - sentBefore }))
}
