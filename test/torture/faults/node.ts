import type { Fault } from '../fault.js'
import { inDeploy } from '../round.js'

/** The path of the machine's node. */
const node = '$(readlink -f /usr/local/bin/node)'

/** Changes the file of node during a deploy, as an upgrade does. Running processes use it, and new ones start from it. */
const change = (name: string, harm: string, remedy: string): Fault =>
  inDeploy(name, 'server', random => {
    const ms = random.pick([random.int(100, 1_000), random.int(1_000, 8_000), 20_000])
    return {
      place: `for ${ms} ms`,
      strike: async ({ world }) => {
        await world.agent.sh(harm)
        world.gate.open()
        await new Promise(resolve => setTimeout(resolve, ms))
        await world.agent.sh(remedy)
      },
    }
  })

const putBack = 'mv -f /usr/local/bin/node.away /usr/local/bin/node'

export const nodes: readonly Fault[] = [
  change('node replaced', `n=${node}; cp $n $n.new; mv -f $n.new $n`, 'true'),
  change('node gone', `mv ${node} /usr/local/bin/node.away`, putBack),
  change(
    'node broken',
    `n=${node}; mv $n /usr/local/bin/node.away; printf '#!/bin/sh\\nexit 127\\n' >$n; chmod 755 $n`,
    putBack,
  ),
]
