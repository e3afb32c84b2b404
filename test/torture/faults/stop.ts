import type { Fault } from '../fault.js'
import type { Random } from '../random.js'
import { type Action, checkServing, inDeploy, inOutage, reasonIn } from '../round.js'
import type { World } from '../world.js'
import { huntIn } from './kill.js'

/** Chooses the length of a pause, in ms: mostly some seconds, like a snapshot of the machine, sometimes a minute. */
const pauseOf = (random: Random): number =>
  random.pick([random.int(500, 6_000), random.int(500, 6_000), 60_000])

/** Stops a process for a while, then continues it. */
const stop = (name: string, match: string, actions?: readonly Action[], ownMoment = false): Fault =>
  inDeploy(`stop ${name}`, 'stop', random => {
    const ms = pauseOf(random)
    return {
      place: `for ${ms} ms`,
      ownMoment,
      ...(actions ? { actions } : {}),
      strike: async ({ world, miss }, doing) => {
        if (!(await huntIn(world, doing, { match, signal: 'SIGSTOP' }))) miss(`no ${name} was there`)
        await standStill(world, match, ms)
      },
    }
  })

/** Stops a process that serves the app, which answers nobody meanwhile. */
const stopServing = (name: string, matchOf: (slot: string) => string): Fault =>
  inDeploy(`stop ${name}`, 'stop', random => {
    const ms = pauseOf(random)
    return {
      place: `for ${ms} ms`,
      strike: async round => {
        const { world, miss } = round
        const match = matchOf((await world.agent.facts('shop')).state?.live?.slot ?? 'a')
        await inOutage(round, async () => {
          if ((await world.agent.hunt({ match, signal: 'SIGSTOP' })).length === 0)
            miss(`no ${name} was there`)
          await standStill(world, match, ms)
        })
      },
    }
  })

const standStill = async (world: World, match: string, ms: number): Promise<void> => {
  // A held deploy continues, and meets the stopped process.
  world.gate.open()
  await new Promise(resolve => setTimeout(resolve, ms))
  await world.agent.hunt({ match, signal: 'SIGCONT' })
}

/** Makes the compiler use more memory than its limit, so that the kernel kills it. */
const hungryBuild: Fault = {
  name: 'build out of memory',
  group: 'stop',
  plan: random => {
    const megabytes = random.int(250, 400)
    const mode = random.pick(['auto', 'swap'] as const)
    return {
      place: `${megabytes} MB for the deploy, ${mode}`,
      run: async round => {
        const { world, before, breach, note } = round
        await world.commit({ mode, files: { 'lib/hungry.ex': hungry } })
        const doing = world.push()
        await doing.line(/▸ mix_deps_get/)
        await world.agent.sh(limitDeploys(megabytes))
        const said = await doing.ended
        note(`--- hungry build: code ${said.code}, claims "${said.claim}"\n${said.text}`)
        if (said.claim !== 'not deployed')
          breach(`the build ran out of memory, and the push says "${said.claim}"`)
        if (!/memory/.test(said.text)) breach(`nothing is said of memory: ${reasonIn(said.text)}`)
        await world.main.git('reset', '-q', '--hard', 'HEAD~1')
        await checkServing(round, [before], said.claim)
      },
    }
  },
}

const hungry = `defmodule Hungry do
  for _ <- 1..20, do: :erlang.put(make_ref(), :binary.copy(<<1>>, 50_000_000))
end
`

const limitDeploys = (megabytes: number): string => {
  const units = '$(systemctl list-units --no-legend --plain "gatling-deploy-shop-*" | cut -d" " -f1)'
  return `for u in ${units}; do systemctl set-property --runtime $u MemoryMax=${megabytes}M || true; done`
}

export const stops: readonly Fault[] = [
  stop('perform', 'gatling\\.js perform shop'),
  stop('door', 'gatling\\.js door shop'),
  stop('receive', 'gatling\\.js receive shop', ['hot', 'swap', 'broken build']),
  stop('build', 'run=/\\S+ .*beam\\.smp', ['hot', 'swap', 'broken build'], true),
  stopServing('serving node', slot => `instance=\\S+@${slot} .*beam\\.smp`),
  stopServing('nginx', () => 'nginx: (master|worker)'),
  inDeploy('out of memory', 'stop', random => {
    const megabytes = random.int(8, 60)
    return {
      place: `${megabytes} MB for the deploy`,
      strike: async ({ world }) => {
        await world.agent.sh(limitDeploys(megabytes))
      },
    }
  }),
  hungryBuild,
]
