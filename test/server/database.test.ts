import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withPostgres } from '../helpers/postgres.js'
import { lazyVm, until } from '../helpers/world.js'
import { createLab, type Lab } from './machine.js'
import { createServer, load, type Server, type ServerApp } from './server.js'

let lab: Lab
let server: Server
let shop: ServerApp

beforeAll(async () => {
  lab = await createLab()
  server = await createServer(lab, 'db')
  shop = await server.app('shop', { ...lazyVm, ...withPostgres() })
})
afterAll(async () => {
  server?.close()
  await lab?.close()
})

const minutes = 60_000
const sh = (script: string): Promise<string> => server.machine.sh(script, { timeoutMs: 3 * minutes })
const info = async () => JSON.parse(await sh('gatling db info shop --json'))
const url = async (): Promise<URL> => new URL((await sh('gatling db url shop --show')).trim())
const greeting = async (): Promise<string> => (await server.version('shop.test')).greeting
/** Returns a script that writes the password to a file, and not onto a command line. */
const passwordTo = (file: string): string =>
  `gatling db url shop --show | sed 's/.*:\\([^@]*\\)@.*/\\1/' >${file}; test $(stat -c %s ${file}) -gt 40`
/** Runs psql as a user of the machine. @returns its output, even if it cannot connect. */
const connect = (
  user: string,
  { username, password, port, searchParams }: URL,
  sql = 'SELECT session_user',
  database = 'app',
): Promise<string> =>
  sh(
    `PGPASSWORD=${password} setpriv --reuid=${user} --regid=${user} --clear-groups psql -w -tA -h ${searchParams.get('socket_dir')} -p ${port} -U ${username} ${database} -c "${sql}" 2>&1 || true`,
  )

/** Prints all that a database can leave on a machine. */
const remains = `ls -d /etc/postgresql/*/* /var/lib/postgresql/*/* /run/gatling-databases/* /etc/gatling/databases/* \\
  /etc/systemd/system/postgresql@* /var/log/postgresql/*shop* 2>/dev/null || true
  systemctl list-units --all --no-legend 'postgresql@*'; pgrep -x postgres || true`

/** Records every command line of the machine. */
const recorder =
  "while [ ! -e /tmp/stop ]; do cat /proc/[0-9]*/cmdline | tr '\\0' ' '; sleep .02; done >/tmp/lines"

describe('a database', () => {
  it(
    'is missing at the first push, which names the command that makes it',
    async () => {
      const push = await shop.push()
      expect(push.code).not.toBe(0)
      expect(push.text).toContain('needs the environment variable DATABASE_URL')
      expect(push.text).toContain('gatling db create shop --deploy')
    },
    3 * minutes,
  )

  it('leaves nothing behind if a part of it cannot be made', async () => {
    // First no package can be installed, then no cluster can be started.
    const broken = [
      ['mv /etc/apt/sources.list /tmp', 'mv /tmp/sources.list /etc/apt', 'install_postgresql'],
      [
        'systemctl mask --quiet postgresql@17-shop',
        'systemctl unmask --quiet postgresql@17-shop',
        'start_cluster',
      ],
    ]
    for (const [breaks, repairs, step] of broken) {
      await sh(`${breaks}`)
      const failed = await server.over(['db', 'create', 'shop'])
      await sh(`${repairs}`)
      expect(failed.code).toBe(1)
      expect(failed.text).toContain(`failed at ${step}`)
      expect(failed.text).toContain('Nothing of it is left.')
      expect(await sh(remains)).toBe('')
      expect(await sh('gatling config list shop')).not.toContain('DATABASE_URL')
    }
  }, 180_000)

  it(
    'can be made after a killed attempt',
    async () => {
      await sh(`gatling db create shop >/dev/null 2>&1 & run=$!
      until pgrep -x initdb >/dev/null; do sleep .02; kill -0 $run; done; kill -9 $run; wait $run || true`)
      expect(await sh('gatling doctor shop || true')).toContain('was not completely made')
      const made = await server.over(['db', 'create', 'shop', '--deploy'])
      expect(made.code, made.text).toBe(0)
      expect(await greeting()).toBe('Hello from app_1')
      expect(await info()).toMatchObject({ cluster: 'shop', running: true, connections: { most: 25 } })
      expect(await sh('pg_lsclusters --no-header | wc -l')).toBe('1\n')
    },
    5 * minutes,
  )

  it('does not change if it is made again', async () => {
    const before = (await server.version('shop.test')).os_pid
    expect(await sh('gatling db create shop 2>&1')).toMatch(/^shop has a database, and DATABASE_URL is set/)
    expect((await server.version('shop.test')).os_pid).toBe(before)
  })

  it('accepts more connections for a larger POOL_SIZE', async () => {
    await sh('gatling config set shop POOL_SIZE=60')
    expect(await sh('gatling doctor shop || true')).toContain('can open 125 connections')
    await sh('gatling db create shop')
    expect(await sh(`echo 'SHOW max_connections' | gatling db psql shop`)).toContain('130')
  })
})

