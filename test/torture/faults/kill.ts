import type { Victim } from '../agent.js'
import type { Fault } from '../fault.js'
import type { Random } from '../random.js'
import { type Action, inDeploy, inOutage, type Strike } from '../round.js'
import type { Doing, World } from '../world.js'

const building: readonly Action[] = ['hot', 'swap', 'broken build', 'failing hook', 'redeploy']
const pushing: readonly Action[] = ['hot', 'swap', 'broken build', 'failing hook']

/** Signals processes once they exist, while the deploy runs. @returns whether any existed. */
export const huntIn = async (world: World, doing: Doing, victim: Victim): Promise<boolean> => {
  while (!doing.isOver()) {
    if ((await world.agent.hunt({ ...victim, waitMs: 500 })).length > 0) return true
    world.gate.open()
  }
  return false
}

/** Kills matching processes at one moment of the deploy. */
const atMoment = (name: string, group: Fault['group'], match: string, actions?: readonly Action[]): Fault =>
  inDeploy(name, group, () => ({
    place: '',
    ...(actions ? { actions } : {}),
    strike: async ({ world, miss }, doing) => {
      const found = await world.agent.hunt({ match })
      if (found.length === 0 && !doing.isOver()) miss(`no ${name} was there`)
    },
  }))

/** Kills a short-lived process a while after it starts. */
const asItComes = (
  name: string,
  group: Fault['group'],
  match: string,
  longestMs: number,
  actions: readonly Action[],
): Fault =>
  inDeploy(name, group, (random: Random): Strike => {
    const delayMs = random.int(0, longestMs)
    return {
      place: `${delayMs} ms after it began`,
      ownMoment: true,
      actions,
      strike: async ({ world, miss }, doing) => {
        if (!(await huntIn(world, doing, { match, delayMs, all: false }))) miss(`no ${name} came`)
      },
    }
  })

const onLaptop = (name: string, what: 'all' | 'ssh'): Fault =>
  inDeploy(name, 'pusher', () => ({
    place: '',
    strike: async (_, doing) => doing.kill(what),
  }))

/** Kills a process that serves the app. Lost requests are excused until the app answers again. */
const serving = (name: string, group: Fault['group'], match: string): Fault =>
  inDeploy(name, group, () => ({
    place: '',
    strike: async round => {
      const { world, miss } = round
      const slot = (await world.agent.facts('shop')).state?.live?.slot ?? 'a'
      await inOutage(round, async () => {
        const found = await world.agent.hunt({ match: match.replace('SLOT', slot) })
        if (found.length === 0) miss(`no ${name} was there`)
        // Its children end a moment later.
        await new Promise(resolve => setTimeout(resolve, 500))
      })
    },
  }))

export const kills: readonly Fault[] = [
  onLaptop('git', 'all'),
  onLaptop('ssh', 'ssh'),
  atMoment('sshd', 'pusher', '(^| )sshd: gatling'),
  atMoment('receive-pack', 'pusher', 'git receive-pack /var', pushing),
  atMoment('receive', 'pusher', 'gatling\\.js receive shop', pushing),
  atMoment('enter', 'pusher', 'gatling\\.js enter'),

  atMoment('perform', 'server', 'gatling\\.js perform shop'),
  atMoment('perform again', 'server', 'gatling\\.js perform shop'),
  atMoment('door', 'server', 'gatling\\.js door shop'),
  atMoment('deploy and door', 'server', 'gatling\\.js (door|perform) shop'),
  inDeploy('unit', 'server', () => ({
    place: '',
    strike: async ({ world }) => {
      await world.agent.sh("systemctl kill -s KILL 'gatling-deploy-shop-*.service' || true")
    },
  })),
  atMoment('everything', 'server', 'gatling\\.js|git receive-pack|run=/'),

  asItComes('mix', 'build', 'run=/\\S+ .*beam\\.smp.*(mix|elixir)', 1_500, building),
  asItComes('beam of a build', 'build', 'run=/\\S+ .*beam\\.smp', 600, building),
  asItComes('hook process', 'build', 'typescript-child', 400, ['failing hook', 'retry']),
  asItComes('erl_call', 'build', 'run=/\\S+ .*erl_call', 30, ['hot']),
  asItComes('git of a deploy', 'build', 'run=/\\S+ .*git ', 20, building),

  inDeploy('new instance', 'app', random => {
    const delayMs = random.int(0, 1_800)
    return {
      place: `${delayMs} ms after it began`,
      ownMoment: true,
      actions: ['swap'],
      strike: async ({ world, miss }, doing) => {
        const slot = (await world.agent.facts('shop')).state?.live?.slot === 'a' ? 'b' : 'a'
        const match = `instance=\\S+@${slot} .*beam\\.smp`
        if (!(await huntIn(world, doing, { match, delayMs, all: false }))) miss('no new instance came')
      },
    }
  }),
  serving('serving node', 'app', 'instance=\\S+@SLOT .*beam\\.smp'),

  serving('nginx worker', 'nginx', 'nginx: worker'),
  serving('nginx master', 'nginx', 'nginx: master'),
]
