import { hostname } from 'node:os'

/** Returns the address by which ssh reached this machine (ssh(1), SSH_CONNECTION), or else its own name. */
export const addressOfServer = (): string => process.env['SSH_CONNECTION']?.split(' ')[2] ?? hostname()
