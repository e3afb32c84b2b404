import * as v from 'valibot'
import type { Socket } from '../../commands/postgres.js'
import type { Counts } from '../../state/backups.js'
import type { Cluster } from '../../state/database.js'
import { databaseName, runSql, runSqlAt } from '../cluster.js'

/** The size up to which tables are counted, in bytes. A count reads the whole table after each backup. */
const mostCounted = 2 * 1_024 ** 3

/** The tables of the app. Each partition is a table. */
const tables = `select c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name,
       pg_relation_size(c.oid) > ${mostCounted} as large
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'm') and c.relpersistence = 'p' and (c.relkind = 'r' or c.relispopulated)
   and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'`

/** How often a moment is looked for in which no transaction begins or ends. It takes about a millisecond. */
const tries = 50

/**
 * Takes the snapshot for the counts, and the place in the WAL that it stands for. If a transaction ended between the two, the
 * counts would not be those of that place, so psql tries again (psql(1), \if, \gset).
 */
const agree = `\\if :agrees
\\else
select pg_current_snapshot() as seen, pg_current_wal_insert_lsn() as lsn, to_json(array(select distinct relation::int8 from pg_locks
  where mode in ('RowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') and relation is not null
    and pid <> pg_backend_pid())) as busy \\gset
begin isolation level repeatable read read only;
select pg_current_snapshot()::text = :'seen' as agrees \\gset
\\if :agrees
\\else
commit;
\\endif
\\endif
`

/**
 * Prints the place in the WAL, the tables that are busy, and each table, as lines of JSON. The commit of a transaction can be
 * in the WAL before that place although the snapshot does not see it yet. Then it still holds its locks, so its tables are busy.
 * If no moment agreed, every table is. psql makes a query of each row of the last answer (psql(1), \gexec).
 */
const script = `\\set agrees false
${agree.repeat(tries)}\\if :agrees
\\else
begin isolation level repeatable read read only;
\\endif
select json_build_object('lsn', :'lsn')::text;
select json_build_object('busy', case when :'agrees' then :'busy'::json else 'null' end)::text;
select case when large then format('select json_build_object(''oid'', %s, ''name'', %L, ''rows'', null)::text', oid, name)
  else format('select json_build_object(''oid'', %s, ''name'', %L, ''rows'', count(*))::text from %s', oid, name, name) end
  from (${tables}) t order by name \\gexec
commit;
`

const lineSchema = v.union([
  v.object({ lsn: v.string() }),
  /** null: every table is. */
  v.object({ busy: v.nullable(v.array(v.number())) }),
  v.object({ oid: v.number(), name: v.string(), rows: v.nullable(v.number()) }),
])

/** Counts the rows of each table, all at one moment. */
export const countRows = async (cluster: Cluster): Promise<Counts> =>
  parseCounts(await runSql(cluster, script))

/** Counts the rows of a cluster that Debian's tools do not manage. */
export const countRowsAt = async (socket: Socket): Promise<Counts> =>
  parseCounts(await runSqlAt(socket, script, databaseName))

/** Reads the answers of the script. @throws ValiError */
export const parseCounts = (answers: readonly (readonly string[])[]): Counts => {
  const lines = answers.map(([line = '']) => v.parse(lineSchema, JSON.parse(line)))
  const busy = lines.flatMap(line => ('busy' in line ? [line.busy] : [])).at(0)
  const isBusy = (oid: number): boolean => busy === null || (busy?.includes(oid) ?? false)
  return {
    lsn: lines.flatMap(line => ('lsn' in line ? [line.lsn] : []))[0] ?? '',
    tables: lines.flatMap(line =>
      'name' in line ? [{ name: line.name, rows: line.rows, busy: isBusy(line.oid) }] : [],
    ),
  }
}
