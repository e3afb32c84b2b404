// What is lost when a machine is: writes that were confirmed before a power cut, and are not there on a new machine.
import { createJiti } from 'jiti'
import { root, runAlone, sleep, timed } from './lib.js'

const jiti = createJiti(import.meta.url)
/** @type {typeof import('../test/server/machine.js')} */
const { createLab } = await jiti.import(`${root}/test/server/machine.ts`)
/** @type {typeof import('../test/server/server.js')} */
const { createServer } = await jiti.import(`${root}/test/server/server.ts`)
/** @type {typeof import('../test/server/storage.js')} */
const { startStorage, storageKeys } = await jiti.import(`${root}/test/server/storage.ts`)
/** @type {typeof import('../test/server/database-sql.js')} */
const { sqlIn } = await jiti.import(`${root}/test/server/database-sql.ts`)
/** @type {typeof import('../test/torture/witness.js')} */
const { startWitness } = await jiti.import(`${root}/test/torture/witness.ts`)

/** @typedef {import('../test/server/machine.js').Machine} Machine */
/** @typedef {import('../test/server/machine.js').Lab} Lab */
/** @typedef {Awaited<ReturnType<typeof startStorage>>} Storage */
/** @typedef {{ lostMs: number, backMs: number, rows: number, missing: number }} Loss */

const longMs = 900_000

/** Has a server keep its backups in the storage. @param {Machine} machine @param {Lab} lab @param {Storage} storage @param {string} [passphrase] */
const useStorage = async (machine, lab, storage, passphrase = '') => {
  await machine.put('/usr/local/share/ca-certificates/storage.crt', storage.authority)
  await machine.sh(
    `update-ca-certificates --fresh >/dev/null; echo ${lab.hostAddress} storage.test >>/etc/hosts`,
  )
  await machine.run(['gatling', 'db', 'storage', 's3://backups/server', '--endpoint', storage.endpoint], {
    input: `${storageKeys}${passphrase}`,
  })
}

/** The database of a server, written to every 10 ms until a power cut at random; then a new server. @param {Lab} lab @param {Storage} storage @param {number} round @returns {Promise<Loss>} */
const cut = async (lab, storage, round) => {
  const { machine, close } = await createServer(lab, `old${round}`)
  await useStorage(machine, lab, storage)
  await machine.sh('gatling config set shop LANG=C.UTF-8; gatling db create shop', { timeoutMs: longMs })
  const passphrase = await machine.sh('gatling db storage --passphrase')
  await sqlIn(machine, 'create table ticks (n bigint primary key)', 'shop')
  const witness = startWitness(machine)
  // A segment of WAL is archived after 50 s at the latest, so the cut strikes anywhere between two of them.
  await sleep(60_000 + Math.random() * 60_000)
  await machine.powerCut()
  await witness.stop()
  close()
  const confirmed = witness.rows.get('shop') ?? []
  const fresh = await createServer(lab, `new${round}`)
  await useStorage(fresh.machine, lab, storage, passphrase)
  const backMs = await timed(() =>
    fresh.machine.sh('gatling db create shop --from storage', { timeoutMs: longMs }),
  )
  const there = new Set((await sqlIn(fresh.machine, 'select n from ticks', 'shop')).split('\n').map(Number))
  fresh.close()
  await fresh.machine.off()
  const kept = confirmed.filter(({ n }) => there.has(n))
  const last = kept.at(-1)
  return {
    lostMs: (confirmed.at(-1)?.heardAt ?? 0) - (last?.heardAt ?? 0),
    backMs,
    rows: confirmed.length,
    missing: confirmed.filter(({ n }) => n <= (last?.n ?? -1) && !there.has(n)).length,
  }
}

/** @param {readonly number[]} values */
const inSeconds = values => values.map(value => (value / 1_000).toFixed(1)).join(' ')

/** @type {import('./lib.js').Bench} */
export const bench = async ([rounds = '3']) => {
  const lab = await createLab()
  const storage = await startStorage(lab.hostAddress)
  /** @type {Loss[]} */
  const losses = []
  try {
    for (let round = 1; round <= Number(rounds); round++) losses.push(await cut(lab, storage, round))
  } finally {
    await storage.close()
    await lab.close()
  }
  const lost = losses.map(({ lostMs }) => lostMs)
  const rows = losses.reduce((sum, { rows }) => sum + rows, 0)
  return [
    {
      what: 'lost at a power cut, with a storage elsewhere, at most',
      value: Math.max(...lost) / 1_000,
      unit: 's',
      limit: 60,
      note: `each: ${inSeconds(lost)}; of ${rows} rows`,
    },
    {
      what: 'rows missing before the last restored one',
      value: losses.reduce((sum, { missing }) => sum + missing, 0),
      unit: '',
      limit: 0,
    },
    {
      what: 'back on a new machine, with its packages',
      value: Math.max(...losses.map(({ backMs }) => backMs)) / 1_000,
      unit: 's',
    },
  ]
}

await runAlone(import.meta.url, bench)
