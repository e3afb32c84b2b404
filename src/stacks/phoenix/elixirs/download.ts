import { GatlingError } from '../../../core/error.js'
import { elixirUnreached } from './errors.js'

/** Reports the progress of a download, in bytes. `all` is null if the server does not report the size. */
export type Progress = (got: number, all: number | null) => void

/** The largest download that is accepted, in bytes. Elixir's largest archive has 9 MB. */
const mostBytes = 100 * 1024 ** 2
/** How long a download may take, and how long it may stall, in ms. */
const wholeMs = 10 * 60_000
const stillMs = 30_000

/** Downloads the content of an address. @throws GatlingError ELIXIR_UNREACHED, even if only a part of it came. */
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

/** Finds the reason of a failed fetch, which is in the cause of its error. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message
}
