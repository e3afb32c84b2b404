import { count } from '../../core/count.js'
import { parseTime, timeInWords } from '../../databases/backups/time.js'
import { usage } from '../errors.js'
import { projectOnServer, show } from '../on-server.js'
import { print, tell } from '../output.js'

/** Restores beside the database that serves. */
export const restore = async (name: string, options: { at?: string; backup?: string }): Promise<void> => {
  const project = projectOnServer(name, 'db')
  const { restore: make } = await import('../../databases/backups/restore.js')
  const { at, backup } = options
  if (at === undefined && backup === undefined)
    throw usage('it is not said what to restore', 'Name a time with --at, or a backup with --backup.')
  const wanted = at === undefined ? { backup: backup ?? '' } : { at: parseTime(at) }
  const { label } = await make(project, wanted, show)
  const what = 'at' in wanted ? `as it was at ${timeInWords(wanted.at)}` : `of backup ${wanted.backup}`
  print(
    `${label} is the database of ${project} ${what}. ${project} still uses the one that it had.`,
    `Look at it:  gatling db psql ${project} --on ${label}`,
    `Use it:      gatling db promote ${project} ${label}`,
    'If nobody promotes it, it is removed after 7 days.',
  )
}

export const promote = async (name: string, label: string): Promise<void> => {
  const project = projectOnServer(name, 'db')
  const { promote: make } = await import('../../databases/backups/promote.js')
  const before = await make(project, label, show)
  print(
    `${project} uses ${label} now. ${before}, which it used before, stays for 7 days.`,
    `Go back:  gatling db promote ${project} ${before}`,
  )
  const { backUp } = await import('../../databases/backups/backup.js')
  tell(`Now the first backup of ${label} is made.`)
  await backUp(project, false, show)
}

export const verify = async (name: string): Promise<void> => {
  const project = projectOnServer(name, 'db')
  const { verify: prove } = await import('../../databases/backups/verify.js')
  const { backup, tables, rows } = await prove(project, show)
  print(
    `Backup ${backup} of ${project} is proved: ${count(tables, 'table')} with ${count(rows, 'row')} are as they were.`,
  )
}
