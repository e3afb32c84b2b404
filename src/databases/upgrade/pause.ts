import * as postgres from '../../commands/postgres.js'
import { openSession, type Session } from '../../hosts/session.js'
import type { Cluster } from '../../state/database.js'
import { databaseName, socketOf } from '../cluster.js'

/** How long it is tried, in seconds: a transaction that has written ends by then, or nothing is done. */
const mostSeconds = 30

/**
 * Takes a lock that lets others read every table, but not write one or change its form; pg_class and pg_largeobject stand for
 * what is in no table yet. Where another transaction has one of them, all are given back and asked for again; this session
 * looks for a deadlock first, so that none of the app's is ended for it (deadlock_timeout).
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
 * Holds all writes of a database: they wait, and go on as if nothing had been when this ends, or this process does.
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
