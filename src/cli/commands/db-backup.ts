import { size } from '../../core/size.js'
import { backupsOf } from '../../queries/backups.js'
import { isServer } from '../../state/server.js'
import { notAServer } from '../errors.js'
import { print, printJson, tell } from '../output.js'
import { ago, renderEvent, table } from '../render.js'

const refuseElsewhere = (): void => {
  if (!isServer()) throw notAServer('db')
}

type Emit = Parameters<typeof import('../../databases/backups/backup.js').backUp>[2]
const show: Emit = event => tell(...renderEvent({ ...event, at: new Date().toISOString() }))

export const backup = async (project: string, options: { full?: boolean }): Promise<void> => {
  refuseElsewhere()
  const { backUp } = await import('../../databases/backups/backup.js')
  const made = await backUp(project, options.full === true, show)
  print(`Backup ${made.id} of ${project}: ${made.kind}, ${size(made.size)}.`)
}

export const backups = async (project: string, options: { json?: boolean }): Promise<void> => {
  refuseElsewhere()
  const found = await backupsOf(project)
  if (options.json) return printJson(found)
  if (found.backups.length === 0) return print(`${project} has no backup yet: gatling db backup ${project}`)
  print(
    ...table([
      ['BACKUP', 'KIND', 'OF', 'SIZE', 'DATABASE', 'ENDED', 'PROVED'],
      ...found.backups.map(one => [
        one.id,
        one.damaged ? `${one.kind}, damaged` : one.kind,
        one.of,
        size(one.size),
        size(one.database_size),
        ago(one.ended_at),
        one.proved_at === null ? 'no' : ago(one.proved_at),
      ]),
    ]),
    ...found.copies.map(({ label, serves, from }) =>
      serves ? `${label} serves.` : `${label} is beside it${from === null ? '' : `, restored from ${from}`}.`,
    ),
    ...(found.lost_at === null
      ? []
      : [`Changes until ${found.lost_at} can be lost: some could not be archived.`]),
  )
}
