import type { Facts } from './facts.js'
import type { World } from './world.js'

/** The invariants of a machine without a running deploy. Each returns the breaches. */
const invariants: Readonly<Record<string, (facts: Facts) => readonly string[]>> = {
  'the commands answer': ({ said }) => said.map(text => text.trim().slice(0, 200)),

  'something is live': ({ state }) => (state?.live ? [] : ['nothing is']),

  'one instance runs, in the live slot': ({ units, state }) => {
    const wanted = `shop@${state?.live?.slot}.service`
    const there = units.filter(({ name, active }) => name.startsWith('shop@') && active !== 'inactive')
    const wrong = there.filter(
      ({ name, active, sub }) => name !== wanted || active !== 'active' || sub !== 'running',
    )
    return [
      ...(there.some(({ name }) => name === wanted) ? [] : [`${wanted} is not there`]),
      ...wrong.map(({ name, active, sub }) => `${name} is ${active} (${sub})`),
    ]
  },

  'it listens on the live port': ({ ports, state }) =>
    ports.some(({ port }) => port === state?.live?.port) ? [] : [`nobody listens on ${state?.live?.port}`],

  'systemd starts it again, and at boot': ({ units, trial, state, wanted }) => [
    ...(trial.includes(state?.live?.slot ?? '') ? ['the live slot is still on trial'] : []),
    ...(wanted ? [] : ['shop.service is not enabled']),
    ...(units.some(({ name, active }) => name === 'shop.service' && active === 'active')
      ? []
      : ['shop.service is not active']),
  ],

  'nginx routes to it': ({ marker, state, siteLink, siteThere, nginxActive }) => [
    ...(nginxActive === 'active' ? [] : [`nginx is ${nginxActive}`]),
    ...(siteLink !== null && siteThere ? [] : ['its site is not there']),
    ...(marker === (state?.live?.slot === 'b')
      ? []
      : [`the marker is ${marker ? '' : 'not '}there, and slot ${state?.live?.slot} is live`]),
  ],

  'nginx can be reloaded': ({ nginx }) => (nginx === '' ? [] : [nginx.trim()]),

  '`current` is the live release': ({ current, currentThere, state }) =>
    current === `releases/${state?.live?.release}` && currentThere
      ? []
      : [
          `it is ${current}${currentThere ? '' : ', which is not there'}, and ${state?.live?.release} is live`,
        ],

  '`status` agrees': ({ status, state }) =>
    status?.state === 'running' &&
    status.release === state?.live?.release &&
    status.revision === state?.live?.revision
      ? []
      : [`it says ${JSON.stringify(status)}`],

  'no deploy is under way': ({ history, units }) => [
    ...history
      .filter(({ state }) => state === 'running' || state === 'queued')
      .map(({ number, state }) => `deploy ${number} is ${state}`),
    ...units
      .filter(({ name }) => /^gatling-(?!door|(backup|proof|storage)@|(fold|sample)\.|follower-)/.test(name))
      .map(({ name, active }) => `${name} is ${active}`),
  ],

  'no stray process runs': ({ processes, state }) =>
    processes
      .filter(({ own, run, instance }) => run !== '' || (own && !instance.endsWith(`@${state?.live?.slot}`)))
      .map(({ pid, state, line }) => `${pid} ${state} ${line}`),

  'no stray port is open': ({ ports, processes, state }) => {
    const live = new Set(
      processes.filter(({ instance }) => instance.endsWith(`@${state?.live?.slot}`)).map(({ pid }) => pid),
    )
    return ports
      .filter(({ port, pid }) => port >= 20_000 && port < 32_000 && !live.has(pid))
      .map(({ port, pid }) => `${pid} listens on ${port}`)
  },
}

