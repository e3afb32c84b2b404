import { startStorage, storageKeys } from '../../server/storage.js'
import { installClock, setClock } from '../clock.js'
import { type Database, databaseIn, keptBy, leftOffences, servingOffences } from '../database.js'
import { type Asked, backUpAndTidy, type Verb, verbs } from '../database-verbs.js'
import type { DatabaseFacts } from '../facts.js'
import type { Fault, Round } from '../fault.js'
import type { Random } from '../random.js'
import { checkServing, inOutage } from '../round.js'
import type { Doing, Said } from '../world.js'
import { emptyDisk, fillDisk } from './room.js'

/** A blow to a command on databases, at one moment of it. */
interface Blow {
  /** The choices in words. */
  readonly place: string
  /** Prepares what the blow needs, before the command begins. */
  before?(round: Round): Promise<void>
  /** Whether the blow stops the database itself, so that it may be silent. */
  readonly silences?: boolean
  strike(round: Round, doing: Doing, verb: Verb): Promise<void>
  /** Undoes the damage that would break any machine. The command has ended by then. */
  heal?(round: Round, verb: Verb): Promise<void>
  /** Removes what the blow needed, after all checks. */
  end?(round: Round): Promise<void>
}

/** Chooses a moment of the command: a while after an action began, or any time. */
export const momentOf = (verb: Pick<Verb, 'actions'>, random: Random) => {
  const action = random.pick(verb.actions)
  const delayMs = random.int(0, 900)
  const anyMs = random.int(0, 6_000)
  return random.chance(0.25)
    ? { line: /^/, delayMs: anyMs, words: `${anyMs} ms after its begin` }
    : { line: new RegExp(`▸ ${action}`), delayMs, words: `${delayMs} ms after ${action}` }
}

const inCommand = (name: string, some: readonly Verb[], blowOf: (random: Random) => Blow): Fault => ({
  name,
  group: 'database',
  plan: random => {
    const verb = random.pick(some)
    const planned = verb.plan(random)
    const moment = momentOf(verb, random)
    const blow = blowOf(random)
    // Most people run the same command again, but some do nothing.
    const isRepeated = !verb.isTidied || random.chance(0.7)
    return {
      place: [
        `${verb.name} ${planned.words}`.trim(),
        moment.words,
        blow.place,
        isRepeated ? '' : 'nobody repeats it',
      ]
        .filter(Boolean)
        .join(', '),
      run: async begun => {
        const { round, database } = await withDatabase(begun)
        try {
          await blow.before?.(round)
          const asked = await planned.ask(round)
          database.witness.longestSilence()
          const strike = () =>
            strikeAt(round, moment, asked, (round, doing) => blow.strike(round, doing, verb))
          const said = await (verb.holdsMs ? inOutage(round, strike) : strike())
          await blow.heal?.(round, verb)
          await checkServes(round, database, blow.silences === true, verb.holdsMs)
          const repeat = () => again(round, asked)
          if (isRepeated) await (verb.holdsMs ? inOutage(round, repeat) : repeat())
          // What failed is reported until it works: nothing was lost with the storage.
          else if (verb.remembers && (await isReported(round, verb.remembers, said))) await repeat()
          await checkAfter(round, database)
        } finally {
          await blow.end?.(round)
        }
      },
    }
  },
})

/** Strikes a command at a moment of it, and waits until it has ended. */
export const strikeAt = async (
  round: Round,
  moment: ReturnType<typeof momentOf>,
  { argv }: Asked,
  strike: (round: Round, doing: Doing) => Promise<void>,
): Promise<Said> => {
  const { world, note, miss } = round
  const doing = world.say(...argv)
  const isReached = await doing.line(moment.line)
  await new Promise(resolve => setTimeout(resolve, moment.delayMs))
  if (!isReached || doing.isOver()) miss('the command was over before')
  await strike(round, doing)
  const said = await doing.ended
  note(`--- gatling ${argv.join(' ')}: code ${said.code}\n${said.text}`)
  return said
}

/** Whether status reports a failure. It must if the command told it; a killed command could not note it. */
const isReported = async ({ world, breach }: Round, remembers: RegExp, { text }: Said): Promise<boolean> => {
  const { troubles } = await world.agent.database('shop')
  const isNoted = troubles.some(trouble => remembers.test(trouble))
  if (!isNoted && text.includes('(DATABASE_FAILED)')) breach('a command told a failure, and status does not')
  return isNoted
}

export const again = async ({ world, note, breach }: Round, { argv, after, done }: Asked): Promise<void> => {
  const said = await world.say(...argv).ended
  note(`--- again: code ${said.code}\n${said.text}`)
  if (said.code === 0 || done?.test(said.text)) await after?.(said)
  else breach(`the same command failed: ${reasonIn(said.text)}`)
}

