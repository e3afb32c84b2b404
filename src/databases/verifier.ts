import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

const iterations = 4_096

/** What nobody can guess, of letters that a URL and SQL take as they are. */
export const newPassword = (): string => randomBytes(32).toString('base64url')

/**
 * What PostgreSQL keeps of a password (RFC 5803, pg_authid), so that the password itself reaches neither its log nor a
 * command line.
 */
export const verifierOf = (password: string, salt = randomBytes(16)): string => {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const keyed = (text: string): Buffer => createHmac('sha256', salted).update(text).digest()
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${keyed('Server Key').toString('base64')}`
}
