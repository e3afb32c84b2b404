import { count } from '../../core/count.js'
import { usage } from '../errors.js'
import { projectOnServer, show } from '../on-server.js'
import { print, printJson } from '../output.js'

/** Shows on how many machines an app runs, or changes that. */
export const scale = async (
  name: string,
  wanted: string | undefined,
  options: { json?: boolean },
): Promise<void> => {
  const project = projectOnServer(name, 'scale')
  const { scaleApp, scaleOf } = await import('../../server/scale.js')
  if (wanted !== undefined) await scaleApp(project, numberOf(wanted), show)
  const found = await scaleOf(project)
  if (options.json) return printJson(found)
  print(
    `${project} wants ${count(found.wanted, 'instance')}; it answers on ${found.answering.join(', ') || 'no machine'}.`,
  )
}

/** @throws GatlingError USAGE. */
const numberOf = (text: string): number => {
  if (!/^[1-9]\d{0,2}$/.test(text))
    throw usage(`${text} is not a number of instances`, 'Give a whole number from 1 on.')
  return Number(text)
}
