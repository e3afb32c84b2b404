import { isServer } from '../../state/server.js'
import { notAServer } from '../errors.js'
import { print } from '../output.js'

/** Moves the instances of scaled apps away from a machine. */
export const drain = async (name: string): Promise<void> => {
  if (!isServer()) throw notAServer('nodes')
  const { drainNode } = await import('../../server/drain.js')
  await drainNode(name)
  print(`No scaled app runs on ${name}. \`gatling nodes undrain ${name}\` lets it run instances again.`)
}

export const undrain = async (name: string): Promise<void> => {
  if (!isServer()) throw notAServer('nodes')
  const { undrainNode } = await import('../../server/drain.js')
  await undrainNode(name)
  print(`${name} can run instances again. Instances that run elsewhere stay there.`)
}
