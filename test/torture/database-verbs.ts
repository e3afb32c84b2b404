import { databaseIn, keptBy } from './database.js'
import type { Round } from './fault.js'
import type { Random } from './random.js'
import type { Said } from './world.js'

/** A command on databases in one round. */
export interface Asked {
  readonly argv: readonly string[]
  /** The refusal of a command that is done already and need not run again. */
  readonly done?: RegExp
  /** Checks the result after a success or such a refusal. */
  after?(said: Said): Promise<void>
}

/** A command on databases that faults can strike. */
export interface Verb {
  readonly name: string
  /** The app whose database it changes. */
  readonly project: 'shop' | 'blog'
  readonly actions: readonly string[]
  /** Whether the next daily backup also removes its leftovers. */
  readonly isTidied?: true
  /** What status reports after a failure, until the command succeeds. */
  readonly remembers?: RegExp
  /** The longest time for which it holds writes on a busy machine, in ms. At the end, connections break for about a second. */
  readonly holdsMs?: number
  /** Chooses its arguments by chance. `ask` later makes what the command needs, undisturbed. */
  plan(random: Random): { readonly words: string; ask(round: Round): Promise<Asked> }
}

/** Runs a command undisturbed. */
const must = async (round: Round, ...argv: readonly string[]): Promise<Said> => {
  const said = await round.world.say(...argv).ended
  if (said.code !== 0) throw new Error(`gatling ${argv.join(' ')} failed:\n${said.text}`)
  return said
}

const backup: Verb = {
  name: 'backup',
  project: 'shop',
  isTidied: true,
  actions: ['make_backup', 'make_backup', 'count_tables'],
  plan: random => {
    const full = random.chance(0.4) ? ['--full'] : []
    return { words: full.join(''), ask: async () => ({ argv: ['db', 'backup', 'shop', ...full] }) }
  },
}

