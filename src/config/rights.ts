export type Right = 'deploy' | 'logs' | 'config' | 'console' | 'admin'
export interface Grant {
  readonly apps: 'all' | readonly string[]
  readonly can: readonly Right[]
}
export const mayDo = (grant: Grant, _project: string | null, _command: readonly string[]): boolean =>
  grant.can.includes('admin')
