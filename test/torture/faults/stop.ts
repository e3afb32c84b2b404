import type { Fault } from '../fault.js'
import { type Action, inDeploy } from '../round.js'
import { huntIn } from './kill.js'

/** A process that stands still for some seconds, and goes on. */
const stop = (name: string, match: string, actions?: readonly Action[], ownMoment = false): Fault =>
  inDeploy(`stop ${name}`, 'stop', random => {
    const ms = random.int(500, 6_000)
    return {
      place: `for ${ms} ms`,
      ownMoment,
      ...(actions ? { actions } : {}),
      strike: async ({ world, miss }, doing) => {
        if (!(await huntIn(world, doing, { match, signal: 'SIGSTOP' }))) miss(`no ${name} was there`)
        await new Promise(resolve => setTimeout(resolve, ms))
        await world.agent.hunt({ match, signal: 'SIGCONT' })
      },
    }
  })

export const stops: readonly Fault[] = [
  stop('perform', 'gatling\\.js perform shop'),
  stop('door', 'gatling\\.js door shop'),
  stop('receive', 'gatling\\.js receive shop', ['hot', 'swap', 'broken build']),
  stop('build', 'run=/\\S+ .*beam\\.smp', ['hot', 'swap', 'broken build'], true),
  inDeploy('out of memory', 'stop', random => {
    const megabytes = random.int(8, 60)
    return {
      place: `${megabytes} MB for the deploy`,
      strike: async ({ world }) => {
        const unit = '$(systemctl list-units --no-legend --plain "gatling-deploy-shop-*" | cut -d" " -f1)'
        await world.agent.sh(
          `for u in ${unit}; do systemctl set-property --runtime $u MemoryMax=${megabytes}M || true; done`,
        )
      },
    }
  }),
]