describe('nobody else', () => {
  it('can connect, not even with the password', async () => {
    await sh('gatling config set evil X=1')
    const address = await url()
    expect(await connect('gatling-shop', address)).toBe('app_1\n')
    expect(await connect('gatling-evil', address)).toContain('Permission denied')
    expect(await connect('gatling', address)).toContain('Permission denied')
    const wrong = new URL(address)
    wrong.password = 'x'.repeat(43)
    expect(await connect('gatling-shop', wrong)).toContain('password authentication failed')
    // `mix ecto.create` looks for the database here.
    const looks = `SELECT count(*) FROM pg_database WHERE datname = 'app'`
    expect(await connect('gatling-shop', address, looks, 'postgres')).toBe('1\n')
    expect(await sh(`ss -Hltnp | grep -c postgres || true`)).toBe('0\n')
  })

  it('reads the password in a log, the journal or the audit', async () => {
    await sh(`echo 'SELECT 1' | gatling db psql shop; ${passwordTo('/tmp/password')}`)
    const places = '/var/log /var/lib/gatling/apps/shop/runs /run/gatling-words /etc/postgresql /etc/systemd'
    expect(await sh(`grep -rlaFf /tmp/password ${places} || true`)).toBe('')
    expect(await sh('journalctl --no-pager -o export | grep -caFf /tmp/password || true')).toBe('0\n')
    expect(await sh('gatling audit shop')).toMatch(/db url .*--show/)
  })

  it('can use a command of the database without the right to it', async () => {
    const keys = { reader: 'logs', keeper: 'db' }
    const may: Record<string, string[]> = {}
    for (const [name, can] of Object.entries(keys)) {
      const key = await server.newKey(name)
      await server.machine.put('/tmp/key.pub', readFileSync(`${key}.pub`, 'utf8'))
      await sh(`gatling keys add /tmp/key.pub --app shop --can ${can} --name ${name}`)
      may[name] = []
      for (const words of [
        ['db', 'info'],
        ['db', 'url'],
        ['db', 'psql'],
        ['config', 'list'],
      ])
        if ((await server.over([...words, 'shop'], { key })).code === 0) may[name].push(words.join(' '))
    }
    expect(may).toEqual({ reader: ['db info'], keeper: ['db info', 'db url', 'db psql'] })
  })

  it('becomes superuser by functions that Gatling would call', async () => {
    const evil = ['pg_database_size(text) returns bigint', 'quote_ident(name) returns text']
      .map(
        head =>
          `CREATE FUNCTION public.${head} LANGUAGE plpgsql AS $$ BEGIN ALTER ROLE app SUPERUSER; RETURN NULL; END $$;\n`,
      )
      .join('')
    const made = await server.over(['db', 'psql', 'shop'], {
      input: `${evil}ALTER DATABASE app SET search_path = public, pg_catalog;\n`,
    })
    expect(made.code, made.text).toBe(0)
    expect((await info()).running).toBe(true)
    await sh('gatling db backup shop')
    const roles = await server.over(['db', 'psql', 'shop'], {
      input: "SELECT 'super ' || count(*) FROM pg_catalog.pg_roles WHERE rolsuper AND rolname LIKE 'app%';\n",
    })
    expect(roles.stdout).toContain('super 0')
    await server.over(['db', 'psql', 'shop'], {
      input:
        'ALTER DATABASE app RESET search_path; DROP FUNCTION public.pg_database_size(text), public.quote_ident(name);\n',
    })
  })

  it('gets a shell of the app from psql', async () => {
    const script =
      '\\! id -un; cat /var/lib/gatling/apps/shop/state.json; cat /etc/gatling/apps/shop.json; ls /run/gatling\n'
    const output = await server.over(['db', 'psql', 'shop'], { input: `${script}SELECT current_user;\n` })
    expect(output.stdout).toContain('app')
    expect(output.text).not.toMatch(/gatling-shop\n|"project"/)
    expect(output.text.match(/Permission denied/g)).toHaveLength(3)
    const failing = await server.over(['db', 'psql', 'shop'], { input: 'SELECT nope;\nSELECT 7;\n' })
    expect(failing.code).toBe(3)
  })
})

