import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asPostgres } from '../../src/commands/postgres.js'
import { countRowsAt } from '../../src/databases/backups/counts.js'
import { runSqlAt } from '../../src/databases/cluster.js'
import { must } from '../../src/hosts/must.js'
import { until } from '../helpers/world.js'

const versions = '/usr/lib/postgresql'
const programs = `${versions}/${readdirSync(versions).at(-1)}/bin`
/** Short, because the path of a socket has at most 107 bytes (unix(7)). */
const folder = mkdtempSync('/tmp/gatling-counts-')
const socket = { folder, port: 5_432 }
const sql = (text: string) => runSqlAt(socket, text, 'app')
const asUser = async (...argv: [string, ...string[]]): Promise<void> => {
  await must(asPostgres({ argv }))
}

describe('the rows of a database that is written to', () => {
  let writer: ReturnType<typeof spawn>
  let timer: NodeJS.Timeout

  beforeAll(async () => {
    const id = Number(execFileSync('id', ['-u', 'postgres'], { encoding: 'utf8' }))
    chownSync(folder, id, id)
    const data = join(folder, 'data')
    await asUser(`${programs}/initdb`, '-D', data, '-A', 'trust', '--no-sync')
    const options = `-c listen_addresses='' -c unix_socket_directories=${folder} -c fsync=off`
    await asUser(`${programs}/pg_ctl`, 'start', '-w', '-D', data, '-l', join(folder, 'log'), '-o', options)
    await runSqlAt(socket, 'create database app', 'postgres')
    await sql('create table public.ticks (lsn pg_lsn)')
    // Each transaction is short, and records a WAL position before its commit.
    const [program, ...args] = asPostgres({
      argv: [`${programs}/psql`, '-qh', folder, '-p', '5432', 'app'],
    }).argv
    writer = spawn(program, args, { stdio: ['pipe', 'ignore', 'inherit'] })
    // psql can end before it reads its input.
    writer.stdin?.on('error', () => {})
    timer = setInterval(
      () => writer.stdin?.write('insert into public.ticks values (pg_current_wal_insert_lsn());\n'),
      2,
    )
    await until(async () => Number((await sql('select count(*) from public.ticks'))[0]?.[0]) > 0, 'a row')
  }, 60_000)

  afterAll(async () => {
    clearInterval(timer)
    writer?.kill('SIGKILL')
    if (writer) await once(writer, 'exit')
    await asUser(`${programs}/pg_ctl`, 'stop', '-m', 'immediate', '-D', join(folder, 'data')).catch(() => {})
    rmSync(folder, { recursive: true, force: true })
  })

  it('are counted exactly at the WAL position that comes with the count', async () => {
    let compared = 0
    for (let time = 0; time < 30; time++) {
      const { lsn, tables } = await countRowsAt(socket)
      const [ticks] = tables
      if (ticks?.busy) continue
      compared++
      // The last counted row has a position before its commit, and the commit is before the position of the count.
      const [row] = await sql(
        `select lsn < '${lsn}' from public.ticks order by lsn offset ${(ticks?.rows ?? 0) - 1} limit 1`,
      )
      expect(row).toEqual(['t'])
    }
    expect(compared).toBeGreaterThan(0)
  }, 60_000)
})
