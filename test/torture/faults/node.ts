import type { Fault } from '../fault.js'
import { inDeploy } from '../round.js'

/** Where the machine's node is. */
const node = '$(readlink -f /usr/local/bin/node)'

/** Somebody upgrades node while a deploy is under way: the file that its processes run, and will be started from, changes. */
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
