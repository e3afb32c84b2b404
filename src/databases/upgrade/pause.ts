import * as postgres from '../../commands/postgres.js'
import { openSession, type Session } from '../../hosts/session.js'
import type { Cluster } from '../../state/database.js'
import { databaseName, socketOf } from '../cluster.js'

/** How long to wait for transactions that write, in seconds. If one has not ended by then, nothing is done. */
const mostSeconds = 30

/**
 * Locks every table, so that others can read but not write it or change its form. pg_class and pg_largeobject stand for
 * tables that do not exist yet and for large objects. If another transaction holds a lock, all locks are released and
 * requested again. This session checks for a deadlock first, so that PostgreSQL ends no session of the app
 * (deadlock_timeout).
 */
const locks = `BEGIN;
SET LOCAL deadlock_timeout = '100ms';
SET LOCAL lock_timeout = '1s';
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
DO $$ DECLARE names text; until timestamptz := clock_timestamp() + interval '${mostSeconds}s';
BEGIN
  LOOP
    BEGIN
      LOCK TABLE pg_catalog.pg_class, pg_catalog.pg_largeobject IN EXCLUSIVE MODE;
      SELECT string_agg(format('%I.%I', n.nspname, c.relname), ', ' ORDER BY c.oid) INTO names
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
         AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast';
      IF names IS NOT NULL THEN EXECUTE 'LOCK TABLE ' || names || ' IN EXCLUSIVE MODE'; END IF;
      EXIT;
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
      IF clock_timestamp() > until THEN
        RAISE 'a transaction of the app has been writing for longer than ${mostSeconds} s';
      END IF;
    END;
    PERFORM pg_sleep(0.05);
  END LOOP;
END $$;
SELECT 'paused';
`

export interface Pause {
  /** @throws GatlingError COMMAND_FAILED when writes are no longer held. */
  readonly confirm: () => Promise<void>
  readonly end: () => Promise<void>
}

/**
 * Holds all writes of a database. They wait, and go on when this or this process ends.
 * @throws GatlingError COMMAND_FAILED.
 */
export const pauseWrites = async (cluster: Cluster): Promise<Pause> => {
  const session: Session = openSession(
    postgres.asPostgres(postgres.script(socketOf(cluster), databaseName, '')),
  )
  await session.ask(locks, 'paused')
  return {
    confirm: () => session.ask("SELECT 'held';\n", 'held'),
    end: async () => {
      await session.end()
    },
  }
}
