import { GatlingError } from '../../../core/error.js'
import { elixirUnreached } from './errors.js'

/** How far a download is, in bytes; `all` is null where the server does not say. */
export type Progress = (got: number, all: number | null) => void

/** Elixir's largest archive has 9 MB. */
const mostBytes = 100 * 1024 ** 2
/** How long a download may take, and how long it may stand still, in ms. */
const wholeMs = 10 * 60_000
const stillMs = 30_000

/**
 * What is at an address.
 * @throws GatlingError ELIXIR_UNREACHED, also when less came than was announced.
 */
export const download = async (url: string, progress: Progress = () => {}): Promise<Buffer> => {
  const still = new AbortController()
  const stop = (): void => still.abort(new Error(`nothing came for ${stillMs / 1_000} s`))
  let timer = setTimeout(stop, stillMs)
  try {
    const signal = AbortSignal.any([still.signal, AbortSignal.timeout(wholeMs)])
    const answer = await fetch(url, { signal })
    if (!answer.ok) {
      await answer.body?.cancel()
      throw elixirUnreached(url, `status ${answer.status}`, answer.status === 404)
    }
    const length = Number(answer.headers.get('content-length') ?? '')
    const parts: Uint8Array[] = []
    let got = 0
    for await (const part of answer.body ?? []) {
      clearTimeout(timer)
      timer = setTimeout(stop, stillMs)
      got += part.length
      if (got > mostBytes) throw new Error(`it is longer than ${mostBytes / 1024 ** 2} MB`)
      parts.push(part)
      progress(got, length > 0 ? length : null)
    }
    return Buffer.concat(parts)
  } catch (error) {
    if (error instanceof GatlingError) throw error
    throw elixirUnreached(url, reasonOf(error), false)
  } finally {
    clearTimeout(timer)
  }
}

/** fetch says only that it failed; why is in its cause. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message
}
