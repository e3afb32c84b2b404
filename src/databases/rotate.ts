import type { Action } from '../core/action.js'
import type { EventBody } from '../core/event.js'
import { type Database, type Login, writeDatabase } from '../state/database.js'
import { whileAlone } from './alone.js'
import { noDatabase } from './errors.js'
import { closeLogin, connectionsOf, databaseOf, openLogin, otherThan } from './lookup.js'
import { awaitOldInstance, swapInstance } from './renew.js'
import { runActions } from './run-actions.js'
import { liveUrl, loginIn, readUrl, urlOf, writeUrl } from './url.js'
import { newPassword } from './verifier.js'

/**
 * Gives an app a new password with a second login and a swap to an instance that uses it. The old password is valid
 * until nothing uses it.
 * @throws GatlingError NO_DATABASE or DATABASE_FAILED.
 */
export const rotate = (project: string, emit: (event: EventBody) => void): Promise<void> =>
  whileAlone(project, emit, async () => {
    const database = databaseOf(project)
    const used = loginIn(readUrl(project), database)
    if (used === null) throw noDatabase(project)
    // An interrupted rotation continues with its swap, if DATABASE_URL already has the new password.
    const isBegun = database.rotating === used
    const old = isBegun ? otherThan(used) : used
    const login = otherThan(old)
    const kept = 'The app runs on, and its password is as it was.'
    await runActions(
      [
        ...(isBegun ? [] : [changeLogin(database, login)]),
        swapInstance(project, () => loginIn(liveUrl(project), database) === login, emit),
      ],
      { verb: 'rotate', project, kept, emit },
    )
    // The new password is in use from here on, so nothing undoes it.
    await runActions(
      [
        awaitOldInstance(project, async () => (await connectionsOf(database, [old])) > 0),
        closeOld(database, old),
      ],
      {
        verb: 'rotate',
        project,
        kept: 'The app uses its new password. The old one is valid, too.',
        emit,
      },
    )
  })

const changeLogin = (database: Database, login: Login): Action => {
  const { project } = database
  const before = readUrl(project)
  return {
    name: 'change_login',
    run: async () => {
      const password = newPassword()
      writeDatabase({ ...database, rotating: login })
      await openLogin(database, login, password)
      await writeUrl(project, urlOf(database, login, password))
    },
    undo: async () => {
      if (before !== null) await writeUrl(project, before)
      await closeLogin(database, login)
      writeDatabase(withoutRotation(database))
    },
  }
}

const withoutRotation = ({ rotating: _, ...database }: Database): Database => database

const closeOld = (database: Database, old: Login): Action => ({
  name: 'close_old_login',
  run: async () => {
    await closeLogin(database, old)
    writeDatabase(withoutRotation(database))
  },
})