/** The invariants after the next good deploy: nothing of the fault is left. */
const afterDeploy: Readonly<Record<string, (facts: Facts) => readonly string[]>> = {
  'the branch is live': ({ branch, state, history }) => {
    const last = history.find(({ state }) => state === 'ok')
    return last?.task !== 'push' || branch === state?.live?.revision
      ? []
      : [`it is ${branch}, and ${state?.live?.revision} is live`]
  },

  'no file is unfinished': ({ left }) => left,

  'every release on disk was good': ({ onDisk, releases, state }) =>
    onDisk
      .filter(
        number =>
          number !== state?.live?.release &&
          !releases.some(
            ({ release, outcome }) => release === number && (outcome === 'good' || outcome === 'rolled back'),
          ),
      )
      .map(
        number =>
          `release ${number} is ${releases.find(({ release }) => release === number)?.outcome ?? 'unknown'}`,
      ),

  'the records are bounded': ({ onDisk, failed, configs, runs }) => [
    ...(onDisk.length <= 8 ? [] : [`${onDisk.length} releases`]),
    ...(failed.length <= 4 ? [] : [`${failed.length} failed releases`]),
    ...(configs.length <= onDisk.length + failed.length + 2 ? [] : [`${configs.length} configs`]),
    ...(runs.length <= 201 + onDisk.length ? [] : [`${runs.length} runs`]),
  ],
}

const offences = (rules: typeof invariants, facts: Facts): string[] =>
  Object.entries(rules).flatMap(([name, find]) => find(facts).map(what => `${name}: ${what}`))

/** Lists the breaches on a machine at rest; after a good deploy, leftovers are breaches, too. */
export const offencesOf = (facts: Facts, after: 'fault' | 'deploy'): string[] => [
  ...offences(invariants, facts),
  ...(after === 'deploy' ? offences(afterDeploy, facts) : []),
]

/** The longest time until a machine is at rest, in ms: a deploy continues without its pusher, and old versions drain. */
const restMs = 60_000
const lookEveryMs = 300

/** Waits until the machine is at rest. @returns its facts, and the remaining breaches. */
export const atRest = async (
  world: World,
  after: 'fault' | 'deploy',
  patienceMs = restMs,
): Promise<{ facts: Facts; offences: string[] }> => {
  const deadline = performance.now() + patienceMs
  while (true) {
    const facts = await world.agent.facts('shop')
    const offences = offencesOf(facts, after)
    if (offences.length === 0 || performance.now() > deadline) return { facts, offences }
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
  }
}

/** The number of answers in a row that must agree. */
const answers = 12

export interface Expectation {
  /** The versions that can be live. */
  readonly tags: readonly string[]
  /** The result that the push reported. */
  readonly claim: Claim
  /** The version that must be live if the push failed; `after`: if it deployed. */
  readonly before: string
  readonly after: string
}

/** `nothing`: the connection broke, and the pusher got no result. */
export type Claim = 'deployed' | 'not deployed' | 'nothing'

/** Checks that exactly one version answers: an expected one, which the state and the push also name. */
export const serves = async (
  world: World,
  facts: Facts,
  { tags, claim, before, after }: Expectation,
): Promise<{ tag: string | null; offences: string[] }> => {
  const seen = new Set<string>()
  const offences: string[] = []
  for (let count = 0; count < answers; count++) {
    const { tag, failure } = await world.traffic.ask()
    if (tag === null) offences.push(`it does not answer: ${failure}`)
    else seen.add(tag)
  }
  const [tag = null] = seen
  if (seen.size > 1) offences.push(`several versions serve: ${[...seen].join(', ')}`)
  if (tag !== null && !tags.includes(tag)) offences.push(`${tag} serves, and not ${tags.join(' or ')}`)
  const promised = claim === 'deployed' ? after : claim === 'not deployed' ? before : null
  if (promised !== null && tag !== promised)
    offences.push(`the push said "${claim}", and ${tag} serves, not ${promised}`)
  const stated = world.tags.get(facts.state?.live?.revision ?? '')
  if (tag !== null && stated !== tag) offences.push(`the state says ${stated}, and ${tag} serves`)
  return { tag, offences }
}
