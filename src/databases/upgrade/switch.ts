import { lstatSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import * as postgres from '../../commands/postgres.js'
import * as systemd from '../../commands/systemd.js'
import type { Action } from '../../core/action.js'
import type { EventBody } from '../../core/event.js'
import { openSession } from '../../hosts/session.js'
import type { Cluster } from '../../state/database.js'
import { clusterPaths, socketFolders, socketOf } from '../cluster.js'
import { awaitOldInstance, swapInstance } from '../renew.js'
import { liveUrlFile } from '../url.js'

/** Returns the path of a cluster's socket (PGHOST, libpq). */
const socketPath = (cluster: Cluster): string => {
  const { folder, port } = socketOf(cluster)
  return join(folder, `.s.PGSQL.${port}`)
}

/** Tells whether the path of the old cluster leads to the newer one, because the running instance may know no other. */
export const isOldPathOpen = (old: Cluster): boolean =>
  lstatSync(socketPath(old), { throwIfNoEntry: false })?.isSymbolicLink() === true

/** Removes what leads from the path of the old cluster to the newer one. The old one cannot start before. */
export const closeOldPath = (old: Cluster): void => {
  if (isOldPathOpen(old)) rmSync(socketPath(old))
}

/** Links the path of the old cluster, which is stopped, to the newer one. */
export const openOldPath = (old: Cluster, newer: Cluster): void => {
  const beside = `${socketPath(old)}.new`
  rmSync(beside, { force: true })
  symlinkSync(socketPath(newer), beside)
  renameSync(beside, socketPath(old))
}

/** Moves the app to the path of the newer cluster. The running instance reaches it by the path of the old one. */
export const leaveOldPath = (
  project: string,
  old: Cluster,
  emit: (event: EventBody) => void,
): readonly Action[] => [
  swapInstance(project, () => false, emit),
  awaitOldInstance(project),
  { name: 'close_old_path', run: () => closeOldPath(old) },
]

/**
 * Ends all sessions but this one and that which holds the writes: a cluster that stops ends them in any order, and one whose
 * write was held could commit it once that one is gone.
 */
const ended = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND pid NOT IN (SELECT pid FROM pg_locks
    WHERE relation = 'pg_catalog.pg_class'::regclass AND mode = 'ExclusiveLock' AND granted)`

/**
 * Moves the socket away, so that nothing can connect. Then ends all sessions, stops the cluster, and waits for the end
 * of its input. If the app's values then name the new cluster, the old path leads there; otherwise the old cluster starts
 * again. So it also works if Gatling was killed.
 */
const script = `set -u
socket=$1 aside=$2 unit=$3 file=$4 word=$5 target=$6; shift 6
install -d -o postgres -g postgres -m 0700 "$aside" && mv "$socket" "$aside/"
for try in $(seq 50); do
  left=$(echo "${ended}" | "$@") && [ "$left" = 0 ] && break
  sleep .02
done
systemctl stop "$unit"
echo stopped
cat >/dev/null
if grep -qF "$word" "$file"; then ln -sf "$target" "$socket.new" && mv -fT "$socket.new" "$socket"
else systemctl restart "$unit"; fi
rm -rf "$aside"
`

export interface Switch {
  /** Ends the switch. The new cluster is live if the app's values name it, otherwise the old one. */
  readonly end: () => Promise<void>
}

/** Stops the old cluster while the app runs. @throws GatlingError COMMAND_FAILED. */
export const beginSwitch = async (project: string, old: Cluster, newer: Cluster): Promise<Switch> => {
  const aside = join(socketFolders, `${old.name}.aside`)
  const ask = postgres.asPostgres(postgres.script({ folder: aside, port: old.port }, 'postgres', ''))
  const session = openSession(
    systemd.runIn({
      name: `gatling-switch-${project}`,
      description: `Switches ${project} to another PostgreSQL`,
      properties: ['Type=exec', 'WorkingDirectory=/'],
      environment: ask.env ?? {},
      attached: 'pipe',
      argv: [
        ...(['sh', '-c', script, 'sh'] as const),
        ...[socketPath(old), aside, clusterPaths(old).unit],
        ...[liveUrlFile(project), `socket_dir=${socketOf(newer).folder}"`, socketPath(newer)],
        ...ask.argv,
      ],
    }),
  )
  await session.ask('', 'stopped')
  return {
    end: async () => {
      await session.end()
    },
  }
}
