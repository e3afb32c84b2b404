import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Fault, groups, type Round } from './fault.js'
import { allFaults } from './faults/all.js'
import { type Random, randomOf, shuffle } from './random.js'
import { goodPush } from './round.js'
import { createWorld, type World } from './world.js'

export interface Wanted {
  readonly seed: number
  /** The number of the first fault; `faults`: how many follow. */
  readonly from: number
  readonly faults: number
  /** The names of faults or groups; empty: all. */
  readonly kinds: readonly string[]
  /** Whether to run only one fault of each group. */
  readonly oneOfEach?: boolean
  /** The folder for records of broken rounds. */
  readonly folder: string
  /** Whether to continue an earlier run. */
  readonly resume: boolean
  readonly say: (line: string) => void
}

/** The outcome of one fault, which is a line of the progress file. */
export interface Outcome {
  readonly number: number
  readonly kind: string
  readonly group: string
  readonly place: string
  readonly seconds: number
  readonly breaches: readonly string[]
  /** The targets that did not exist. */
  readonly missed: readonly string[]
  /** Remarks about the course of the fault, if several are possible. */
  readonly remarks: readonly string[]
  readonly requests: number
  readonly lost: number
  readonly excused: number
}

export const faultsOf = (kinds: readonly string[]): readonly Fault[] => {
  const unknown = kinds.filter(kind => !allFaults.some(({ name, group }) => name === kind || group === kind))
  if (unknown.length > 0) throw new Error(`there is no kind of fault ${unknown.join(', ')}`)
  return allFaults.filter(({ name, group }) =>
    kinds.length === 0 ? isDefault(group) : kinds.includes(name) || kinds.includes(group),
  )
}

/** Tells whether a group runs without being named. Faults of databases need packages and another app, so they do not. */
const isDefault = (group: Fault['group']): boolean => group !== 'database'

const onePerGroup = (seed: number): readonly Fault[] => {
  const random = randomOf(seed, 0)
  return groups.filter(isDefault).map(group => random.pick(allFaults.filter(fault => fault.group === group)))
}

/** Returns the fault with a number. All kinds come in a random order, then all again in another. */
const faultAt = (kinds: readonly Fault[], seed: number, number: number): Fault => {
  const lap = Math.floor((number - 1) / kinds.length)
  const fault = shuffle(kinds, randomOf(seed, -1 - lap))[(number - 1) % kinds.length]
  if (!fault) throw new Error('no kind of fault is wanted')
  return fault
}

/** Runs one fault after the other. It replaces a machine on which something broke. */
export const torture = async (wanted: Wanted): Promise<readonly Outcome[]> => {
  const { seed, from, faults, resume, say, folder } = wanted
  const kinds = wanted.oneOfEach ? onePerGroup(seed) : faultsOf(wanted.kinds)
  mkdirSync(folder, { recursive: true })
  const progress = join(folder, `${[seed, ...wanted.kinds].join('-')}.jsonl`)
  const done = resume ? outcomesIn(progress) : []
  const outcomes = done.filter(({ number }) => number >= from && number < from + faults)
  if (outcomes.length > 0) say(`${outcomes.length} of ${faults} faults were done before`)
  let world: World | null = null
  let serving = 'v1'
  try {
    for (let number = from; number < from + faults; number++) {
      if (outcomes.some(one => one.number === number)) continue
      if (world === null) {
        world = await createWorld(kinds.some(({ group }) => !isDefault(group)))
        serving = 'v1'
      }
      const random = randomOf(seed, number)
      const { outcome, serves, notes } = await one(
        world,
        serving,
        faultAt(kinds, seed, number),
        number,
        random,
      )
      serving = serves
      outcomes.push(outcome)
      if (resume) appendFileSync(progress, `${JSON.stringify(outcome)}\n`)
      say(lineOf(outcome))
      if (outcome.breaches.length > 0) {
        await dump(world, join(folder, `${seed}-${number}`), outcome, notes)
        await world.close()
        world = null
      }
    }
  } finally {
    await world?.close()
  }
  return outcomes.sort((one, other) => one.number - other.number)
}

