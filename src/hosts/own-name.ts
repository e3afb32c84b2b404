import { hostname } from 'node:os'

export interface OwnName {
  readonly name: string
  /** null: the name has no address. */
  readonly address: string | null
}

/** Looks up this machine's own name. The erl_call of OTP 27 does so before anything else, and dies without an address. */
export const ownName = async (): Promise<OwnName> => {
  const { lookup } = await import('node:dns/promises')
  const name = hostname()
  const found = await lookup(name).catch(() => null)
  return { name, address: found?.address ?? null }
}