/** Adds a database to the round. Making it deploys a version. */
const withDatabase = async (round: Round): Promise<{ round: Round; database: Database }> => {
  const { database, pushed } = await databaseIn(round.world)
  return { round: pushed === null ? round : { ...round, before: pushed }, database }
}

const reasonIn = (text: string): string => text.trim().split('\n').slice(-6).join(' ').slice(0, 500)

/** The longest silence of a database on a busy machine, in ms. */
const silenceMs = 10_000
/** The longest time until it is at rest, in ms. */
const restMs = 90_000

/** Checks that the app, its database and all committed rows are there, before anybody repairs anything. */
const checkServes = async (
  round: Round,
  database: Database,
  isExcused: boolean,
  holdsMs = 0,
): Promise<void> => {
  const { breach, before } = round
  await checkServing(round, [before], 'nothing')
  const silence = database.witness.longestSilence()
  if (!isExcused && silence > silenceMs + holdsMs)
    breach(`the database was silent for ${Math.round(silence)} ms`)
  const facts = await whenNone(round, servingOffences)
  await checkRows(round, database, facts)
}

const checkRows = async ({ breach }: Round, database: Database, facts: DatabaseFacts): Promise<void> => {
  const { record, backupRecord } = facts
  const kept = keptBy(facts)
  const copies = (backupRecord?.copies ?? []).filter(
    ({ state, label }) => state === 'there' && label !== kept,
  )
  const clusters = copies.length > 0 ? copies.map(({ cluster }) => cluster) : record ? [record.cluster] : []
  for (const cluster of clusters) {
    const missing = await database
      .missingIn(cluster)
      .catch(error => [`${cluster.name} does not answer: ${error}`])
    for (const what of missing) breach(what)
  }
}

/** Checks after the command ran again that nothing is left over, and that a backup can be made. */
const checkAfter = async (round: Round, database: Database): Promise<void> => {
  const { before } = round
  // After a promotion another cluster is live.
  database.witness.again()
  await backUpAndTidy(round)
  await checkServing(round, [before], 'nothing')
  const facts = await whenNone(round, facts => [
    ...servingOffences(facts),
    ...leftOffences(facts),
    ...facts.troubles,
  ])
  await checkRows(round, database, facts)
  round.settled(before)
}

/** Waits until nothing is wrong, and reports the remaining breaches. */
const whenNone = async (
  { world, breach }: Round,
  find: (facts: DatabaseFacts) => readonly string[],
): Promise<DatabaseFacts> => {
  const deadline = performance.now() + restMs
  while (true) {
    const facts = await world.agent.database('shop')
    const offences = find(facts)
    if (offences.length > 0 && performance.now() < deadline) {
      await new Promise(resolve => setTimeout(resolve, 500))
      continue
    }
    for (const offence of offences) breach(offence)
    return facts
  }
}

// --- the blows

/** Kills the command that ssh started, and all its children. */
const killTree = `all() { echo $1; for child in $(pgrep -P $1); do all $child; done; }
victims=$(for first in $(pgrep -f '[g]atling.js enter'); do all $first; done)
[ -z "$victims" ] || kill -9 $victims 2>/dev/null || true
echo $victims`

export const killed = (random: Random) => {
  const whom = random.pick(['the command alone', 'all that it began', 'all that it began', 'the laptop'])
  return {
    place: `${whom} killed`,
    strike: async ({ world, miss }: Round, doing: Doing): Promise<void> => {
      if (whom === 'the laptop') return doing.kill('all')
      const victims =
        whom === 'all that it began'
          ? (await world.agent.sh(killTree)).trim()
          : (await world.agent.hunt({ match: 'gatling\\.js enter' })).length
      if (!victims && !doing.isOver()) miss('no command was there')
    },
  }
}

export const powerCut = () => ({
  place: '',
  silences: true,
  strike: async (round: Round, doing: Doing): Promise<void> => {
    await inOutage(round, async () => {
      await round.world.machine.powerCut()
      doing.kill('all')
      await round.world.machine.boot()
    })
  },
})

const repositoryOf = (project: string): string => `/var/lib/gatling/backups/${project}/repository`

/** Removes the folder of the backups, as if its disk were gone. @returns whether it existed. */
const takeStorage = async ({ world }: Round, project: string): Promise<boolean> => {
  const path = repositoryOf(project)
  return (await world.agent.sh(`if mv ${path} ${path}.away 2>/dev/null; then echo moved; fi`)) !== ''
}

