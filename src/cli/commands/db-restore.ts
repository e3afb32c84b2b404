import { count } from '../../core/count.js'
import type { Wanted } from '../../databases/backups/choose.js'
import type { Place } from '../../databases/backups/repository.js'
import { parseTime, timeInWords } from '../../databases/backups/time.js'
import { readApp } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { usage } from '../errors.js'
import { projectOfDatabase, show } from '../on-server.js'
import { print, tell } from '../output.js'

/** Restores a database beside the live one. */
export const restore = async (
  name: string,
  options: { at?: string; backup?: string; before?: string; from?: Place },
): Promise<void> => {
  const project = projectOfDatabase(name, 'restore')
  const { backingOf } = await import('../../databases/backing.js')
  const wanted = wantedBy(options)
  const backing = backingOf(project)
  const { label, at, look } = await backing.restore(project, wanted, options.from ?? null, show)
  print(
    `${label} is the database of ${project} ${inWords(wanted, at)}. ${project} does not use it yet.`,
    `Look at it:  ${look}`,
    `Use it:      gatling db promote ${project} ${label}`,
    ...('before' in wanted
      ? [`With older code, in one swap: add --release and its number (gatling releases ${project})`]
      : []),
    backing.days === null
      ? 'It stays until you drop it.'
      : `If nobody promotes it, it is removed after ${backing.days} days.`,
  )
}

/** Reads what to restore. @throws GatlingError USAGE or TIME_UNCLEAR. */
const wantedBy = (options: { at?: string; backup?: string; before?: string }): Wanted => {
  const { at, backup, before } = options
  if (at !== undefined) return { at: parseTime(at) }
  if (backup !== undefined) return { backup }
  if (before !== undefined) return { before: Number(before) }
  throw usage(
    'you did not say what to restore',
    'Name a time with --at, a release with --before, or a backup with --backup.',
  )
}

const inWords = (wanted: Wanted, at: Date | null): string => {
  if ('before' in wanted) return `as it was before release ${wanted.before}`
  if (at !== null) return `as it was at ${timeInWords(at)}`
  return 'backup' in wanted ? `of backup ${wanted.backup}` : ''
}

export const promote = async (name: string, label: string, options: { release?: string }): Promise<void> => {
  const project = projectOfDatabase(name, 'promote')
  const home = gatlingHome()
  const { live } = readApp(home, project)
  const { release } = options
  const { backingOf } = await import('../../databases/backing.js')
  const backing = backingOf(project)
  const before = await backing.promote(project, label, release === undefined ? null : Number(release), show)
  // Another deploy can have gone live since.
  const now = readApp(home, project).live?.release
  const days = backing.days === null ? '' : ` for ${backing.days} days`
  print(
    `${project} ${release === undefined ? '' : `is at release ${now}, and `}uses ${label} now. ${before}, which it used before, stays${days}.`,
    `Go back:  gatling db promote ${project} ${before}${release === undefined ? '' : ` --release ${live?.release}`}`,
  )
  tell(`Gatling now makes the first backup of ${label}.`)
  await backing.backUp(project, false, show)
}

export const verify = async (name: string): Promise<void> => {
  const project = projectOfDatabase(name, 'verify')
  const { backingOf } = await import('../../databases/backing.js')
  for (const { backup, place, tables, rows } of await backingOf(project).verify(project, show))
    print(
      `Backup ${backup} of ${project}${place === 'here' ? '' : ', in the storage,'} is proved: ${count(tables, 'table')} with ${count(rows, 'row')} are as they were.`,
    )
}
