import { existsSync } from 'node:fs'
import * as apt from '../../commands/apt.js'
import type { Action } from '../../core/action.js'
import type { EventBody } from '../../core/event.js'
import { runCommand } from '../../hosts/capture.js'
import { must } from '../../hosts/must.js'
import type { Cluster, Database } from '../../state/database.js'
import { runSql } from '../cluster.js'
import { makeNoMain } from '../install.js'
import { extensionsMissing, versionMissing } from './errors.js'

/** Installs a version of PostgreSQL. @throws GatlingError VERSION_MISSING, in the error of the command. */
export const installVersion = (version: string): Action => ({
  name: 'install_postgresql',
  isMade: () => existsSync(`/usr/lib/postgresql/${version}/bin/pg_upgrade`),
  run: async () => {
    const wanted = `postgresql-${version}`
    await must(apt.update)
    if ((await runCommand(apt.known(wanted))).status !== 0) throw versionMissing(version)
    makeNoMain()
    await must(apt.install([wanted]))
  },
})

/** Checks that the version has all extensions. @throws GatlingError EXTENSIONS_MISSING, in the error of the command. */
export const checkExtensions = ({ cluster }: Database, version: string): Action => ({
  name: 'check_extensions',
  run: async () => {
    const found = await runSql(cluster, 'SELECT extname FROM pg_extension ORDER BY 1')
    const missing = found
      .map(([name = '']) => name)
      .filter(name => !existsSync(`/usr/share/postgresql/${version}/extension/${name}.control`))
    if (missing.length > 0) throw extensionsMissing(version, missing)
  },
})

/** Finds tables without WAL, which are empty in a copy of the database. */
const unlogged = `SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relpersistence = 'u' AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0 ORDER BY 1`

/** Warns about tables that the upgrade does not keep. */
export const sayUnlogged = async ({ cluster }: Database, emit: (event: EventBody) => void): Promise<void> => {
  const tables = await runSql(cluster, unlogged)
  if (tables.length > 0)
    emit({
      type: 'warning',
      text: `these tables are UNLOGGED, so they will be empty, as after a crash: ${tables.map(([name]) => name).join(', ')}`,
    })
}

/**
 * Finds indexes whose order comes from a library (ICU, or the locales of the C library). Another version of the library
 * can have another order (Collation Support), so these are built again. Order by code point, as in clusters that
 * Gatling made, is the same everywhere.
 */
const sorted = `SELECT format('%I.%I', n.nspname, c.relname)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'i' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND EXISTS (
   SELECT FROM unnest(i.indcollation::oid[]) AS used(oid) JOIN pg_collation l ON l.oid = used.oid
    WHERE CASE WHEN l.collprovider = 'd'
          THEN (SELECT datlocprovider <> 'c' OR datcollate NOT IN ('C', 'POSIX', 'C.UTF-8', 'C.utf8')
                  FROM pg_database WHERE datname = current_database())
          ELSE l.collprovider = 'i' OR l.collprovider = 'c' AND l.collcollate NOT IN ('C', 'POSIX', 'C.UTF-8', 'C.utf8') END)
 ORDER BY 1`

/** Lists the indexes to build again, by their names in SQL. */
export const sortedIndexes = async (cluster: Cluster): Promise<readonly string[]> =>
  (await runSql(cluster, sorted)).map(([name = '']) => name)
