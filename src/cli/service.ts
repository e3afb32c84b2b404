import { usage } from './errors.js'
import { commands } from './table.js'

/** What the script of `service <app> <verb>` runs itself, by systemctl. */
const ofSystemd: readonly string[] = ['start', 'stop', 'restart', 'status']

/**
 * service(8)'s way in: `service <app> <verb> ...`, which the app's script hands on, as a command line.
 * @throws GatlingError of wrong usage, with every verb.
 */
export const fromService = ([, project = '', verb = '', ...words]: readonly string[]): readonly string[] => {
  const verbs = commands.filter(({ service }) => service).map(({ name }) => name)
  if (verbs.includes(verb)) return [verb, project, ...words]
  throw usage(
    `service ${project} has no verb ${JSON.stringify(verb)}`,
    `The verbs are ${[...ofSystemd, ...verbs].join(', ')}.`,
  )
}