const one = async (world: World, before: string, fault: Fault, number: number, random: Random) => {
  const breaches: string[] = []
  const missed: string[] = []
  const remarks: string[] = []
  const notes: string[] = []
  const options: string[] = []
  let settled: string | null = null
  const round: Round = {
    world,
    before,
    breach: what => breaches.push(what.slice(0, 600)),
    miss: what => missed.push(what),
    remark: what => remarks.push(what),
    settled: tag => {
      settled = tag
    },
    pushWith: (...more) => options.push(...more),
    note: text => notes.push(text),
  }
  const began = performance.now()
  const planned = fault.plan(random)
  const mode = random.pick(['auto', 'swap'] as const)
  world.traffic.account()
  let serves = before
  try {
    await planned.run(round)
    serves = settled ?? (await goodPush(round, mode, options))
  } catch (error) {
    round.breach(`it could not be carried out: ${error instanceof Error ? error.stack : String(error)}`)
  }
  const { requests, lost, excused } = world.traffic.account()
  if (lost.length > 0) round.breach(`${lost.length} requests were lost: ${lost.slice(0, 3).join('; ')}`)
  const outcome: Outcome = {
    number,
    kind: fault.name,
    group: fault.group,
    place: planned.place,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    breaches,
    missed,
    remarks,
    requests,
    lost: lost.length,
    excused,
  }
  return { outcome, serves, notes }
}

const outcomesIn = (path: string): Outcome[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line) as Outcome)
    : []

const lineOf = ({ number, kind, place, seconds, breaches, missed, remarks }: Outcome): string => {
  const said = [...missed, ...remarks]
  const end =
    breaches.length > 0
      ? `BROKEN: ${breaches.join(' | ')}`
      : said.length > 0
        ? `ok (${said.join('; ')})`
        : 'ok'
  return `${String(number).padStart(4)}  ${kind}: ${place}  ${seconds.toFixed(1)} s  ${end}`
}

/** Saves what a person needs to find the cause of a breach. */
const dump = async (
  world: World,
  folder: string,
  outcome: Outcome,
  notes: readonly string[],
): Promise<void> => {
  mkdirSync(folder, { recursive: true })
  const put = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  const look = (script: string): Promise<string> => world.agent.sh(script).catch(String)
  put('outcome.json', JSON.stringify(outcome, null, 2))
  put('said.txt', notes.join('\n'))
  put('journal.txt', await look('journalctl --no-pager -o short-precise -n 600'))
  put('processes.txt', await look('ps -eo pid,ppid,user:16,stat,lstart,args | cut -c1-240'))
  put('facts.json', JSON.stringify(await world.agent.facts('shop').catch(String), null, 2))
  put(
    'runs.txt',
    await look(
      'cd /var/lib/gatling/apps/shop/runs; for r in $(ls | sort -n | tail -4); do for f in $r/*; do echo "== $f"; cat $f; echo; done; done',
    ),
  )
  put(
    'folders.txt',
    await look(
      'ls -laR /etc/gatling /var/lib/gatling/route; cd /var/lib/gatling/apps/shop; ls -la . deploy deploy/* runs engine/*; cat state.json; cat /etc/gatling/env/*',
    ),
  )
}

/** Returns the table at the end of a run. */
export const tableOf = (outcomes: readonly Outcome[], { seed, kinds }: Wanted): string => {
  const names = [...new Set(outcomes.map(({ kind }) => kind))].sort()
  const rows = names.map(name =>
    rowOf(
      name,
      outcomes.filter(({ kind }) => kind === name),
    ),
  )
  const total = rowOf('all', outcomes)
  const broken = outcomes.filter(({ breaches }) => breaches.length > 0)
  const seconds = outcomes.reduce((sum, one) => sum + one.seconds, 0) / Math.max(outcomes.length, 1)
  const only = kinds.length > 0 ? ` --kinds '${kinds.join(',')}'` : ''
  return [
    '| kind | faults | not hit | broken | requests | lost | lost in outages |',
    '|---|---|---|---|---|---|---|',
    ...[...rows, total].map(row => `| ${row.join(' | ')} |`),
    '',
    `${seconds.toFixed(1)} s a fault on average.`,
    ...broken.map(
      ({ number, kind }) => `${kind}: npm run torture -- --seed ${seed} --from ${number} --faults 1${only}`,
    ),
  ].join('\n')
}

const rowOf = (name: string, outcomes: readonly Outcome[]): (string | number)[] => [
  name,
  outcomes.length,
  outcomes.filter(({ missed }) => missed.length > 0).length,
  outcomes.filter(({ breaches }) => breaches.length > 0).length,
  ...(['requests', 'lost', 'excused'] as const).map(what =>
    outcomes.reduce((sum, one) => sum + one[what], 0),
  ),
]
