import { audited } from '../../config/audited.js'
import { registeredProjects } from '../../runtimes/root.js'
import { enterByKey, wordsOf } from '../../server/enter.js'
import { byKey, noting } from '../../state/audit.js'
import { readKeys } from '../../state/keys.js'
import { serverPaths } from '../../state/server.js'
import { tell } from '../output.js'
import { createProgram } from '../program.js'

/** Called by sudo for the deploy user: does what ssh was asked for, if the key may, and notes it. */
export const enter = async (): Promise<void> => {
  const { GATLING_KEY: name = '', SSH_ORIGINAL_COMMAND: wanted = '' } = process.env
  const said = audited(wordsOf(wanted), registeredProjects())
  process.exitCode = await noting(
    serverPaths.audit,
    byKey(name, readKeys(serverPaths.keys)),
    said,
    async () => {
      const entered = await enterByKey(name, wanted, line => tell(line))
      if (entered.here === null) return entered.code
      process.env['GATLING_USER'] = name
      await createProgram().parseAsync([...entered.here], { from: 'user' })
      return Number(process.exitCode ?? 0)
    },
  )
}
