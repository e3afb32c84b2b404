import { size } from '../../core/size.js'
import { parseTime, timeInWords } from '../../databases/backups/time.js'
import { readApp } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { isServer, serverPaths } from '../../state/server.js'
import { confirmedBy } from '../confirm.js'
import { notAServer, unconfirmed, usage } from '../errors.js'
import { attachment, projectOfDatabase, show } from '../on-server.js'
import { print, printExact, printJson, tell } from '../output.js'
import { table } from '../render.js'

/** Makes a database for an app, or repairs it. */
export const create = async (
  name: string,
  options: { deploy?: boolean; from?: 'storage'; at?: string },
): Promise<void> => {
  const project = projectOfDatabase(name, 'create')
  const at = options.at === undefined ? null : parseTime(options.at)
  if (at !== null && options.from === undefined)
    throw usage('--at needs --from storage', 'A new database has no earlier time.')
  if (options.from !== undefined && !isServer()) throw notAServer('db create --from storage')
  if (!isServer()) return createHere(project, options.deploy === true)
  const { createForValues } = await import('../../server/first-values.js')
  await createForValues(project, process.env['GATLING_USER'])
  const { live } = readApp(gatlingHome(), project)
  if (options.from === 'storage') {
    const { isFileStored } = await import('../../databases/sqlite/bring-back.js')
    if (await isFileStored(project)) return createFile(project, at, options.deploy === true)
  }
  const { createDatabase } = await import('../../databases/create.js')
  const { fromStorage } = await import('../../databases/storage/bring-back.js')
  const source = options.from === 'storage' ? await fromStorage(project, at, show) : null
  await createDatabase(project, source, show)
  if (source)
    print(`${project} has its database back, from backup ${source.backup} and the changes after it.`)
  print(`${project} has a database, and DATABASE_URL is set.`)
  const { backUpFirst } = await import('../../databases/backups/backup.js')
  await backUpFirst(project, show)
  if (options.deploy) return deploy(project)
  tellWhenUsed(project, live !== null)
}

/** Restores the SQLite file of an app from the storage. Its backups begin once the app is live. */
const createFile = async (project: string, at: Date | null, deployed: boolean): Promise<void> => {
  const { bringFileBack } = await import('../../databases/sqlite/bring-back.js')
  const { id, endedAt } = await bringFileBack(project, at, show)
  print(`${project} has its SQLite file back as it was at ${timeInWords(endedAt)}, from backup ${id}.`)
  if (deployed) return deploy(project)
  tellWhenUsed(project, false)
}

/** Makes a database in embedded mode. */
const createHere = async (project: string, deployed: boolean): Promise<void> => {
  const { createEmbedded } = await import('../../databases/embedded/create.js')
  await createEmbedded(gatlingHome(), project, show)
  print(`${project} has a database, and DATABASE_URL is set.`)
  if (deployed) return (await import('./deploy.js')).redeploy(project, {})
  tellWhenUsed(project, readApp(gatlingHome(), project).live !== null)
}

const tellWhenUsed = (project: string, isLive: boolean): void =>
  print(
    isLive
      ? `The next push uses it, or now: gatling redeploy ${project}`
      : `The first push uses it. If that push failed already: gatling redeploy ${project}`,
  )

const deploy = async (project: string): Promise<void> => {
  const { runAs } = await import('../../server/run-as.js')
  const argv = [serverPaths.gatling, 'redeploy', project] as const
  process.exitCode = await runAs(project, { argv, verb: 'redeploy', attached: 'pipe' })
}

export const info = async (name: string, options: { json?: boolean }): Promise<void> => {
  const project = projectOfDatabase(name, 'info')
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
      ...(found.upgraded_from === null
        ? []
        : [
            [
              'before',
              `PostgreSQL ${found.upgraded_from.version}, ${found.upgraded_from.label}, until gatling db upgrade ${project} --finish`,
            ],
          ]),
    ]),
  )
}

/** Opens psql for a person, or runs a script on standard input. */
export const psql = async (name: string, options: { on?: string }): Promise<void> => {
  const project = projectOfDatabase(name, 'psql')
  if (!isServer()) {
    const { openEmbedded } = await import('../../databases/embedded/use.js')
    process.exitCode = await openEmbedded(gatlingHome(), project, attachment(), options.on)
    return
  }
  const { openPsql } = await import('../../databases/psql.js')
  process.exitCode = await openPsql(project, attachment(), options.on, show)
}

export const url = async (name: string, options: { show?: boolean }): Promise<void> => {
  const project = projectOfDatabase(name, 'url')
  const { readLogin, readUrl } = await import('../../databases/url.js')
  const { noDatabase } = await import('../../databases/errors.js')
  const [address, login] = [readUrl(project), readLogin(project)]
  if (address === null || login === null) throw noDatabase(project)
  printExact(options.show ? address : address.replace(login.password, '***'))
  if (!options.show) tell(`With its password: gatling db url ${project} --show`)
}

/** Gives the app a new password, without an interruption. */
export const rotate = async (name: string): Promise<void> => {
  const project = projectOfDatabase(name, 'rotate')
  const databases = await import('../../databases/rotate.js')
  await databases.rotate(project, show)
  print(`${project} has a new password for its database. The old one is no longer valid.`)
}

export const destroy = async (
  name: string,
  options: { yes?: boolean; inUse?: boolean; dump?: boolean },
): Promise<void> => {
  const project = projectOfDatabase(name, 'destroy')
  const noDump = options.dump === false
  if (isServer()) (await import('../../databases/lookup.js')).databaseOf(project)
  const warning = `This removes the database of ${project} with all its data${noDump ? '' : '. A last dump stays'}.`
  if (!options.yes && !(await confirmedBy(project, warning)))
    throw unconfirmed(`destroying the database of ${project}`)
  const dump = await destroyIn(project, options.inUse ?? false, noDump)
  print(
    `The database of ${project} is gone. ${dump === null ? 'There is no dump' : `Its last dump: ${dump}`}`,
  )
}

const destroyIn = async (project: string, inUse: boolean, noDump: boolean): Promise<string | null> => {
  if (isServer()) {
    const { destroyDatabase } = await import('../../databases/destroy.js')
    return destroyDatabase(project, { inUse, noDump }, show)
  }
  const { destroyEmbedded } = await import('../../databases/embedded/use.js')
  return destroyEmbedded(gatlingHome(), project, noDump, show)
}
