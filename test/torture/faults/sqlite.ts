import { type Asked, aged } from '../database-verbs.js'
import type { Fault, Round } from '../fault.js'
import type { Random } from '../random.js'
import { checkServing } from '../round.js'
import { type Cart, cartIn, cartOffences, rowOffences } from '../sqlite.js'
import type { Said } from '../world.js'
import { again, killed, momentOf, powerCut, strikeAt } from './database.js'

/** A command on a SQLite file that faults can strike. */
interface FileVerb {
  readonly name: string
  readonly actions: readonly string[]
  ask(round: Round, cart: Cart): Promise<Asked>
}

const must = async ({ world }: Round, ...argv: readonly string[]): Promise<Said> => {
  const said = await world.say(...argv).ended
  if (said.code !== 0) throw new Error(`gatling ${argv.join(' ')} failed:\n${said.text}`)
  return said
}

const newest = async (cart: Cart): Promise<string> => (await cart.facts()).listed.at(-1)?.id ?? ''

const backup: FileVerb = {
  name: 'backup',
  actions: ['copy_file', 'copy_file', 'keep_backup', 'keep_backup', 'remove_old_backups'],
  ask: async ({ breach }, cart) => {
    await cart.fill()
    const expected = cart.rows.get(await cart.serving())
    return {
      argv: ['db', 'backup', 'cart'],
      after: async () => {
        const { known } = await cart.facts()
        const rows = known.backups[await newest(cart)]?.tables[0]?.rows
        if (rows !== expected) breach(`the backup has ${rows} rows, not ${expected}`)
      },
    }
  },
}

const askRestore = async (round: Round, cart: Cart): Promise<Asked> => {
  await cart.fill()
  await must(round, 'db', 'backup', 'cart')
  const expected = cart.rows.get(await cart.serving()) ?? 0
  return {
    argv: ['db', 'restore', 'cart', '--backup', await newest(cart)],
    after: async ({ text }) => {
      const label = /^(r\d+) is the database of/m.exec(text)?.[1]
      const copy = (await cart.facts()).known.copies.find(one => one.label === label)
      if (!copy) return round.breach(`a restore succeeded, and ${label} is not there`)
      cart.rows.set(copy.path, expected)
    },
  }
}

const restore: FileVerb = {
  name: 'restore',
  actions: ['fetch_backup', 'note_copy', 'write_file', 'write_file', 'keep_copy'],
  ask: askRestore,
}

const promote: FileVerb = {
  name: 'promote',
  actions: ['set_database_path', 'swap_instance', 'swap_instance', 'copy_file', 'keep_backup'],
  ask: async (round, cart) => {
    const { argv, after } = await askRestore(round, cart)
    await after?.(await must(round, ...argv))
    const label = (await cart.facts()).known.copies.at(-1)?.label ?? ''
    return { argv: ['db', 'promote', 'cart', label], done: /serves cart already/ }
  },
}

/** Every command on a SQLite file that faults can strike. A new one is a row here. */
const verbs: readonly FileVerb[] = [backup, restore, promote]

const inFile = (
  name: string,
  some: readonly FileVerb[],
  blowOf: (random: Random) => Pick<ReturnType<typeof killed>, 'place' | 'strike'>,
): Fault => ({
  name,
  group: 'database',
  plan: random => {
    const verb = random.pick(some)
    const moment = momentOf(verb, random)
    const blow = blowOf(random)
    const isRepeated = random.chance(0.7)
    return {
      place: [verb.name, moment.words, blow.place, isRepeated ? '' : 'nobody repeats it']
        .filter(Boolean)
        .join(', '),
      run: async round => {
        const cart = await cartIn(round.world)
        const asked = await verb.ask(round, cart)
        await strikeAt(round, moment, asked, blow.strike)
        await checkServing(round, [round.before], 'nothing')
        await breachWhile(round, () => rowOffences(cart))
        if (isRepeated) await again(round, asked)
        const said = await round.world.say('db', 'backup', 'cart').ended
        round.note(`--- db backup: code ${said.code}\n${said.text}`)
        if (said.code !== 0) round.breach(`a backup failed after it: ${said.text.slice(-300)}`)
        await breachWhile(round, async () => [...(await rowOffences(cart)), ...(await cartOffences(cart))])
        await tidy(round, cart)
      },
    }
  },
})

/** Waits until nothing is wrong, and reports the remaining breaches. */
const breachWhile = async ({ breach }: Round, find: () => Promise<readonly string[]>): Promise<void> => {
  const deadline = performance.now() + 60_000
  const look = (): Promise<readonly string[]> => find().catch(error => [`it cannot be looked at: ${error}`])
  let wrong = await look()
  while (wrong.length > 0 && performance.now() < deadline) {
    await new Promise(resolve => setTimeout(resolve, 500))
    wrong = await look()
  }
  for (const one of wrong) breach(one)
}

/** Makes files that are not live seem old, so that they are removed. */
const tidy = async (round: Round, cart: Cart): Promise<void> => {
  if ((await cart.facts()).known.copies.length < 4) return
  await round.world.agent.sh(aged('/etc/gatling/sqlite/cart.json'))
  await must(round, 'db', 'backup', 'cart')
  const paths = (await cart.facts()).known.copies.map(({ path }) => path)
  for (const path of cart.rows.keys()) if (!paths.includes(path)) cart.rows.delete(path)
}

export const sqliteFaults: readonly Fault[] = [
  ...verbs.map(verb => inFile(`SQLite ${verb.name}`, [verb], killed)),
  inFile('power cut in SQLite', verbs, powerCut),
]
