import type { Fault } from '../fault.js'
import { checkServing } from '../round.js'

const root = '/var/lib/gatling/apps/shop'

/**
 * The clock of a lab's machine is that of its host, which must not be set. What a jump of it leaves behind can be had: files
 * that were made in the future, or long ago, and dates in state and records.
 */
const jump = (name: string, when: string, year: string): Fault => ({
  name,
  group: 'time',
  plan: random => {
    const what = random.pick(['checkout', 'build', 'state', 'everything'] as const)
    const mode = random.pick(['auto', 'swap'] as const)
    return {
      place: `${what}, ${mode}`,
      run: async round => {
        const { world } = round
        const folders = {
          checkout: [`${root}/build`],
          build: [`${root}/build/_build`],
          state: [`${root}/runs`, `${root}/state.json`, `${root}/deploy/failed`],
          everything: [root, '/etc/gatling', '/etc/nginx/sites-available', '/etc/systemd/system'],
        }[what]
        await world.agent.sh(`find ${folders.join(' ')} -exec touch -h -d '${when}' {} + 2>/dev/null || true`)
        if (what === 'state' || what === 'everything')
          await world.agent.sh(
            `sed -i 's/"\\(at\\|since\\)": "20[0-9][0-9]/"\\1": "${year}/' ${root}/state.json ${root}/runs/*/request.json ${root}/runs/*/result.json`,
          )
        const tag = await world.commit({ mode })
        const said = await world.push().ended
        round.note(said.text)
        if (said.claim !== 'deployed') round.breach('the push after it did not work')
        await checkServing(round, [tag], said.claim, 'deploy')
        if (said.claim === 'deployed') round.settled(tag)
      },
    }
  },
})

export const times: readonly Fault[] = [
  jump('made in the future', 'now + 400 days', '2031'),
  jump('made long ago', '2001-01-01', '2001'),
]