describe('db rotate', () => {
  it(
    'changes the password under load without a failed query, and a rollback still connects',
    async () => {
      const old = await url()
      await sh(`${passwordTo('/tmp/old')}; (${recorder}) >/dev/null 2>&1 &`)
      const clients = load(server.machine.address, 'shop.test', 4)
      const rotated = await server.over(['db', 'rotate', 'shop'])
      const { failures, requests } = await clients.end()
      expect(rotated.code, rotated.text).toBe(0)
      expect(failures).toEqual([])
      expect(requests).toBeGreaterThan(100)
      await sh(`touch /tmp/stop; ${passwordTo('/tmp/new')}; gatling db psql shop </dev/null`)
      expect(await sh('cat /tmp/old /tmp/new | sort -u | wc -l; grep -c gatling /tmp/lines')).toMatch(
        /^2\n[1-9]/,
      )
      expect(await sh('grep -caFf /tmp/old -f /tmp/new /tmp/lines || true')).toBe('0\n')
      expect(await greeting()).toBe('Hello from app_2')
      expect(await connect('gatling-shop', old)).toMatch(/not permitted to log in|authentication failed/)
      const back = await server.over(['rollback', 'shop'])
      expect(back.code, back.text).toBe(0)
      expect(await greeting()).toBe('Hello from app_2')
    },
    5 * minutes,
  )

  it(
    'continues after a killed rotation',
    async () => {
      await sh(`gatling db rotate shop >/dev/null 2>&1 & run=$!
      until systemctl is-active -q 'gatling-renew-shop-*'; do sleep .05; kill -0 $run; done; kill -9 $run`)
      expect(await greeting()).toMatch(/Hello from app_[12]/)
      const again = await sh('gatling db rotate shop 2>&1')
      expect(again).not.toContain('change_login')
      expect(await greeting()).toBe('Hello from app_1')
      expect(await connect('gatling-shop', await url())).toBe('app_1\n')
    },
    5 * minutes,
  )
})

