import * as postgres from '../commands/postgres.js'
import type { Action } from '../core/action.js'
import { runCommand } from '../hosts/capture.js'
import type { Cluster } from '../state/database.js'
import { clientCommand } from './client.js'
import { databaseName, socketOf } from './cluster.js'
import { sanitizeFailed } from './errors.js'
import { closeLogin, openLogin } from './lookup.js'
import { inPsql, passwordsOf } from './psql.js'
import { newPassword } from './verifier.js'

/** The login of a script. Nobody else knows its password, which is removed after the script. */
const login = 'app_1'

/**
 * Runs SQL on a database that its app cannot reach yet, in one transaction, with the rights of the app.
 * @param sql the SQL; null: none.
 */
export const sanitize = (project: string, cluster: () => Cluster, sql: string | null): Action => ({
  name: 'sanitize',
  isMade: () => sql === null,
  run: async () => {
    const password = newPassword()
    await openLogin({ cluster: cluster() }, login, password)
    const command = clientCommand({
      ...inPsql(project),
      attached: 'pipe',
      secret: passwordsOf({ login, password }),
      argv: postgres.wholeScript(socketOf(cluster()), databaseName, login).argv,
    })
    const { status, stdout, stderr } = await runCommand({ ...command, input: sql ?? '' })
    if (status !== 0) throw sanitizeFailed(`${stdout}${stderr}`.trim().split('\n').slice(-8))
    await closeLogin({ cluster: cluster() }, login)
  },
})
