import { lookup } from 'node:dns/promises'
import { hostname } from 'node:os'

/**
 * Explains why erl_call failed, where that is because this machine's own name has no address: erl_call asks for it before
 * anything else, and that of OTP 27 dies of SIGSEGV without one.
 * @throws Error always: this one, or the one it was given.
 */
export const explainOwnName = async (error: unknown): Promise<never> => {
  const name = hostname()
  const address = await lookup(name).catch(() => null)
  if (address) throw error
  throw new Error(
    `this machine's own name has no address, which Erlang needs; add "127.0.1.1 ${name}" to /etc/hosts`,
  )
}
