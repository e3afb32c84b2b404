import { GatlingError } from '../../src/core/error.js'

/** Returns the GatlingError that `work` threw. Fails if it threw nothing or another error. */
export const failureOf = async (work: () => unknown): Promise<GatlingError> => {
  try {
    await work()
  } catch (error) {
    if (error instanceof GatlingError) return error
    throw error
  }
  throw new Error('it threw nothing')
}
