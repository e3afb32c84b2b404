import { GatlingError } from './error.js'

/** Waits for some work. @returns its failure, if that is an error for users; null: the work succeeded. */
export const failureOf = async (work: Promise<unknown>): Promise<GatlingError | null> => {
  try {
    await work
    return null
  } catch (error) {
    if (error instanceof GatlingError) return error
    throw error
  }
}
