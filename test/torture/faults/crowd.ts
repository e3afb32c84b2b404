import { atRest, type Claim, serves } from '../checker.js'
import type { Fault } from '../fault.js'

/** Lets several people push at once, each from their own clone. */
const crowd = (count: number, withinMs = 4_000): Fault => ({
  name: `${count} pushes`,
  group: 'crowd',
  plan: random => {
    const inLine = random.chance(0.5)
    const modes = Array.from({ length: count }, () => random.pick(['auto', 'swap'] as const))
    const delays = Array.from({ length: count }, () => random.int(0, withinMs))
    return {
      place: `${inLine ? 'each based on the one before' : 'each on its own'}, ${modes.join(' ')}, after ${delays.join(' ')} ms`,
      run: async ({ world, before, breach, note, pushWith }) => {
        const pushes: { tag: string; clone: Awaited<ReturnType<typeof world.clone>> }[] = []
        for (const mode of modes) {
          if (inLine) {
            const tag = await world.commit({ mode })
            pushes.push({ tag, clone: await world.clone() })
          } else {
            const clone = await world.clone()
            pushes.push({ tag: await world.commit({ mode }, clone), clone })
          }
        }
        const ended = await Promise.all(
          pushes.map(async ({ tag, clone }, index) => {
            await new Promise(resolve => setTimeout(resolve, delays[index]))
            return { tag, said: await world.push(clone).ended }
          }),
        )
        for (const { tag, said } of ended) note(`--- push of ${tag}: claims "${said.claim}"\n${said.text}`)
        // The next push is not based on the pushes that lost.
        if (!inLine) pushWith('--force')
        const { facts, offences } = await atRest(world, 'fault')
        for (const offence of offences) breach(offence)
        const claiming = (claim: Claim): string[] =>
          ended.filter(({ said }) => said.claim === claim).map(({ tag }) => tag)
        const won = claiming('deployed')
        // A push with a broken connection or a late end can have deployed.
        const unknown = claiming('nothing')
        if (won.length === 0 && unknown.length === 0) breach('of all pushes none worked')
        const tags = won.length === 0 ? [before, ...unknown] : [...won, ...unknown]
        const { offences: wrong } = await serves(world, facts, {
          tags,
          claim: 'nothing',
          before,
          after: before,
        })
        for (const offence of wrong) breach(offence)
        for (const { tag, said } of ended.filter(({ tag }) => !unknown.includes(tag))) {
          const run = facts.history.find(({ revision }) => world.tags.get(revision) === tag)
          if ((run?.state === 'ok') !== (said.claim === 'deployed'))
            breach(`the push of ${tag} says "${said.claim}", and the history that it is ${run?.state}`)
        }
      },
    }
  },
})

export const crowds: readonly Fault[] = [crowd(2), crowd(10), crowd(20, 300)]
