import { usage } from './errors.js'
import { commands } from './table.js'

/** The verbs that the script of `service <app> <verb>` runs itself, by systemctl. */
const ofSystemd: readonly string[] = ['start', 'stop', 'restart', 'status']

/**
 * Turns `service <app> <verb> ...` into a command line. The app's script for service(8) calls it.
 * @throws GatlingError USAGE, with every verb.
 */
export const fromService = ([, project = '', verb = '', ...words]: readonly string[]): readonly string[] => {
  const verbs = commands.filter(({ service }) => service).map(({ name }) => name)
  if (verbs.includes(verb)) return [verb, project, ...words]
  throw usage(
    `service ${project} has no verb ${JSON.stringify(verb)}`,
    `The verbs are ${[...ofSystemd, ...verbs].join(', ')}.`,
  )
}
