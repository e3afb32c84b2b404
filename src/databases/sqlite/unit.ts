import { randomBytes } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { dirname } from 'node:path'
import * as v from 'valibot'
import { fromFile, intoFile } from '../../commands/files.js'
import * as systemd from '../../commands/systemd.js'
import type { Command } from '../../core/host.js'
import { runCommand } from '../../hosts/capture.js'
import { nodePlace } from '../../runtimes/definitions.js'
import { appPaths } from '../../state/paths.js'
import { serverPaths, userOf } from '../../state/server.js'
import type { BackedUp } from '../../state/sqlite.js'
import { sandbox } from '../../templates/systemd.js'
import { hiding } from '../client.js'
import { sqliteFailed } from './errors.js'

/** The properties of every unit here: apps have priority, and nothing needs a network. */
const calm = ['Type=exec', 'Nice=10', 'CPUWeight=20', 'IOWeight=20', 'PrivateNetwork=yes']

/** Runs a script of sh in a separate unit, with this process's input and output. */
const inUnit = (project: string, properties: readonly string[], argv: readonly string[]): Command => {
  const [script = '', ...words] = argv
  return systemd.runIn({
    name: `gatling-sqlite-${project}-${randomBytes(4).toString('hex')}`,
    description: `SQLite of ${project}`,
    properties: [...calm, ...properties, 'SyslogIdentifier=gatling-sqlite'],
    environment: { PATH: '/usr/bin:/bin', HOME: '/tmp', LANG: 'C.UTF-8' },
    attached: 'pipe',
    argv: ['sh', '-ec', script, 'sh', ...words],
  })
}

const limits = { memory: '25%', cpu: null, tasks: 64 }

/** Runs a script as the app's own user, because root opens no file that an app could have put into its folder. */
const asApp = (project: string, path: string, ...argv: readonly string[]): Command => {
  const { root } = appPaths(serverPaths.home, project)
  const writable = [root, `-${dirname(path)}`]
  return inUnit(project, sandbox(userOf(project), nodePlace(project), writable, [], limits), argv)
}

const sqlite3 = 'sqlite3 -batch -bail -readonly -init /dev/null'

/**
 * A copy in one read transaction, for as long as it takes. Writers go on, and the copy never starts again (VACUUM
 * INTO).
 */
const copyOut = `trap 'rm -f -- "$2"' EXIT
rm -f -- "$2"
${sqlite3} "$1" '.timeout 60000' "VACUUM INTO '$2'"
cat -- "$2"`

/** Writes a consistent copy of an app's file, while the app writes to it. @throws GatlingError SQLITE_FAILED. */
export const copyFile = (project: string, path: string, to: string): Promise<void> => {
  const { root } = appPaths(serverPaths.home, project)
  // The copy is in the app's folder, because /tmp can be in memory.
  return mustOn(path, intoFile(asApp(project, path, copyOut, path, `${root}/sqlite-backup.db`), to))
}

/** A script that writes a file, which gets its name once it is complete. */
const putIn = `mkdir -p -- "$(dirname -- "$1")"
rm -f -- "$1.part"
cat >"$1.part"
sync -- "$1.part"
mv -T -- "$1.part" "$1"`

/** Gives an app a file, which becomes its own. @throws GatlingError SQLITE_FAILED. */
export const putFile = (project: string, from: string, path: string): Promise<void> =>
  mustOn(path, fromFile(asApp(project, path, putIn, path), from))

/** Removes a database file, with the two other files that belong to it. */
export const removeFile = (project: string, path: string): Promise<void> =>
  mustOn(path, asApp(project, path, 'rm -f -- "$1" "$1-wal" "$1-shm" "$1.part"', path))

const mustOn = async (path: string, command: Command): Promise<void> => {
  const { status, stderr } = await runCommand(command)
  if (status !== 0) throw sqliteFailed(path, stderr.trim().split('\n'))
}

/** One query for each table, which prints a line of JSON. A virtual table keeps its rows in ordinary tables. */
const queries = `SELECT printf('SELECT json_object(''name'', %Q, ''rows'', count(*)) FROM "%w";', name, name)
FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE 'CREATE VIRTUAL %' ORDER BY name`

const look = `open() { ${sqlite3} -safe 'file:/tmp/copy.db?immutable=1' "$@"; }
if [ "$2" = whole ]; then open 'PRAGMA integrity_check(10)'; fi
queries=$(open "$1")
printf '%s\\n' "$queries" | open`

/** The contents of a copy. */
export interface Contents {
  /** The rows of each table. */
  readonly tables: BackedUp['tables']
  /** The damage that SQLite found. Empty also if nobody looked. */
  readonly damage: readonly string[]
}

const tableSchema = v.object({ name: v.string(), rows: v.number() })

/**
 * Counts the rows of a copy, as a user who can reach nothing else.
 * @param whole whether to check every page, too.
 * @throws GatlingError SQLITE_FAILED.
 */
export const contentsOf = async (project: string, copy: string, whole: boolean): Promise<Contents> => {
  const properties = [
    ...sandbox(`sqlite-${project}`, nodePlace(project), ['/tmp'], [], limits),
    'DynamicUser=yes',
    `BindReadOnlyPaths=${copy}:/tmp/copy.db`,
    hiding,
  ]
  // An app could have made the file to harm its reader. This user can reach it only there, because only root can enter
  // its folder.
  chmodSync(copy, 0o444)
  const { status, stdout, stderr } = await runCommand(
    inUnit(project, properties, [look, queries, whole ? 'whole' : 'counts']),
  )
  if (status !== 0) throw sqliteFailed(copy, stderr.trim().split('\n'))
  const lines = stdout.split('\n').filter(line => line !== '')
  const isTable = (line: string): boolean => line.startsWith('{"name":')
  return {
    tables: lines.filter(isTable).map(line => v.parse(tableSchema, JSON.parse(line))),
    damage: lines.filter(line => !isTable(line) && line !== 'ok'),
  }
}
