import { runsCode } from './code-keys.js'

/** What a key may be allowed to do with an app. */
export const rights = ['deploy', 'logs', 'config', 'console', 'admin'] as const
export type Right = (typeof rights)[number]

/** What a key may do, and with which apps. */
export interface Grant {
  readonly apps: 'all' | readonly string[]
  readonly can: readonly Right[]
}

/** The commands of each right; `admin` has them all, and on every app also those that are in no list. */
const commands: Readonly<Record<Exclude<Right, 'admin'>, readonly string[]>> = {
  deploy: [
    ...['git-receive-pack', 'git-upload-pack', 'deploy', 'upgrade', 'plan', 'rollback', 'redeploy', 'retry'],
    ...['cancel', 'attach', 'history', 'releases', 'releases --pin', 'status', 'steps', 'env'],
  ],
  logs: ['logs', 'status', 'history', 'releases', 'attach'],
  config: ['config'],
  console: ['console', 'run'],
}

/** What a key needs the right for. Whoever may only look must not let somebody's way back go. */
export const commandOf = (argv: readonly string[]): string =>
  isPinning(argv) ? 'releases --pin' : (argv[0] ?? '')

/** `gatling releases`, when it changes which of them stay. */
export const isPinning = ([verb, ...words]: readonly string[]): boolean =>
  verb === 'releases' && words.some(word => /^--(un)?pin(=|$)/.test(word))

/** Whether a key may run a command for an app; without an app it concerns the server, and every app on it. */
export const mayDo = ({ apps, can }: Grant, project: string | null, command: string): boolean => {
  if (apps === 'all') return can.includes('admin') || hasRight(can, command)
  if (project === null || !apps.includes(project)) return false
  return hasRight(can, command) || (can.includes('admin') && ofAnApp.includes(command))
}

const hasRight = (can: readonly Right[], command: string): boolean =>
  can.some(right => right !== 'admin' && commands[right].includes(command))

/** All that an app's own admin may do. What is not named here reaches beyond the app, or may do so one day. */
const ofAnApp: readonly string[] = [...Object.values(commands).flat(), 'unload']

/** The config keys of a command line whose values would run code, where the key has no right that means that. */
export const codeKeysIn = ({ can }: Grant, argv: readonly string[]): readonly string[] => {
  const isSet = argv[0] === 'config' && argv.includes('set')
  if (!isSet || can.some(right => meansCode.includes(right))) return []
  return argv.map(word => word.replace(/=.*/s, '')).filter(runsCode)
}
const meansCode: readonly Right[] = ['deploy', 'console', 'admin']
