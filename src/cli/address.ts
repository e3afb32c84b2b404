import { hostname } from 'node:os'

/** How this machine was reached, if it was by ssh (ssh(1), SSH_CONNECTION); else its own name. */
export const addressOfServer = (): string => process.env['SSH_CONNECTION']?.split(' ')[2] ?? hostname()
