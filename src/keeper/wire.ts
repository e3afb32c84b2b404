import * as v from 'valibot'
import { internal, known } from '../core/errors.js'

/** The HTTP status of an answer that is an error. */
export const errorStatus = 500

const errorSchema = v.object({ code: v.string(), message: v.string(), hint: v.string() })

/** The answer of a call. */
export const answerSchema = v.union([v.object({ value: v.unknown() }), v.object({ error: errorSchema })])

/** Writes an error for the socket. */
export const wireError = (error: unknown): v.InferOutput<typeof errorSchema> => {
  const { code, message, hint } = known(error)
  if (code !== internal.code) return { code, message, hint }
  return { code, message: error instanceof Error ? error.message : String(error), hint: '' }
}

/** Reads a stream as text. @throws Error as soon as it is longer than `longest` bytes. */
export const textOf = async (
  stream: AsyncIterable<Buffer>,
  longest = Number.POSITIVE_INFINITY,
): Promise<string> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    if (length > longest) throw new Error(`a call of more than ${longest} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
