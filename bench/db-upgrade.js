// How long nothing could be written while `gatling db upgrade` takes a small database from PostgreSQL 15 to 17.
import { createJiti } from 'jiti'
import { median, root, runAlone, sleep, timed } from './lib.js'

const jiti = createJiti(import.meta.url)
/** @type {typeof import('../test/server/machine.js')} */
const { createLab, postgres15 } = await jiti.import(`${root}/test/server/machine.ts`)
/** @type {typeof import('../test/server/server.js')} */
const { createServer } = await jiti.import(`${root}/test/server/server.ts`)
/** @type {typeof import('../test/server/database-sql.js')} */
const { installOlder, showNewer, sqlIn } = await jiti.import(`${root}/test/server/database-sql.ts`)
/** @type {typeof import('../test/helpers/postgres.js')} */
const { withPostgres } = await jiti.import(`${root}/test/helpers/postgres.ts`)
/** @type {typeof import('../test/torture/witness.js')} */
const { startWitness } = await jiti.import(`${root}/test/torture/witness.ts`)

const longMs = 900_000

/** @type {import('./lib.js').Bench} */
export const bench = async ([rounds = '3']) => {
  const lab = await createLab()
  try {
    const server = await createServer(lab, 'older', { share: await postgres15() })
    const { machine } = server
    /** @param {string} script */
    const sh = script => machine.sh(script, { timeoutMs: longMs })
    const shop = await server.app('shop', withPostgres())
    await sh(installOlder)
    await sh('gatling db create shop')
    await sh(showNewer)
    await sqlIn(machine, 'create table ticks (n bigint primary key)', 'shop')
    const push = await shop.push()
    if (push.code !== 0) throw new Error(push.text)
    const witness = startWitness(machine)
    /** @type {number[]} */
    const silences = []
    /** @type {number[]} */
    const told = []
    /** @type {number[]} */
    const took = []
    let lost = 0
    for (let round = 0; round < Number(rounds); round++) {
      await sleep(2_000)
      witness.longestSilence()
      let text = ''
      took.push(
        await timed(async () => {
          text = await sh('gatling db upgrade shop 17')
        }),
      )
      silences.push(witness.longestSilence())
      told.push(Number(/Writes were held for ([\d.]+) s/.exec(text)?.[1]))
      const [, label = ''] = /PostgreSQL 17 now, (r\d+)/.exec(text) ?? []
      const there = new Set(
        (await sqlIn(machine, 'select n from ticks', `shop.${label}`)).split('\n').map(Number),
      )
      const confirmed = witness.rows.get('shop') ?? []
      lost += confirmed.filter(({ n }) => !there.has(n)).length
      await sh('gatling db upgrade shop --undo --yes')
      // What was written into the newer one stays there.
      witness.again()
    }
    await witness.stop()
    server.close()
    return [
      {
        what: 'longest time without a confirmed write, in db upgrade',
        value: median(silences) / 1_000,
        unit: 's',
        note: `each: ${silences.map(ms => (ms / 1_000).toFixed(1)).join(' ')}; told: ${told.join(' ')}`,
      },
      { what: 'confirmed rows lost', value: lost, unit: '', limit: 0 },
      { what: 'db upgrade, with rehearsal, swap and backup', value: median(took) / 1_000, unit: 's' },
    ]
  } finally {
    await lab.close()
  }
}

await runAlone(import.meta.url, bench)
