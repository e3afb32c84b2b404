import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { freePort } from '../../src/hosts/ports.js'
import { replaced, takingWorkers } from '../../src/proxies/nginx-workers.js'
import { temporaryFolders } from '../helpers/folder.js'
import { get, isGone, until } from '../helpers/world.js'

const folder = temporaryFolders()
let end: (() => Promise<unknown>) | undefined
afterEach(() => end?.())

it('a reload is over when the workers of before take nothing new, though they still finish what they have', async () => {
  const dir = folder()
  const port = await freePort()
  const conf = join(dir, 'nginx.conf')
  const says = (what: string): void =>
    writeFileSync(
      conf,
      `worker_processes 2; pid ${dir}/pid; error_log ${dir}/error.log; events {}
http { access_log off; server { listen 127.0.0.1:${port}; location / { return 200 ${what}; } } }`,
    )
  says('old')
  const child = spawn(process.env['NGINX_PROGRAM'] ?? '/usr/sbin/nginx', ['-c', conf, '-g', 'daemon off;'], {
    stdio: 'ignore',
  })
  const master = child.pid ?? 0
  const ended = once(child, 'exit')
  end = () => {
    child.kill('SIGTERM')
    return ended
  }
  await until(() => takingWorkers(master).length === 2, 'its workers')
  const before = takingWorkers(master)
  // A request that is under way keeps its worker.
  const slow = connect(port, '127.0.0.1')
  await once(slow, 'connect')
  slow.write('GET / HTTP/1.1\r\n')
  expect((await get(port, 'localhost', '/')).body).toBe('old')

  says('new')
  child.kill('SIGHUP')
  await replaced(master, before)
  for (let asked = 0; asked < 20; asked++) expect((await get(port, 'localhost', '/')).body).toBe('new')
  expect(takingWorkers(master).filter(pid => before.includes(pid))).toEqual([])
  expect(before.filter(pid => !isGone(pid))).toHaveLength(1)
  slow.destroy()
})
