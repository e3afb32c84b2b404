import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as postgres from '../../commands/postgres.js'
import type { Action } from '../../core/action.js'
import type { EventBody } from '../../core/event.js'
import { whileLocked } from '../../hosts/lock.js'
import { readApp } from '../../state/apps.js'
import { embeddedAccess, embeddedSettings } from '../../templates/postgres.js'
import { databaseName, ownerRole } from '../cluster.js'
import { databaseUrlSet } from '../errors.js'
import { runActions } from '../run-actions.js'
import { newPassword, verifierOf } from '../verifier.js'
import {
  type Embedded,
  embeddedIn,
  embeddedOf,
  ensureRunning,
  isMade,
  isRunning,
  lockOf,
  refuseImpossible,
  run,
  runSql,
  stopRunning,
} from './cluster.js'
import { notedLabel } from './labels.js'
import { readUrl, removeUrl, urlOf, usedIn, writeUrl } from './url.js'

/**
 * Makes a database for an app of embedded mode, or finishes what an earlier run has made.
 * @throws GatlingError PROJECT_UNKNOWN, DATABASE_AS_ROOT, POSTGRES_MISSING, DATABASE_URL_SET or DATABASE_FAILED.
 */
export const createEmbedded = async (
  home: string,
  project: string,
  emit: (event: EventBody) => void,
): Promise<void> => {
  const embedded = embeddedOf(home, project)
  readApp(home, project)
  refuseImpossible(embedded)
  mkdirSync(join(home, 'databases'), { recursive: true, mode: 0o700 })
  await whileLocked(lockOf(embedded), async () => {
    const url = readUrl(home, project)
    if (url !== null && usedIn(embedded, url) === null) throw databaseUrlSet(project)
    await runActions(creating(home, embedded), {
      verb: 'create',
      project,
      kept: 'What was there before is as it was.',
      emit,
    })
  })
}

const creating = (home: string, embedded: Embedded): readonly Action[] => [
  {
    name: 'make_cluster',
    isMade: () => isMade(embedded),
    run: () => makeCluster(embedded),
    undo: () => remove(embedded),
  },
  { name: 'start_cluster', isMade: () => isRunning(embedded), run: () => ensureRunning(embedded) },
  { name: 'create_database', isMade: () => hasDatabase(embedded), run: () => createDatabase(embedded) },
  setDatabaseUrl(home, embedded),
]

/**
 * Makes a cluster, which gets its name once it is complete. So nothing that a killed run leaves looks like a cluster.
 */
const makeCluster = async ({ project, folder }: Embedded): Promise<void> => {
  const made = embeddedIn(project, `${folder}.new`)
  rmSync(made.folder, { recursive: true, force: true })
  mkdirSync(made.folder, { recursive: true, mode: 0o700 })
  await run(made, postgres.initdb(made.data))
  writeFileSync(join(made.data, 'postgresql.conf'), embeddedSettings(folder))
  writeFileSync(join(made.data, 'pg_hba.conf'), embeddedAccess)
  renameSync(made.folder, folder)
}

const remove = async (embedded: Embedded): Promise<void> => {
  if (isMade(embedded)) await stopRunning(embedded)
  for (const folder of [embedded.folder, `${embedded.folder}.new`])
    rmSync(folder, { recursive: true, force: true })
}

const hasDatabase = async (embedded: Embedded): Promise<boolean> =>
  (await runSql(embedded, `SELECT 1 FROM pg_database WHERE datname = '${databaseName}'`)).length > 0

const createDatabase = async (embedded: Embedded): Promise<void> => {
  await runSql(
    embedded,
    `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${ownerRole}') THEN CREATE ROLE ${ownerRole}; END IF; END $$`,
  )
  await runSql(embedded, `CREATE DATABASE ${databaseName} OWNER ${ownerRole}`)
}

const setDatabaseUrl = (home: string, embedded: Embedded): Action => {
  const { project } = embedded
  return {
    name: 'set_database_url',
    isMade: () => usedIn(embedded, readUrl(home, project)) !== null,
    run: async () => {
      const password = newPassword()
      await runSql(embedded, `ALTER ROLE ${ownerRole} LOGIN PASSWORD '${verifierOf(password)}'`)
      await writeUrl(home, project, urlOf(embedded, notedLabel(embedded), password))
    },
    undo: () => removeUrl(home, project),
  }
}
