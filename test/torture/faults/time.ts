import { installClock, setClock } from '../clock.js'
import type { Fault } from '../fault.js'
import { checkServing, inDeploy } from '../round.js'

const root = '/var/lib/gatling/apps/shop'

const hour = 3_600
const aYear = 365 * 24 * hour

/** Sets the clock during a deploy, and sets it right before the next one, so that it jumps both ways. */
const clockJump: Fault = {
  name: 'clock set',
  group: 'time',
  plan: random => {
    const [words, seconds] = random.pick([
      ['an hour ahead', hour],
      ['an hour back', -hour],
      ['a year ahead', aYear],
      ['a year back', -aYear],
    ] as const)
    const deploy = inDeploy('clock set', 'time', () => ({
      place: words,
      strike: round => setClock(round, seconds),
    })).plan(random)
    return {
      place: deploy.place,
      run: async round => {
        await installClock(round)
        try {
          await deploy.run(round)
        } finally {
          await setClock(round, 0)
        }
      },
    }
  },
}

/** Leaves the files of a clock that jumped: they are from the future or long ago, with matching dates in state and records. */
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
  clockJump,
  jump('made in the future', 'now + 400 days', '2031'),
  jump('made long ago', '2001-01-01', '2001'),
]
