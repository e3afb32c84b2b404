import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLab, type Lab } from './machine.js'
import { createServer, type Server } from './server.js'

let lab: Lab
let server: Server

beforeAll(async () => {
  lab = await createLab()
  server = await createServer(lab, 'redis')
  await server.machine.sh('gatling config set evil X=1')
})
afterAll(async () => {
  server?.close()
  await lab?.close()
})

const minutes = 60_000
const sh = (script: string): Promise<string> => server.machine.sh(script, { timeoutMs: 3 * minutes })
const info = async () => JSON.parse(await sh('gatling redis info shop --json'))
const url = async (): Promise<URL> => new URL((await sh('gatling config get shop REDIS_URL')).trim())
/** Runs one command of Redis as a user of the machine. @returns its output, even if it fails. */
const ask = (user: string, { hostname, port, password }: URL, command: string): Promise<string> =>
  sh(
    `REDISCLI_AUTH=${password} setpriv --reuid=${user} --regid=${user} --clear-groups valkey-cli -h ${hostname} -p ${port} ${command} 2>&1 || true`,
  )

describe('a Redis', () => {
  it(
    'can be made after a killed attempt',
    async () => {
      await sh(`gatling redis create shop >/dev/null 2>&1 & run=$!
      until [ -e /etc/systemd/system/gatling-redis-shop.service ]; do sleep .02; kill -0 $run; done; kill -9 $run`)
      expect(await sh('gatling config list shop')).not.toContain('REDIS_URL')
      expect(await sh('gatling doctor shop || true')).toContain('its Redis was not completely made')
      const made = await server.over(['redis', 'create', 'shop'])
      expect(made.code, made.text).toBe(0)
      expect(await info()).toMatchObject({ program: 'valkey', running: true, connections: 0, evict: false })
      // The package must not start its own instance.
      expect(await sh('pgrep -cx valkey-server')).toBe('1\n')
    },
    5 * minutes,
  )

  it('accepts only its app', async () => {
    const address = await url()
    expect(await ask('gatling-shop', address, 'SET cart 3')).toBe('OK\n')
    // The app cannot make its Redis listen at or connect to the address of another.
    expect(await ask('gatling-shop', address, 'CONFIG SET bind 127.0.0.1')).toMatch(/NOPERM/)
    expect(await ask('gatling-shop', address, 'REPLICAOF 127.0.0.1 6379')).toMatch(/NOPERM/)
    const wrong = new URL(address)
    wrong.password = 'x'.repeat(43)
    expect(await ask('gatling-evil', wrong, 'GET cart')).toMatch(/NOAUTH|WRONGPASS/)
    // Another app cannot listen at its address either.
    expect(
      await sh(
        `setpriv --reuid=gatling-evil --regid=gatling-evil --clear-groups node -e "require('net').createServer().on('error', e => console.log(e.code)).listen(${address.port}, '127.0.0.1')"`,
      ),
    ).toBe('EACCES\n')
    expect(await sh(`ss -Hltn sport = :${address.port} | awk '{print $4}'`)).toBe(
      `${address.hostname}:${address.port}\n`,
    )
  })

  it('shows its password in no log, unit or journal', async () => {
    const { password } = await url()
    expect(await sh(`echo GET cart | gatling redis cli shop`)).toContain('3')
    const places = '/var/log /etc/systemd /run/gatling-words /run/systemd'
    expect(await sh(`grep -rlaF '${password}' ${places} || true`)).toBe('')
    expect(await sh(`journalctl --no-pager -o export | grep -caF '${password}' || true`)).toBe('0\n')
  })

  it('does not change if it is made again, except for a new size', async () => {
    const pid = 'pgrep -x valkey-server'
    const before = await sh(pid)
    await sh('gatling redis create shop')
    expect(await sh(pid)).toBe(before)
    await sh('gatling redis create shop --memory 64M --evict')
    expect(await info()).toMatchObject({ running: true, memory: { most: 67_108_864 }, evict: true })
    expect(await ask('gatling-shop', await url(), 'GET cart')).toBe('3\n')
  })

  it(
    'keeps its data after a crash and after a reboot',
    async () => {
      await sh('pkill -9 -x valkey-server')
      await server.machine.until('gatling redis info shop | grep -q running', 'Redis to be back')
      await server.machine.reboot()
      await server.machine.until('gatling redis info shop | grep -q running', 'Redis to be back')
      expect(await ask('gatling-shop', await url(), 'GET cart')).toBe('3\n')
    },
    3 * minutes,
  )

  it('is shown as down in status, doctor and info', async () => {
    await sh('systemctl stop gatling-redis-shop')
    expect(await sh('gatling status shop')).toContain('its Redis does not run')
    expect(await sh('gatling doctor shop || true')).toContain('its Redis does not answer')
    expect(await info()).toMatchObject({ running: false })
    await sh('gatling redis create shop')
    expect(await sh('gatling status shop')).not.toContain('Redis')
  })
})

describe('redis destroy', () => {
  it('needs a confirmation, and refuses while the Redis is in use', async () => {
    expect((await server.over(['redis', 'destroy', 'shop'])).text).toContain('was not confirmed')
    await sh(`(sleep 60 | gatling redis cli shop) >/dev/null 2>&1 &`)
    await server.machine.until(
      `gatling redis info shop --json | grep -q '"connections": [1-9]'`,
      'a client to be connected',
    )
    expect((await server.over(['redis', 'destroy', 'shop', '--yes'])).text).toContain('(REDIS_USED)')
    expect(await info()).toMatchObject({ running: true })
  })

  it('leaves nothing', async () => {
    const gone = await server.over(['redis', 'destroy', 'shop', '--yes', '--in-use'])
    expect(gone.code, gone.text).toBe(0)
    const left =
      await sh(`ls -d /etc/gatling/redis/* /var/lib/gatling-redis/* /var/lib/private/gatling-redis/* \\
      /etc/systemd/system/gatling-redis* /etc/systemd/system/*/gatling-redis* 2>/dev/null || true
      systemctl list-units --all --no-legend 'gatling-redis-shop*'; pgrep -x valkey-server || true`)
    expect(left).toBe('')
    expect(await sh('gatling config list shop')).not.toContain('REDIS_URL')
  })

  it('is not needed for a Redis elsewhere, which redis create does not replace', async () => {
    await sh('gatling config set shop REDIS_URL=redis://redis.example.com')
    const refused = await server.over(['redis', 'create', 'shop'])
    expect(refused.text).toContain('(REDIS_URL_SET)')
    expect(await sh('gatling config get shop REDIS_URL')).toContain('redis.example.com')
  })
})
