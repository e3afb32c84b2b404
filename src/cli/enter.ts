import { byKey, noting } from '../access/audit.js'
import { audited } from '../access/audited.js'
import { commandFor, gitServices } from '../access/command.js'
import { enterByKey } from '../access/enter.js'
import { readKeys } from '../access/keys.js'
import { parseSshCommand } from '../access/ssh-command.js'
import { registeredProjects } from '../state/registered.js'
import { serverPaths } from '../state/server.js'
import { tell } from './output.js'
import { createProgram } from './program.js'
import { commands } from './table.js'

/**
 * Handles a request over ssh, if the key has the right, and notes it. sudo calls it for the deploy user.
 * @returns the exit code.
 */
export const enter = (): Promise<number> => {
  const { GATLING_KEY: name = '', SSH_ORIGINAL_COMMAND: wanted = '' } = process.env
  const asked = parseSshCommand(wanted)
  const said =
    asked.kind === 'git'
      ? audited([asked.service, asked.project], gitServices[asked.service], () => [])
      : audited(asked.argv, commandFor(commands, asked.argv), registeredProjects)
  return noting(serverPaths.audit, byKey(name, readKeys(serverPaths.keys)), said, async () => {
    const entered = await enterByKey(name, asked, commands, line => tell(line))
    if (entered.here === null) return entered.code
    process.env['GATLING_USER'] = name
    await createProgram(entered.here[0]).parseAsync([...entered.here], { from: 'user' })
    return Number(process.exitCode ?? 0)
  })
}
