import { enterByKey } from '../../server/enter.js'
import { tell } from '../output.js'
import { createProgram } from '../program.js'

/** Called by sudo for the deploy user: does what ssh was asked for, if the key may. */
export const enter = async (): Promise<void> => {
  const { GATLING_KEY: name = '', SSH_ORIGINAL_COMMAND: wanted = '' } = process.env
  const entered = await enterByKey(name, wanted, line => tell(line))
  if (entered.here === null) {
    process.exitCode = entered.code
    return
  }
  process.env['GATLING_USER'] = name
  await createProgram().parseAsync([...entered.here], { from: 'user' })
}
