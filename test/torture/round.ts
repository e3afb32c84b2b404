import { atRest, type Claim, serves } from './checker.js'
import type { Facts } from './facts.js'
import type { Fault, Round } from './fault.js'
import type { Random } from './random.js'
import type { Doing, Said, World } from './world.js'

// --- the deploy that a fault strikes

export const actions = [
  'hot',
  'swap',
  'broken build',
  'failing hook',
  'rollback',
  'redeploy',
  'retry',
] as const
export type Action = (typeof actions)[number]

/** The actions, as often as people use them. */
const often: readonly Action[] = [
  ...Array<Action>(6).fill('hot'),
  ...Array<Action>(6).fill('swap'),
  'broken build',
  'failing hook',
  'rollback',
  'rollback',
  'redeploy',
  'retry',
]

/** The steps whose hooks can hold a push. */
const steps = [
  'mix_deps_get',
  'mix_compile',
  'mix_release',
  'make_upgrade_dir',
  'copy_release_to_upgrade',
  'upgrade_service',
  'configure_nginx',
]
const hooks = steps.flatMap(step => [`before_${step}`, `after_${step}`])

/** A moment of a deploy: in a hook that holds it, or a while after a line of its output. */
export type Moment = { readonly hook: string } | { readonly line: RegExp; readonly delayMs: number }

const said = (text: string): RegExp => new RegExp(text === 'is live' ? '✓ Release \\d+ is live' : text)

const momentOf = (action: Action, random: Random): Moment => {
  const isHeld = random.chance(0.4)
  const hook = random.pick(hooks)
  const line = random.pick([
    ...(action === 'rollback' || action === 'retry' ? [] : steps.map(step => `▸ ${step}`)),
    '▸ upgrade_service',
    '▸ upgrade_service',
    'is live',
  ])
  const delayMs = random.int(0, /upgrade_service/.test(line) ? 2_500 : 700)
  const anyMs = random.int(0, action === 'rollback' ? 2_500 : 7_000)
  const isAny = random.chance(0.25)
  if (isHeld && (action === 'hot' || action === 'swap' || action === 'retry')) return { hook }
  return isAny ? { line: /^/, delayMs: anyMs } : { line: said(line), delayMs }
}

const inWords = (moment: Moment): string =>
  'hook' in moment
    ? `in ${moment.hook}`
    : `${moment.delayMs} ms after ${moment.line.source === '^' ? 'its begin' : `"${moment.line.source}"`}`

interface Begun {
  readonly doing: Doing
  /** The version that is live after a success. */
  readonly after: string
  /** Whether it can succeed. */
  readonly canWork: boolean
  /** The number of the last deploy before it. A rollback's version also has an older record, which does not count. */
  readonly since?: number
}

const begin = async ({ world, breach, miss }: Round, action: Action, hook: string | null): Promise<Begun> => {
  const { gate } = world
  const mode = action === 'swap' ? 'swap' : 'auto'
  if (action === 'rollback') {
    const { state, releases, onDisk, history } = await world.agent.facts('shop')
    const live = state?.live?.release ?? 0
    const back = [...releases]
      .filter(
        ({ release, outcome }) => release < live && onDisk.includes(release) && /good|rolled/.test(outcome),
      )
      .sort((one, other) => other.release - one.release)[0]
    if (back) {
      const after = world.tags.get(back.revision) ?? 'unknown'
      const since = history[0]?.number ?? 0
      return { doing: world.say('rollback', 'shop', String(back.release)), after, canWork: true, since }
    }
    miss('there is nothing to go back to')
  }
  if (action === 'redeploy') {
    const { history } = await world.agent.facts('shop')
    const last = history.find(({ task }) => task !== 'plan')
    const after = world.tags.get(last?.revision ?? '') ?? 'unknown'
    return { doing: world.say('redeploy', 'shop'), after, canWork: true }
  }
  const held =
    hook ?? (action === 'retry' || action === 'failing hook' ? 'after_copy_release_to_upgrade' : null)
  const fails = action === 'retry' || action === 'failing hook'
  gate.set(fails ? 'fail' : hook === null ? 'go' : 'wait')
  const after = await world.commit({ mode, hook: held, broken: action === 'broken build' })
  if (action !== 'retry') return { doing: world.push(), after, canWork: action !== 'broken build' && !fails }
  const failed = await world.push().ended
  if (failed.claim !== 'not deployed') breach(`a hook failed, and the push said "${failed.claim}"`)
  gate.set(hook === null ? 'go' : 'wait')
  return { doing: world.say('retry', 'shop'), after, canWork: true }
}

/** Waits for the moment. @returns false if the deploy was over before. */
const reached = async (world: World, { doing }: Begun, moment: Moment): Promise<boolean> => {
  if ('hook' in moment) {
    await Promise.race([world.gate.reached(), doing.ended])
    return !doing.isOver()
  }
  const isSaid = await doing.line(moment.line)
  await new Promise(resolve => setTimeout(resolve, moment.delayMs))
  return isSaid
}

export interface Strike {
  readonly place: string
  /** The actions that it can strike; undefined: all. */
  readonly actions?: readonly Action[]
  /** Strikes now, at the chosen moment. */
  strike(round: Round, doing: Doing): Promise<void>
  /** Undoes the damage that would break any machine, before the checks. */
  heal?(round: Round): Promise<void>
  /** Whether it waits for its own moment, from the beginning of the deploy on. */
  readonly ownMoment?: boolean
}

