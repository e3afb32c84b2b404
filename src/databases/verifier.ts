import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

const iterations = 4_096

/** Makes a password that nobody can guess, of letters that need no escapes in a URL or in SQL. */
export const newPassword = (): string => randomBytes(32).toString('base64url')

/**
 * Returns the hash that PostgreSQL stores for a password (RFC 5803, pg_authid), so that the password itself is in no
 * log and on no command line.
 */
export const verifierOf = (password: string, salt = randomBytes(16)): string => {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const keyed = (text: string): Buffer => createHmac('sha256', salted).update(text).digest()
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${keyed('Server Key').toString('base64')}`
}
