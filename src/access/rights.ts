import { runsCode } from './code-keys.js'

/** The rights that a key can have on an app. `node`: the key of another machine of the fleet. */
export const rights = ['deploy', 'logs', 'config', 'db', 'console', 'admin', 'node'] as const
export type Right = (typeof rights)[number]

/** The rights of a key, and the apps that it has them on. */
export interface Grant {
  readonly apps: 'all' | readonly string[]
  readonly can: readonly Right[]
}

/**
 * The right that a command needs: one of these; `admin` includes all but `node`. `server`: admin on every app, because
 * the command reaches beyond one. null: no key may run it.
 */
export type Needed = readonly Right[] | 'server' | null

/**
 * Which machines of the fleet may ask for a command. `lead`: only the lead, and only on another machine. `manager`: each
 * manager of the Swarm. `holder`: those that have the app; only the lead knows which they are, so another manager answers
 * every machine. `member`: every machine.
 */
export type Asker = 'lead' | 'manager' | 'holder' | 'member'

/**
 * Tells whether a key may run a command for an app. Only the key of a machine may do what machines ask of each other.
 * Without an app the command concerns the server, and every app on it.
 */
export const mayDo = ({ apps, can }: Grant, project: string | null, needed: Needed): boolean => {
  if (needed === null) return false
  if (needed === 'server') return apps === 'all' && can.includes('admin')
  if (apps !== 'all' && (project === null || !apps.includes(project))) return false
  return (can.includes('admin') && !needed.includes('node')) || needed.some(right => can.includes(right))
}

/** Returns the config keys of a command line whose values would run code, if the ssh key has no right to run code. */
export const codeKeysIn = ({ can }: Grant, argv: readonly string[]): readonly string[] => {
  const isSet = argv[0] === 'config' && argv.includes('set')
  if (!isSet || can.some(right => runsAppCode.includes(right))) return []
  return argv.map(word => word.replace(/=.*/s, '')).filter(runsCode)
}
const runsAppCode: readonly Right[] = ['deploy', 'console', 'admin']
