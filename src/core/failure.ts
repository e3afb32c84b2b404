import { GatlingError } from './error.js'

/** Waits for some work. @returns its failure, if it is one that a user can meet; null: it went well. */
export const failureOf = async (work: Promise<unknown>): Promise<GatlingError | null> => {
  try {
    await work
    return null
  } catch (error) {
    if (error instanceof GatlingError) return error
    throw error
  }
}