/** Makes a fault that strikes a running deploy. */
export const inDeploy = (
  name: string,
  group: Fault['group'],
  strikeOf: (random: Random) => Strike,
): Fault => ({
  name,
  group,
  plan: random => {
    const blow = strikeOf(random)
    const action = random.pick(often.filter(one => blow.actions?.includes(one) ?? true))
    const drawn = momentOf(action, random)
    const moment = blow.ownMoment ? { line: /^/, delayMs: 0 } : drawn
    const where = blow.ownMoment ? '' : ` ${inWords(moment)}`
    return {
      place: `${action}${where}${blow.place === '' ? '' : `, ${blow.place}`}`,
      run: async round => {
        const { world } = round
        const begun = await begin(round, action, 'hook' in moment ? moment.hook : null)
        if (!(await reached(world, begun, moment))) round.miss('the deploy was over before')
        await blow.strike(round, begun.doing)
        world.gate.open()
        const said = await begun.doing.ended
        const at = performance.now()
        round.note(`--- ${action}: code ${said.code}, claims "${said.claim}"\n${said.text}`)
        await blow.heal?.(round)
        await checkAfter(round, begun, said, at)
      },
    }
  },
})

const checkAfter = async (round: Round, begun: Begun, said: Said, at: number): Promise<void> => {
  const { world, before, breach } = round
  const { after, canWork } = begun
  const { facts, offences } = await atRest(world, 'fault')
  for (const offence of offences) breach(offence)
  const tags = canWork ? [before, after] : [before]
  const served = await serves(world, facts, { tags, claim: said.claim, before, after })
  for (const offence of served.offences) breach(offence)
  checkRecord(round, facts, served.tag, begun)
  if (said.claim !== 'deployed') return
  const seen = world.traffic.seenSince(at)
  if (seen.every(tag => tag === after)) return
  // While both versions run, the old one answers if the live one dies.
  const isStandIn = seen.every(tag => tag === after || tag === before) && (await hasDied(world, facts))
  if (isStandIn) round.remark(`${before} stood in for ${after}, which died`)
  else breach(`after the push had ended ${seen.join(', ')} answered, not ${after}`)
}

/** Tells whether systemd had to restart the live instance. */
const hasDied = async ({ machine }: World, { state }: Facts): Promise<boolean> => {
  const unit = `shop@${state?.live?.slot}.service`
  return Number(await machine.sh(`systemctl show ${unit} -p NRestarts --value`)) > 0
}

/** Checks that the record of the deploy has its real outcome. */
const checkRecord = (
  { before, breach, world }: Round,
  { history }: Facts,
  tag: string | null,
  { after, since = 0 }: Begun,
): void => {
  if (before === after || tag === null) return
  const last = history.find(
    ({ number, revision, task }) => number > since && task !== 'plan' && world.tags.get(revision) === after,
  )
  if (!last) {
    if (tag === after) breach(`${after} serves, and the history knows of no deploy of it`)
  } else if ((last.state === 'ok') !== (tag === after)) {
    breach(`${tag} serves, and the history says that deploy ${last.number}, of ${after}, is ${last.state}`)
  }
}

// --- the checks of every fault

/** Makes an undisturbed push, which must work and leave nothing of the fault. @returns the new version. */
export const goodPush = async (
  round: Round,
  mode: 'auto' | 'swap',
  options: readonly string[],
): Promise<string> => {
  const { world, before, breach } = round
  const tag = await world.commit({ mode })
  const said = await world.push(undefined, ...options).ended
  const at = performance.now()
  round.note(`--- good push: code ${said.code}\n${said.text}`)
  if (said.claim !== 'deployed') breach(`the next push did not work: ${reasonIn(said.text)}`)
  const { facts, offences } = await atRest(world, 'deploy')
  for (const offence of offences) breach(`after the next push: ${offence}`)
  const served = await serves(world, facts, { tags: [tag], claim: said.claim, before, after: tag })
  for (const offence of served.offences) breach(`after the next push: ${offence}`)
  const seen = world.traffic.seenSince(at)
  if (said.claim === 'deployed' && seen.some(one => one !== tag))
    breach(`after the next push had ended ${seen.join(', ')} answered, not ${tag}`)
  return tag
}

/** Returns the line that says why a push failed. */
export const reasonIn = (text: string): string =>
  /✗ NOT DEPLOYED.*\n+(.*)/.exec(text)?.[1]?.trim() ??
  /^.*(✗|rejected|fatal|error:).*$/m.exec(text)?.[0].trim() ??
  text.trim().split('\n').at(-1) ??
  ''

/** Checks that one of these versions is live. @returns it. */
export const checkServing = async (
  round: Round,
  tags: readonly string[],
  claim: Claim,
  rest: 'fault' | 'deploy' = 'fault',
): Promise<string | null> => {
  const { world, breach, before } = round
  const { facts, offences } = await atRest(world, rest)
  for (const offence of offences) breach(offence)
  const served = await serves(world, facts, { tags, claim, before, after: tags.at(-1) ?? before })
  for (const offence of served.offences) breach(offence)
  return served.tag
}

/** Does some work that takes the machine down or cuts it off. Lost requests are excused until the app answers again. */
export const inOutage = async <Value>(
  { world, breach }: Round,
  work: () => Promise<Value>,
): Promise<Value> => {
  const end = world.traffic.outage()
  try {
    const value = await work()
    await world.answers().catch(() => breach('the app did not come back by itself in 20 s'))
    return value
  } finally {
    end()
  }
}
