/** What a key may be allowed to do with an app. */
export const rights = ['deploy', 'logs', 'config', 'console', 'admin'] as const
export type Right = (typeof rights)[number]

/** What a key may do, and with which apps. */
export interface Grant {
  readonly apps: 'all' | readonly string[]
  readonly can: readonly Right[]
}

/** The commands of each right; `admin` has them all, and those that are in no list. */
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
  const reaches = apps === 'all' || (project !== null && apps.includes(project))
  if (!reaches) return false
  if (can.includes('admin')) return apps === 'all' || !ofTheServer.includes(command)
  return can.some(right => right !== 'admin' && commands[right].includes(command))
}

/** What no app's own admin may do: it reaches beyond the app. */
const ofTheServer: readonly string[] = [
  'keys',
  'load',
  'doctor',
  'tls',
  'setup',
  'teardown',
  'audit',
  'elixir',
]
