import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { complaintsSince, followReload, takingWorkers } from '../../src/hosts/nginx.js'
import { freePort } from '../../src/hosts/ports.js'
import { temporaryFolders } from '../helpers/folder.js'
import { get, isGone, run, until } from '../helpers/world.js'

const nginx = process.env['NGINX_PROGRAM'] ?? '/usr/sbin/nginx'
const folder = temporaryFolders()
let end: (() => Promise<unknown>) | undefined
afterEach(() => end?.())

/** Prepares an nginx with two workers, which writes only into its own folder. */
const startNginx = async () => {
  const dir = folder()
  const port = await freePort()
  const conf = join(dir, 'nginx.conf')
  /** Writes the configuration of a server that answers with a text. @param shared comes before it in the http block. */
  const says = (what: string, shared = ''): void =>
    writeFileSync(
      conf,
      `worker_processes 2; pid ${dir}/pid; error_log ${dir}/error.log; events {}
http { access_log off; ${shared} server { listen 127.0.0.1:${port}; location / { return 200 ${what}; } } }`,
    )
  const start = async (): Promise<number> => {
    const child = spawn(nginx, ['-c', conf, '-g', 'daemon off;'], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    end = () => {
      child.kill('SIGTERM')
      return ended
    }
    await until(() => takingWorkers(child.pid ?? 0).length === 2, 'its workers')
    return child.pid ?? 0
  }
  const reload = (master: number): Promise<string | null> => {
    const taken = followReload(master)
    process.kill(master, 'SIGHUP')
    return taken()
  }
  return { port, says, start, reload, answer: async () => (await get(port, 'localhost', '/')).body, conf }
}

it('a reload is over when the old workers accept no new connections', async () => {
  const { port, says, start, reload, answer } = await startNginx()
  says('old')
  const master = await start()
  const before = takingWorkers(master)
  // A running request keeps its worker alive.
  const slow = connect(port, '127.0.0.1')
  await once(slow, 'connect')
  slow.write('GET / HTTP/1.1\r\n')
  expect(await answer()).toBe('old')

  says('new')
  expect(await reload(master)).toBe(null)
  for (let asked = 0; asked < 20; asked++) expect(await answer()).toBe('new')
  expect(takingWorkers(master).filter(pid => before.includes(pid))).toEqual([])
  expect(before.filter(pid => !isGone(pid))).toHaveLength(1)
  slow.destroy()
})

it('a reload that nginx refuses is reported with the error of nginx', async () => {
  const { says, start, reload, answer, conf } = await startNginx()
  const zone = (key: string): string => `limit_req_zone ${key} zone=z:1m rate=1r/s;`
  const test = async (): Promise<number | null> => (await run([nginx, '-t', '-q', '-c', conf])).code
  says('old', zone('$binary_remote_addr'))
  const master = await start()
  const began = Date.now() - 1_000

  says('new', zone('$server_name'))
  expect(await test()).toBe(0)
  expect(await reload(master)).toMatch(/^limit_req "z" uses the "\$server_name" key while previously it used/)
  expect(await answer()).toBe('old')
  expect(complaintsSince(master, began)).toHaveLength(1)
  expect(complaintsSince(master, Date.now() + 60_000)).toEqual([])

  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port: taken } = other.address() as AddressInfo
  says('new', `${zone('$binary_remote_addr')} server { listen 127.0.0.1:${taken}; }`)
  expect(await test()).toBe(0)
  expect(await reload(master)).toContain(`bind() to 127.0.0.1:${taken} failed (98: Address already in use)`)
  expect(await answer()).toBe('old')
  other.close()

  says('new', zone('$binary_remote_addr'))
  expect(await reload(master)).toBe(null)
  expect(await answer()).toBe('new')
})
