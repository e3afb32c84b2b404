import { statfsSync } from 'node:fs'
import * as pgbackrest from '../../commands/pgbackrest.js'
import { asPostgres } from '../../commands/postgres.js'
import type { Command } from '../../core/host.js'
import { runCommand } from '../../hosts/capture.js'
import { readPlain } from '../../hosts/files.js'
import type { Cluster } from '../../state/database.js'
import { serverPaths } from '../../state/server.js'
import { reserveOn } from '../reserve.js'
import type { Loss } from './choose.js'
import { backupToolFailed, roomMissing } from './errors.js'
import { type Kept, type Place, parseInfo } from './repository.js'

/** Names the lock that is held while a backup of an app is made. */
export const backupLock = (project: string): string => serverPaths.lock(`backup-${project}`)

/** Names a cluster for pgBackRest in one of the places. */
export const stanzaOf = (
  project: string,
  { name }: Pick<Cluster, 'name'>,
  place: Place = 'here',
): pgbackrest.Stanza => ({
  config: place === 'here' ? serverPaths.backupConfig(project) : serverPaths.storageConfig(project),
  name,
})

/** Runs pgBackRest as PostgreSQL's user. @returns what it prints. @throws GatlingError BACKUP_TOOL_FAILED. */
export const runTool = async (command: Command): Promise<string> => {
  const { status, stdout, stderr } = await runCommand(asPostgres(command))
  if (status !== 0) throw backupToolFailed('pgBackRest', reasonsIn(`${stdout}${stderr}`))
  return stdout
}

/**
 * Returns the messages of pgBackRest, without times and process ids. From the answer of a storage it takes the
 * sentence.
 */
export const reasonsIn = (text: string): string[] => {
  const refused = /<Code>([^<]*)<\/Code>(?:\s*<Message>([^<]*)<\/Message>)?/.exec(text)
  if (refused) return [`the storage answered: ${refused[2] ?? ''} (${refused[1]})`]
  const lines = text
    .trim()
    .split('\n')
    .map(line => line.replace(/^[\d-]+ [\d:.]+ P\d+\s+/, '').trim())
  const first = lines.findIndex(line => line.startsWith('ERROR'))
  return first < 0 ? lines.slice(-8) : lines.slice(first, first + 8)
}

/** Reads the backups of a cluster in one of the places. @throws GatlingError BACKUP_TOOL_FAILED or STATE_BROKEN. */
export const keptOf = async (
  project: string,
  cluster: Pick<Cluster, 'name'>,
  place: Place = 'here',
): Promise<Kept> =>
  parseInfo(cluster.name, await runTool(pgbackrest.info(stanzaOf(project, cluster, place))), place)

/** Reads which WAL was given up, oldest first. The archive script writes a line for each segment. */
export const lossesOf = (project: string): readonly Loss[] =>
  (readPlain(`${serverPaths.backupFolder(project)}/lost`) ?? '').split('\n').flatMap(line => {
    const [at = '', stanza = '', , reason] = line.split(' ')
    const place = reason === 'storage' ? 'storage' : 'everywhere'
    return Number.isNaN(Date.parse(at)) ? [] : [{ at: new Date(at), stanza, place }]
  })

/** Refuses to fill a disk: a twentieth of it stays free, at most 2 GiB. @throws GatlingError ROOM_MISSING. */
export const refuseWithoutRoom = (what: string, folder: string, bytes: number): void => {
  const { bsize, bavail } = statfsSync(folder)
  const needed = bytes + reserveOn(folder)
  const free = bavail * bsize
  if (free < needed) throw roomMissing(what, folder, needed, free)
}