describe('a rotation interrupted before it set DATABASE_URL', () => {
  it(
    'is repeated by the next rotation, which closes the old logins',
    async () => {
      const old = await url()
      await sh(`sed -i 's/"made"/"rotating": "app_2", "made"/' /etc/gatling/databases/shop.json
        cd / && runuser -u postgres -- psql -Xq -h /run/gatling-databases/shop postgres -c "ALTER ROLE app_2 LOGIN PASSWORD 'x'"`)
      const again = await sh('gatling db rotate shop 2>&1')
      expect(again).toContain('change_login')
      expect(await greeting()).toBe('Hello from app_2')
      expect(await connect('gatling-shop', old)).toMatch(/not permitted to log in|authentication failed/)
      expect(await sh('cat /etc/gatling/databases/shop.json')).not.toContain('rotating')
      await sh('gatling db rotate shop')
    },
    5 * minutes,
  )
})

describe('PostgreSQL', () => {
  it(
    'starts again after a crash and after a reboot',
    async () => {
      await sh('pkill -9 -o -x postgres')
      await server.machine.until('gatling db info shop | grep -q running', 'the database to be back')
      await server.machine.reboot()
      await until(async () => (await server.get('shop.test')).status === 200, 'the app to be back')
      expect(await greeting()).toBe('Hello from app_1')
    },
    3 * minutes,
  )

  it(
    'is shown as down in status, doctor and info',
    async () => {
      await sh('systemctl stop postgresql@17-shop')
      expect(await sh('gatling status shop')).toContain('its database does not run')
      expect(await sh('gatling doctor shop || true')).toContain('its database does not answer')
      expect(await info()).toMatchObject({ running: false, size: null })
      await sh('gatling db create shop')
      expect(await sh('gatling status shop')).not.toContain('database')
    },
    2 * minutes,
  )
})

describe('unload', () => {
  it(
    'keeps the database for the next app of that name',
    async () => {
      await sh(`echo 'CREATE TABLE kept (a int); INSERT INTO kept VALUES (4711)' | gatling db psql shop`)
      await sh('gatling unload shop --yes; groupadd -r between')
      expect(await sh('pg_lsclusters --no-header')).toContain('online')
      await sh('gatling db create shop')
      expect(await connect('gatling-shop', await url())).toMatch(/^app_[12]\n$/)
      expect(await sh(`echo 'SELECT * FROM kept' | gatling db psql shop`)).toContain('4711')
    },
    2 * minutes,
  )
})

describe('db destroy', () => {
  it(
    'needs a confirmation, and refuses while the database is in use',
    async () => {
      expect((await server.over(['db', 'destroy', 'shop'])).text).toContain('was not confirmed')
      await sh(`(echo 'SELECT pg_sleep(30)' | gatling db psql shop) >/dev/null 2>&1 &`)
      await server.machine.until(
        'gatling db info shop --json | grep -q \'"used": [1-9]\'',
        'psql to be connected',
      )
      expect((await server.over(['db', 'destroy', 'shop', '--yes'])).text).toContain('is in use')
      expect(await info()).toMatchObject({ running: true })
    },
    2 * minutes,
  )

  it(
    'leaves nothing but a dump',
    async () => {
      const gone = await server.over(['db', 'destroy', 'shop', '--yes', '--in-use'])
      expect(gone.code, gone.text).toBe(0)
      const left = await sh(remains)
      expect(left).toBe('')
      expect(await sh('gatling config list shop')).not.toContain('DATABASE_URL')
      const dump = /\/var\/backups\/gatling\/\S+\.dump/.exec(gone.text)?.[0]
      expect(await sh(`pg_restore -f - ${dump}`)).toContain('4711')
      expect(await sh(`stat -c '%U %a' ${dump}`)).toBe('postgres 600\n')
      expect((await server.over(['db', 'info', 'shop'])).text).toContain('gatling db create shop')
    },
    2 * minutes,
  )

  it('is not needed for a database elsewhere, which db create does not replace', async () => {
    await sh('gatling config set shop DATABASE_URL=ecto://u:p@db.example.com/shop')
    const refused = await server.over(['db', 'create', 'shop'])
    expect(refused.text).toContain('(DATABASE_URL_SET)')
    expect(await sh('gatling config get shop DATABASE_URL')).toContain('db.example.com')
  })
})
