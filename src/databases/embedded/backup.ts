import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as postgres from '../../commands/postgres.js'
import type { Action } from '../../core/action.js'
import type { EventBody } from '../../core/event.js'
import { whileLocked } from '../../hosts/lock.js'
import { chooseWhole, type Unmarked } from '../backups/choose.js'
import { databaseName, ownerRole } from '../cluster.js'
import { runActions } from '../run-actions.js'
import { type Embedded, embeddedOf, ensureRunning, lockOf, run, runSql } from './cluster.js'
import { labelsOf } from './labels.js'
import { nameOf, usedBy } from './url.js'

/** How many dumps are kept. */
const mostDumps = 14

/** A dump of a database. */
export interface Dump {
  /** A time, and the label of the database: `20261128-140312-r0`. */
  readonly id: string
  readonly of: string
  readonly endedAt: Date
  /** In bytes. */
  readonly size: number
  readonly path: string
}

const ending = '.dump'

/** Lists the dumps, oldest first. */ export const dumpsOf = ({ dumps }: Embedded): readonly Dump[] =>
  existsSync(dumps)
    ? readdirSync(dumps)
        .filter(name => name.endsWith(ending))
        .sort()
        .map(name => {
          const path = join(dumps, name)
          const { mtime, size } = statSync(path)
          const id = name.slice(0, -ending.length)
          return { id, of: id.split('-').at(-1) ?? '', endedAt: mtime, size, path }
        })
    : []

/** Writes a time as `20261128-140312`. */
const stamp = (at: Date): string =>
  at
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .replace('T', '-')

/**
 * Writes a dump of the database that an app uses, and keeps the last 14.
 * @throws GatlingError NO_DATABASE, EMBEDDED_DATABASE_DOWN or DATABASE_FAILED.
 */
export const backUpEmbedded = async (
  home: string,
  project: string,
  emit: (event: EventBody) => void,
): Promise<Dump> => {
  const embedded = embeddedOf(home, project)
  const { label } = usedBy(home, embedded)
  return whileLocked(lockOf(embedded), async () => {
    await ensureRunning(embedded)
    mkdirSync(embedded.dumps, { recursive: true, mode: 0o700 })
    const path = join(embedded.dumps, `${stamp(new Date())}-${label}${ending}`)
    const kept = 'The database serves as before.'
    await runActions([dumpTo(path, embedded, label)], { verb: 'backup', project, kept, emit })
    const all = dumpsOf(embedded)
    for (const old of all.slice(0, -mostDumps)) rmSync(old.path)
    return all.at(-1) ?? { id: '', of: label, endedAt: new Date(), size: 0, path }
  })
}

/** Writes a dump, which gets its name once it is complete. The next dump overwrites what a killed one has left. */
export const dumpTo = (path: string, embedded: Embedded, label: string): Action => {
  const part = join(dirname(path), `${embedded.project}.part`)
  return {
    name: 'dump_database',
    run: async () => {
      await run(embedded, postgres.dump(embedded.socket, nameOf(label), part))
      renameSync(part, path)
    },
    undo: () => rmSync(part, { force: true }),
  }
}

/** The name of a database until its dump is restored, so that nobody can promote what a killed restore has left. */
const unfinished = `${databaseName}_new`

/**
 * Restores a dump into a new database beside the live one, which does not change.
 * @returns its label, and the dump.
 * @throws GatlingError NO_DATABASE, NO_BACKUPS, RESTORE_REFUSED or DATABASE_FAILED.
 */
export const restoreEmbedded = async (
  home: string,
  project: string,
  wanted: Unmarked,
  emit: (event: EventBody) => void,
): Promise<{ readonly label: string; readonly dump: Dump }> => {
  const embedded = embeddedOf(home, project)
  usedBy(home, embedded)
  return whileLocked(lockOf(embedded), async () => {
    const dump = chooseWhole(project, wanted, dumpsOf(embedded))
    await ensureRunning(embedded)
    const label = `r${1 + Math.max(...(await labelsOf(embedded)).map(({ label }) => Number(label.slice(1))))}`
    const remove = async (): Promise<void> => {
      await runSql(embedded, `DROP DATABASE IF EXISTS ${unfinished}`)
    }
    const actions: readonly Action[] = [
      {
        name: 'create_database',
        run: async () => {
          await remove()
          await runSql(embedded, `CREATE DATABASE ${unfinished} OWNER ${ownerRole}`)
        },
        undo: remove,
      },
      {
        name: 'restore_dump',
        run: async () => {
          await run(embedded, postgres.restoreDump(embedded.socket, unfinished, ownerRole, dump.path))
          await runSql(embedded, `ALTER DATABASE ${unfinished} RENAME TO ${nameOf(label)}`)
        },
      },
    ]
    const kept = 'The database serves as before, and nothing of the restored one is left.'
    await runActions(actions, { verb: 'restore', project, kept, emit })
    return { label, dump }
  })
}
