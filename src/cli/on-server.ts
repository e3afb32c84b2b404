import type { EventBody } from '../core/event.js'
import { serverOnly } from '../databases/embedded/errors.js'
import { parseProject } from '../state/apps.js'
import { isServer } from '../state/server.js'
import { notAServer } from './errors.js'
import { tell } from './output.js'
import { renderEvent } from './render.js'

/**
 * Reads the name of an app, for a command that only servers have.
 * @throws GatlingError NOT_A_SERVER or PROJECT_NAME.
 */
export const projectOnServer = (name: string, command: string): string => {
  if (!isServer()) throw notAServer(command)
  return parseProject(name)
}

/** The verbs of `gatling db` that embedded mode has, too. */
const alsoEmbedded = ['create', 'psql', 'backup', 'backups', 'restore', 'promote', 'destroy']

/** Reads the name of an app, for a verb of `gatling db`. @throws GatlingError DATABASE_SERVER_ONLY or PROJECT_NAME. */
export const projectOfDatabase = (name: string, verb: string): string => {
  if (!isServer() && !alsoEmbedded.includes(verb)) throw serverOnly(verb)
  return parseProject(name)
}

/** Shows an event of such a command at once. */
export const show = (event: EventBody): void =>
  tell(...renderEvent({ ...event, at: new Date().toISOString() }))

/** Tells whether a client runs for a person at a terminal, or for a script. */
export const attachment = (): 'terminal' | 'pipe' =>
  process.stdin.isTTY === true && process.stdout.isTTY === true ? 'terminal' : 'pipe'
