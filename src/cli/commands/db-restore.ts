import { count } from '../../core/count.js'
import type { Wanted } from '../../databases/backups/choose.js'
import { parseTime, timeInWords } from '../../databases/backups/time.js'
import { readApp } from '../../state/apps.js'
import { serverPaths } from '../../state/server.js'
import { usage } from '../errors.js'
import { projectOnServer, show } from '../on-server.js'
import { print, tell } from '../output.js'

/** Restores beside the database that serves. */
export const restore = async (
  name: string,
  options: { at?: string; backup?: string; before?: string },
): Promise<void> => {
  const project = projectOnServer(name, 'db')
  const { restore: make } = await import('../../databases/backups/restore.js')
  const wanted = wantedBy(options)
  const { label } = await make(project, wanted, show)
  print(
    `${label} is the database of ${project} ${inWords(wanted)}. ${project} still uses the one that it had.`,
    `Look at it:  gatling db psql ${project} --on ${label}`,
    `Use it:      gatling db promote ${project} ${label}`,
    ...('before' in wanted
      ? [`With older code, in one swap: add --release and its number (gatling releases ${project})`]
      : []),
    'If nobody promotes it, it is removed after 7 days.',
  )
}

/** @throws GatlingError USAGE or TIME_UNCLEAR. */
const wantedBy = (options: { at?: string; backup?: string; before?: string }): Wanted => {
  const { at, backup, before } = options
  if (at !== undefined) return { at: parseTime(at) }
  if (backup !== undefined) return { backup }
  if (before !== undefined) return { before: Number(before) }
  throw usage(
    'it is not said what to restore',
    'Name a time with --at, a release with --before, or a backup with --backup.',
  )
}

const inWords = (wanted: Wanted): string => {
  if ('at' in wanted) return `as it was at ${timeInWords(wanted.at)}`
  return 'before' in wanted ? `as it was before release ${wanted.before}` : `of backup ${wanted.backup}`
}

export const promote = async (name: string, label: string, options: { release?: string }): Promise<void> => {
  const project = projectOnServer(name, 'db')
  const { home } = serverPaths
  const { live } = readApp(home, project)
  const { release } = options
  const { promote: make } = await import('../../databases/backups/promote.js')
  const before = await make(project, label, release === undefined ? null : Number(release), show)
  // Another push can have gone live since.
  const now = readApp(home, project).live?.release
  print(
    `${project} ${release === undefined ? '' : `is at release ${now}, and `}uses ${label} now. ${before}, which it used before, stays for 7 days.`,
    `Go back:  gatling db promote ${project} ${before}${release === undefined ? '' : ` --release ${live?.release}`}`,
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
