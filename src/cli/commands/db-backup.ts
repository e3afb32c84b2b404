import { ago } from '../../core/ago.js'
import { size } from '../../core/size.js'
import { backupsOf } from '../../queries/backups.js'
import { projectOfDatabase, show } from '../on-server.js'
import { print, printJson } from '../output.js'
import { table } from '../render.js'

export const backup = async (
  name: string,
  options: { full?: boolean; to?: 'storage' | 'local' },
): Promise<void> => {
  const project = projectOfDatabase(name, 'backup')
  const { backingOf } = await import('../../databases/backing.js')
  const backing = backingOf(project)
  if (options.to !== undefined) await backing.keepIn(project, options.to)
  const made = await backing.backUp(project, options.full === true, show)
  print(`Backup ${made.id} of ${project}: ${made.kind}, ${size(made.size)}.`)
}

export const backups = async (name: string, options: { json?: boolean }): Promise<void> => {
  const project = projectOfDatabase(name, 'backups')
  const found = await backupsOf(project)
  if (options.json) return printJson(found)
  if (found.backups.length === 0) return print(`${project} has no backup yet: gatling db backup ${project}`)
  print(
    ...table([
      ['BACKUP', 'KIND', 'OF', 'SIZE', 'DATABASE', 'ENDED', 'PROVED', 'WHERE'],
      ...found.backups.map(one => [
        one.id,
        one.damaged ? `${one.kind}, damaged` : one.kind,
        one.of,
        size(one.size),
        size(one.database_size),
        ago(one.ended_at),
        one.proved_at === null ? 'no' : ago(one.proved_at),
        one.place,
      ]),
    ]),
    ...found.copies.map(({ label, serves, from }) =>
      serves
        ? `${label} is live.`
        : `${label} is beside it${from === null ? '' : `, restored from ${from}`}.`,
    ),
    ...found.points.map(
      ({ release, at, of }) =>
        `Before release ${release} (${ago(at)}, ${of}): gatling db restore ${project} --before ${release}`,
    ),
    ...(found.storage === null
      ? ['All of them are only on this machine.']
      : [`The storage is ${found.storage.address}.`]),
    ...(found.storage?.trouble ? [`It cannot be read: ${found.storage.trouble}`] : []),
    ...(found.lost_at === null
      ? []
      : [`Changes until ${found.lost_at} can be lost: some could not be archived.`]),
  )
}
