import { runsCode } from './code-keys.js'

/** What a key may be allowed to do with an app. */
export const rights = ['deploy', 'logs', 'config', 'db', 'console', 'admin'] as const
export type Right = (typeof rights)[number]

/** What a key may do, and with which apps. */
export interface Grant {
  readonly apps: 'all' | readonly string[]
  readonly can: readonly Right[]
}

/**
 * What a command needs: one of these rights, which `admin` includes; `server`: admin on every app, because it reaches
 * beyond one; null: no key may run it.
 */
export type Needed = readonly Right[] | 'server' | null

/** Whether a key may run a command for an app; without an app it concerns the server, and every app on it. */
export const mayDo = ({ apps, can }: Grant, project: string | null, needed: Needed): boolean => {
  if (needed === null) return false
  if (needed === 'server') return apps === 'all' && can.includes('admin')
  if (apps !== 'all' && (project === null || !apps.includes(project))) return false
  return can.includes('admin') || needed.some(right => can.includes(right))
}

/** The config keys of a command line whose values would run code, where the key has no right that means that. */
export const codeKeysIn = ({ can }: Grant, argv: readonly string[]): readonly string[] => {
  const isSet = argv[0] === 'config' && argv.includes('set')
  if (!isSet || can.some(right => meansCode.includes(right))) return []
  return argv.map(word => word.replace(/=.*/s, '')).filter(runsCode)
}
const meansCode: readonly Right[] = ['deploy', 'console', 'admin']
