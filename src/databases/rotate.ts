import { endedWith } from '../core/ending.js'
import { commandFailed } from '../core/errors.js'
import type { EventBody } from '../core/event.js'
import { whileLocked } from '../hosts/lock.js'
import { rootServices } from '../runtimes/root.js'
import { runAs } from '../server/run-as.js'
import { readApp } from '../state/apps.js'
import type { Database, Login } from '../state/database.js'
import { readRegistered, serverPaths } from '../state/server.js'
import { type Action, runActions } from './action.js'
import { noDatabase } from './errors.js'
import { closeLogin, connectionsOf, databaseOf, isOpen, openLogin, otherThan } from './lookup.js'
import { loginIn, readUrl, urlOf, writeUrl } from './url.js'
import { newPassword } from './verifier.js'

/**
 * Gives an app a new password: by a second login, and a swap to an instance that uses it. The old password is valid until
 * nothing uses it any more.
 * @throws GatlingError NO_DATABASE or DATABASE_FAILED.
 */
export const rotate = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  await whileLocked(serverPaths.lock(`database-${project}`), async () => {
    const database = databaseOf(project)
    const login = loginIn(readUrl(project), database)
    if (login === null) throw noDatabase(project)
    // A killed rotation has left both open: it goes on from there, for the instance that serves can use either.
    const isHalfDone = await isOpen(database, otherThan(login))
    const old = isHalfDone ? otherThan(login) : login
    const kept = 'The app runs on, and its password is as it was.'
    await runActions(
      [
        ...(isHalfDone ? [] : [changeLogin(project, database, old)]),
        swapInstance(project),
        awaitOld(project, database, old),
        closeOld(database, old),
      ],
      { verb: 'rotate', project, kept, emit },
    )
  })
}

const changeLogin = (project: string, database: Database, old: Login): Action => {
  const before = readUrl(project)
  const login = otherThan(old)
  return {
    name: 'change_login',
    run: async () => {
      const password = newPassword()
      await openLogin(database, login, password)
      await writeUrl(project, urlOf(database, login, password))
    },
    undo: async () => {
      if (before !== null) await writeUrl(project, before)
      await closeLogin(database, login)
    },
  }
}

/** The commit that serves, with the values of now. */
const swapInstance = (project: string): Action => ({
  name: 'swap_instance',
  isMade: () => readApp(serverPaths.home, project).live === null,
  run: async () => {
    const argv = [serverPaths.gatling, 'renew', project] as const
    const code = await runAs(project, { argv, verb: 'renew', attached: 'pipe' })
    if (code !== 0) throw commandFailed(argv.join(' '), endedWith(code), [])
  },
})

/** How much longer than its drain an old instance can take, in ms. */
const graceMs = 60_000

/** The old instance finishes what it does, and can open connections until it has ended. */
const awaitOld = (project: string, database: Database, old: Login): Action => ({
  name: 'await_old_instance',
  isMade: async () => !(await isUsed(project, database, old)),
  run: async () => {
    const deadline = performance.now() + (readRegistered(project)?.drain_ms ?? 0) + graceMs
    while ((await isUsed(project, database, old)) && performance.now() < deadline)
      await new Promise(resolve => setTimeout(resolve, 500))
  },
})

const isUsed = async (project: string, database: Database, old: Login): Promise<boolean> => {
  const { live } = readApp(serverPaths.home, project)
  const instances = await rootServices().list(project)
  return instances.some(({ slot }) => slot !== live?.slot) || (await connectionsOf(database, [old])) > 0
}

const closeOld = (database: Database, old: Login): Action => ({
  name: 'close_old_login',
  run: () => closeLogin(database, old),
})
