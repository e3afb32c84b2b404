import { type Answer, ok, type Said, warning } from '../../../doctor/finding.js'
import { inFleetNetwork, isLoopback, type Listener, listeners, written } from '../../../doctor/listeners.js'
import type { ServerFacts } from '../../../doctor/server/facts.js'

const epmdPort = 4369

export const erlangPorts = async ({ apps }: ServerFacts): Promise<Answer> =>
  erlangFindings(
    await listeners(),
    apps.flatMap(({ ports }) => [ports.a, ports.b]),
  )

/** @param appPorts the ports on which apps answer. Other checks look at these. */
export const erlangFindings = (
  all: readonly Listener[],
  appPorts: readonly number[],
): Said | readonly Said[] => {
  const open = all.filter(({ address }) => !isLoopback(address) && !inFleetNetwork(address))
  const epmd = open.filter(({ port, programs }) => port === epmdPort || programs.includes('epmd'))
  const beams = open.filter(
    listener =>
      !epmd.includes(listener) && listener.programs.includes('beam.smp') && !appPorts.includes(listener.port),
  )
  if (epmd.length === 0 && beams.length === 0) return ok('Erlang can be reached only from this machine')
  return [
    ...(epmd.length === 0
      ? []
      : [
          warning(
            `epmd, where Erlang nodes find each other, can be reached from outside: ${epmd.map(written).join(', ')}`,
            "`gatling setup` closes Debian's epmd.socket. Start any other epmd with ERL_EPMD_ADDRESS=127.0.0.1, or close the port in the firewall.",
          ),
        ]),
    ...(beams.length === 0
      ? []
      : [
          warning(
            `Erlang can be reached from outside, on ports that are not for visitors: ${beams.map(written).join(', ')}`,
            'If that is a distribution port, start the node with -kernel inet_dist_use_interface {127,0,0,1}. If an app opens it on purpose, ignore this.',
          ),
        ]),
  ]
}
