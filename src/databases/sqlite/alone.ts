import type { EventBody } from '../../core/event.js'
import { changeSqlite, readSqlite, type SqliteFile } from '../../state/sqlite.js'
import { aloneAfter } from '../alone-after.js'
import { nextLabel, servedBy, servingOf, withCopy, withoutLabel } from '../backups/copies.js'
import { awaitRuns } from '../renew.js'
import { liveValue, writeNextValue, writeValue } from '../value.js'
import { noSqlite } from './errors.js'
import { key, sqliteFile } from './file.js'
import { removeFile } from './unit.js'

/** Ends an interrupted promotion: completes it if its deploy went live, otherwise undoes it. */
const finishPromotion = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  const known = readSqlite(project)
  const file = known?.copies.find(({ label }) => label === known.promoting)
  if (!file) return
  // Its deploy can still be running.
  await awaitRuns(project, emit)
  if (isLiveOn(project, file)) {
    emit({ type: 'note', text: `finishes the interrupted promotion of ${file.label}, which serves already` })
    return noteServes(project, file)
  }
  emit({ type: 'note', text: `takes back the interrupted promotion of ${file.label}` })
  await takeBack(project)
}

/** Removes what a killed restore has left. */
const removeUnfinished = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  for (const { label, path, state } of readSqlite(project)?.copies ?? []) {
    if (state !== 'making') continue
    emit({ type: 'note', text: `removes ${label}, which an interrupted command has left` })
    await removeFile(project, path)
    await changeSqlite(project, known => withoutLabel(known, label))
  }
}

/** Changes the SQLite files of an app while nothing else does; see {@link aloneAfter}. */
export const whileAlone = aloneAfter(finishPromotion, removeUnfinished)

/** Tells whether the live release was deployed with this file. */
export const isLiveOn = (project: string, { path }: SqliteFile): boolean => liveValue(project, key) === path

/** Notes that a promotion is running, and makes the next deploy use the file. */
export const pointAt = async (project: string, { label, path }: SqliteFile): Promise<void> => {
  await changeSqlite(project, known => ({ ...known, promoting: label }))
  await writeNextValue(project, key, path, false)
}

/** Makes the next deploy use the file that was live before. */
export const takeBack = async (project: string): Promise<void> => {
  const known = readSqlite(project)
  const serving = known && servingOf(known)
  if (serving) await writeNextValue(project, key, serving.path, false)
  await changeSqlite(project, known => ({ ...known, promoting: null }))
}

/** Notes the live file. No rollback goes back to another one. */
export const noteServes = async (project: string, { label, path }: SqliteFile): Promise<void> => {
  const paths = readSqlite(project)?.copies.map(copy => copy.path) ?? []
  await writeValue(project, key, path, kept => paths.includes(kept), false)
  await changeSqlite(project, known => servedBy(known, label, new Date().toISOString()))
}

/** Notes the file that the app uses, which a person can have changed. @throws GatlingError NO_SQLITE. */
export const noteFile = async (project: string): Promise<SqliteFile> => {
  const path = sqliteFile(project)
  if (path === null) throw noSqlite(project)
  const known = readSqlite(project)
  const serving = known && servingOf(known)
  if (serving?.path === path) return serving
  const now = new Date().toISOString()
  await changeSqlite(project, known => {
    const file = known.copies.find(copy => copy.path === path && copy.state === 'there')
    if (file) return servedBy(known, file.label, now)
    const label = known.copies.length === 0 ? 'r0' : nextLabel(known)
    const added: SqliteFile = { label, path, made_at: now, from: null, state: 'there', served: [] }
    return servedBy(withCopy(known, added), label, now)
  })
  return noteFile(project)
}