/** Returns when a backup began. pgBackRest's name of a backup ends with that time, in UTC. */
const begunAt = (id: string): number =>
  Date.parse(id.slice(-16, -1).replace(/^(....)(..)(..)-(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z'))

/** The time between the end of the last backup and a time to restore, in ms. That end is known only in whole seconds. */
const apartMs = 2_500

const askRestore = async ({ world, breach }: Round, byBackup: boolean): Promise<Asked> => {
  const { database } = await databaseIn(world)
  const { record, backups } = await world.agent.database('shop')
  const serving = backups?.copies.find(({ serves }) => serves)?.label
  const last = backups?.backups.filter(({ of }) => of === serving).at(-1)
  const from = record?.cluster.name ?? ''
  if (byBackup && last)
    return {
      argv: ['db', 'restore', 'shop', '--backup', last.id],
      after: said => look(said, begunAt(last.id), Date.parse(last.ended_at) + 1_000),
    }
  const wait = Date.parse(last?.ended_at ?? '') + apartMs - Date.now()
  if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait))
  const at = Date.now()
  return {
    argv: ['db', 'restore', 'shop', '--at', new Date(at).toISOString()],
    after: said => look(said, at, at),
  }

  async function look(said: Said, atLeast: number, atMost: number): Promise<void> {
    const label = /^(r\d+) is the database of/m.exec(said.text)?.[1]
    const { backupRecord } = await world.agent.database('shop')
    const copy = backupRecord?.copies.find(one => one.label === label)
    if (!copy) return breach(`a restore succeeded, and ${label} is not there`)
    database.restored(from, copy.cluster.name, atLeast)
    for (const what of await database.missingIn(copy.cluster)) breach(`restored: ${what}`)
    if (await database.hasLater(copy.cluster, atMost))
      breach(`${label} has rows of later than it was asked for`)
  }
}

const restore: Verb = {
  name: 'restore',
  project: 'shop',
  isTidied: true,
  actions: [
    ...['archive_until_now', 'note_copy', 'restore_files', 'restore_files', 'configure_copy'],
    ...['start_copy', 'replay_wal', 'refresh_logins', 'keep_copy'],
  ],
  plan: random => {
    const byBackup = random.chance(0.3)
    return { words: byBackup ? 'a backup' : 'a time', ask: round => askRestore(round, byBackup) }
  },
}

const promote: Verb = {
  name: 'promote',
  project: 'shop',
  isTidied: true,
  actions: [
    ...['start_copy', 'refresh_logins', 'create_stanza', 'archive_wal', 'set_database_url'],
    ...['swap_instance', 'swap_instance', 'make_backup', 'count_tables'],
  ],
  plan: () => ({
    words: '',
    ask: async round => {
      const beside = async (): Promise<string | undefined> =>
        (await round.world.agent.database('shop')).backups?.copies.filter(({ serves }) => !serves).at(-1)
          ?.label
      if ((await beside()) === undefined) {
        const { argv, after } = await askRestore(round, false)
        await after?.(await must(round, ...argv))
      }
      return { argv: ['db', 'promote', 'shop', (await beside()) ?? ''], done: /serves shop already/ }
    },
  }),
}

const rotate: Verb = {
  name: 'rotate',
  project: 'shop',
  actions: ['change_login', 'swap_instance', 'swap_instance', 'await_old_instance', 'close_old_login'],
  plan: () => ({ words: '', ask: async () => ({ argv: ['db', 'rotate', 'shop'] }) }),
}

const verify: Verb = {
  name: 'verify',
  project: 'shop',
  isTidied: true,
  remembers: /^the last proof of a backup/,
  actions: ['remove_scratch', 'restore_scratch', 'start_scratch', 'compare_tables', 'check_pages'],
  plan: () => ({ words: '', ask: async () => ({ argv: ['db', 'verify', 'shop'] }) }),
}

const hasBlog = async ({ world }: Round): Promise<boolean> =>
  (await world.agent.database('blog')).record !== null

const destroyed = ['db', 'destroy', 'blog', '--yes', '--no-dump', '--in-use'] as const

/** Creates a database for a second app, which was never deployed. */
const create: Verb = {
  name: 'create',
  project: 'blog',
  actions: [
    ...['choose_cluster', 'create_cluster', 'create_cluster', 'limit_access', 'configure_cluster'],
    ...['start_cluster', 'create_roles', 'set_database_url', 'note_first_cluster', 'create_stanza'],
    ...['archive_wal', 'schedule_backups', 'make_backup', 'count_tables'],
  ],
  plan: () => ({
    words: '',
    ask: async round => {
      if (await hasBlog(round)) await must(round, ...destroyed)
      return {
        argv: ['db', 'create', 'blog'],
        after: async () => {
          const { info, troubles } = await round.world.agent.database('blog')
          if (!info?.running) round.breach('the database that was made does not run')
          for (const trouble of troubles) round.breach(`of what was made: ${trouble}`)
          await must(round, ...destroyed)
        },
      }
    },
  }),
}

const destroy: Verb = {
  name: 'destroy',
  project: 'blog',
  actions: ['keep_last_dump', 'unset_database_url', 'remove_backups', 'drop_cluster', 'forget_database'],
  plan: random => {
    const noDump = random.chance(0.5) ? ['--no-dump'] : []
    return {
      words: noDump.join(''),
      ask: async round => {
        if (!(await hasBlog(round))) await must(round, 'db', 'create', 'blog')
        return { argv: ['db', 'destroy', 'blog', '--yes', ...noDump], done: /has no database/ }
      },
    }
  },
}

/** Clones the database, checks the copy, and destroys it. */
const clone: Verb = {
  name: 'clone',
  project: 'blog',
  actions: [
    ...['archive_until_now', 'choose_cluster', 'restore_files', 'restore_files', 'configure_copy'],
    ...['start_copy', 'replay_wal', 'limit_access', 'close_logins', 'keep_clone', 'share_socket'],
    ...['set_database_url', 'create_stanza', 'make_backup'],
  ],
  plan: () => ({
    words: '',
    ask: async round => {
      const { world, breach } = round
      const { database } = await databaseIn(world)
      if (await hasBlog(round)) await must(round, ...destroyed)
      const from = (await world.agent.database('shop')).record?.cluster.name ?? ''
      const at = Date.now()
      return {
        argv: ['db', 'clone', 'shop', 'blog'],
        done: /has a database already/,
        after: async () => {
          if (!(await world.machine.sh('gatling config list blog')).includes('DATABASE_URL'))
            breach('blog has a copy, and no DATABASE_URL')
          await must(round, 'db', 'backup', 'blog')
          const { record, troubles } = await world.agent.database('blog')
          for (const trouble of troubles) breach(`of the copy: ${trouble}`)
          if (!record) return breach('the copy is not there')
          database.restored(from, record.cluster.name, at)
          for (const what of await database.missingIn(record.cluster)) breach(`copied: ${what}`)
          await must(round, ...destroyed)
        },
      }
    },
  }),
}

/** Upgrades to the newer version, checks it, and goes back. */
const upgrade: Verb = {
  name: 'upgrade',
  project: 'shop',
  holdsMs: 40_000,
  actions: [
    ...['archive_until_now', 'note_copy', 'rehearse_copy', 'rehearse_upgrade', 'compare_tables'],
    ...['remove_rehearsal', 'follow_database', 'hold_writes', 'hold_writes', 'upgrade_cluster'],
    ...['upgrade_cluster', 'switch_cluster', 'switch_cluster', 'gather_statistics', 'swap_instance'],
    ...['await_old_instance', 'close_old_path', 'make_backup'],
  ],
  plan: () => ({
    words: '',
    ask: async round => {
      const { world, breach } = round
      const { database } = await databaseIn(world)
      return {
        argv: ['db', 'upgrade', 'shop', '17'],
        done: /is not a newer one/,
        after: async () => {
          const facts = await world.agent.database('shop')
          const from = facts.backupRecord?.copies.find(({ label }) => label === keptBy(facts))
          const { record } = facts
          if (!record || !from || record.cluster.version !== '17')
            return breach(`it was upgraded, and ${JSON.stringify(record?.cluster)} serves`)
          database.upgraded(from.cluster.name, record.cluster.name)
          for (const what of await database.missingIn(record.cluster)) breach(`upgraded: ${what}`)
          await must(round, 'db', 'upgrade', 'shop', '--undo', '--yes')
          database.witness.again()
        },
      }
    },
  }),
}

/** Every command that faults can strike. A new one is a row here. */
export const verbs: readonly Verb[] = [
  ...[create, backup, restore, promote, rotate, verify, destroy],
  ...[clone, upgrade],
]

/** Checks two promises after every round: a backup can be made, and copies do not stay for long. */
export const backUpAndTidy = async (round: Round): Promise<void> => {
  const { world, breach } = round
  const { backupRecord } = await world.agent.database('shop')
  if ((backupRecord?.copies.length ?? 0) > mostCopies) {
    // This makes copies seem old. One that is not live is removed after a week, and its backups after another.
    await world.agent.sh(aged('/etc/gatling/backups/shop.json'))
    await must(round, 'db', 'backup', 'shop')
  }
  const said = await world.say('db', 'backup', 'shop').ended
  round.note(`--- db backup: code ${said.code}\n${said.text}`)
  if (said.code !== 0) breach(`a backup failed after it: ${said.text.slice(-300)}`)
}

const mostCopies = 3

/** Returns a script that makes copies that are not live old, in the file that lists them. */
export const aged = (path: string): string => `node -e '
  const path = "${path}"
  const known = JSON.parse(fs.readFileSync(path, "utf8"))
  const then = new Date(Date.now() - 20 * 86400000).toISOString()
  for (const copy of known.copies) {
    if (copy.served.at(-1)?.until === null) continue
    copy.made_at = then
    copy.served = copy.served.map(() => ({ from: then, until: then }))
  }
  fs.writeFileSync(path, JSON.stringify(known))'`
