import { size } from '../../doctor/sizes.js'
import { readApp } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { isServer } from '../../state/server.js'
import { notAServer } from '../errors.js'
import { print, printJson, tell } from '../output.js'
import { renderEvent, table } from '../render.js'

/** Makes a database of the app's own, or repairs it. */
export const create = async (project: string): Promise<void> => {
  refuseElsewhere()
  const { createForValues } = await import('../../server/first-values.js')
  await createForValues(project, process.env['GATLING_USER'])
  readApp(gatlingHome(), project)
  const { createDatabase } = await import('../../databases/create.js')
  await createDatabase(project, event => tell(...renderEvent({ ...event, at: new Date().toISOString() })))
  print(`${project} has a database. The next push uses it.`)
}

export const info = async (project: string, options: { json?: boolean }): Promise<void> => {
  refuseElsewhere()
  const { databaseInfo } = await import('../../queries/database.js')
  const found = await databaseInfo(project)
  if (options.json) return printJson(found)
  const { version, cluster, running, connections, data } = found
  print(
    ...table([
      ['database', `PostgreSQL ${version}, cluster ${cluster}, ${running ? 'running' : 'does not answer'}`],
      ['size', found.size === null ? 'unknown' : size(found.size)],
      ['connections', `${connections.used ?? 'unknown'} of ${connections.most}`],
      ['data', data],
    ]),
  )
}

const refuseElsewhere = (): void => {
  if (!isServer()) throw notAServer('db')
}
