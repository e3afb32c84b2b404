import * as systemd from '../../commands/systemd.js'
import { runCommand } from '../../hosts/capture.js'
import { must } from '../../hosts/must.js'
import { timersOf } from '../../state/backups.js'
import { readDatabase } from '../../state/database.js'
import { changeSqlite, readSqlite } from '../../state/sqlite.js'
import { scheduleOnce } from './backup.js'
import { sqliteFile } from './file.js'

/**
 * Begins the backups of the SQLite file of an app that went live: one now, and one every day. It does so only once,
 * because a person can stop them.
 */
export const beginBackups = async (project: string): Promise<void> => {
  if (sqliteFile(project) === null || readSqlite(project)?.scheduled === true) return
  await scheduleOnce(project).run()
  await must(systemd.startSoon(`gatling-backup@${project}.service`))
}

/** Ends the backups of a removed app. Its file is gone; the backups stay for an app of the same name. */
export const endBackups = async (project: string): Promise<void> => {
  if (readDatabase(project) !== null || readSqlite(project) === null) return
  for (const timer of timersOf(project)) await runCommand(systemd.disableNow(timer))
  await changeSqlite(project, known => ({ ...known, scheduled: false }))
}