const giveStorageBack = async ({ world }: Round, project: string): Promise<void> => {
  const path = repositoryOf(project)
  await world.agent.sh(`[ ! -e ${path}.away ] || { rm -rf ${path}; mv ${path}.away ${path}; }`)
}

const storageGone = (): Blow => ({
  place: '',
  strike: async (round, _, { project }) => {
    if (!(await takeStorage(round, project))) round.miss('there was no storage yet')
  },
  heal: (round, { project }) => giveStorageBack(round, project),
})

/** Makes the storage elsewhere fail during the command. It also has the backups. */
const storageAway = (): Blow => {
  let storage: Awaited<ReturnType<typeof startStorage>> | null = null
  return {
    place: '',
    before: async ({ world: { machine, hostAddress } }) => {
      storage = await startStorage(hostAddress)
      await machine.put('/usr/local/share/ca-certificates/storage.crt', storage.authority)
      await machine.sh(`update-ca-certificates --fresh >/dev/null; echo ${hostAddress} storage.test >>/etc/hosts
        gatling db storage s3://backups/server --endpoint ${storage.endpoint} <<<'${storageKeys}'
        gatling db backup shop --to storage`)
    },
    strike: async () => storage?.lose(),
    heal: async () => storage?.find(),
    end: async ({ world }) => {
      await world.machine.sh('gatling db storage --remove --yes || true')
      await storage?.close()
    },
  }
}

/** Fills the disk until the command has ended, because PostgreSQL itself needs space. */
const diskFull = (random: Random): Blow => {
  const left = random.pick([random.int(100, 900), random.int(1_000, 8_000), random.int(8_000, 60_000)])
  return {
    place: `${left} KB are left`,
    silences: true,
    strike: (round, doing) =>
      inOutage(round, async () => {
        await fillDisk(round.world, left)
        await doing.ended
        await emptyDisk(round.world)
      }),
  }
}

const clockBack = (random: Random): Blow => {
  const [words, seconds] = random.pick([
    ['a minute', 60],
    ['an hour', 3_600],
    ['a day', 86_400],
  ] as const)
  return {
    place: `${words} back`,
    before: installClock,
    strike: round => setClock(round, -seconds),
    heal: round => setClock(round, 0),
  }
}

/** Writes so much WAL that it would fill the disk if all of it had to wait. */
const walFills: Fault = {
  name: 'WAL fills the disk',
  group: 'database',
  plan: random => {
    const isAway = random.chance(0.5)
    const free = random.int(250, 700)
    const megabytes = random.int(500, 1_400)
    return {
      place: `${megabytes} MB of WAL, ${free} MB free${isAway ? ', the storage gone' : ''}`,
      run: async begun => {
        const { round, database } = await withDatabase(begun)
        const { world, breach, note } = round
        const { record } = await world.agent.database('shop')
        if (!record) return breach('no database is noted')
        const unit = `postgresql@${record.cluster.version}-${record.cluster.name}`
        const began = `systemctl show ${unit} -p MainPID -p NRestarts -p ExecMainStartTimestamp`
        const before = await world.agent.sh(began)
        if (isAway) await takeStorage(round, 'shop')
        await fillDisk(world, free * 1_024)
        database.witness.longestSilence()
        try {
          for (let written = 0; written < megabytes; written += 80)
            await database.sql(
              record.cluster,
              "select count(pg_logical_emit_message(false, 'fill', repeat('x', 8000000))) from generate_series(1, 10)",
            )
        } catch (error) {
          breach(`the database took no more: ${String(error).slice(0, 300)}`)
        }
        note(
          await world.agent.sh(
            `df -m /; du -sm /var/lib/postgresql/*/*/pg_wal; cat /var/lib/gatling/backups/shop/lost || true`,
          ),
        )
        if ((await world.agent.sh(began)) !== before) breach('PostgreSQL was started again')
        await emptyDisk(world)
        if (isAway) await giveStorageBack(round, 'shop')
        await checkServes(round, database, false)
        await checkAfter(round, database)
      },
    }
  },
}

const usesStorage = ({ name }: Verb): boolean => ['backup', 'promote', 'verify'].includes(name)

export const databaseFaults: readonly Fault[] = [
  ...verbs.map(verb => inCommand(`db ${verb.name}`, [verb], killed)),
  inCommand('power cut in db', verbs, powerCut),
  inCommand('storage gone in db', verbs, storageGone),
  inCommand('storage elsewhere gone in db', verbs.filter(usesStorage), storageAway),
  inCommand('disk full in db', verbs, diskFull),
  inCommand('clock back in db', verbs, clockBack),
  walFills,
]
