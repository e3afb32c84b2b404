import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { must, type Output, root, run } from '../helpers/world.js'
import { createLab, type Lab, type Machine } from './machine.js'
import { author, type Server, serverOn } from './server.js'

let lab: Lab
let machine: Machine
let server: Server
const files =
  'find / -xdev \\( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /var/log -o -path /var/cache -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/lib/systemd -o -path /etc/letsencrypt -o -path /var/lib/letsencrypt \\) -prune -o -print | sort'

beforeAll(async () => {
  lab = await createLab()
  // The other tests use Debian 13.
  machine = await lab.machine('web', { suite: 'bookworm', image: 'bare' })
  server = serverOn(machine)
  await removeGatling()
})

const copy = (path: string, to: string): Promise<string> =>
  must(['scp', '-q', '-r', ...machine.sshOptions(), path, `root@${machine.address}:${to}`])

/** Brings the machine to its state before the README: with npm, and without what the lab installs. */
const removeGatling = async (): Promise<void> => {
  await machine.sh('rm -r /usr/local/lib/node_modules/gatling-deploy /usr/local/bin/gatling')
  const npm = realpathSync((await must(['which', 'npm'])).trim()).replace(/\/bin\/.*/, '')
  await copy(npm, '/usr/local/lib/node_modules/npm')
  await machine.sh('ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm')
}

/** Runs a script in an app's folder, where ssh has the options for the machine. */
const onLaptop = async (folder: string, script: string): Promise<Output> => {
  const options = machine.sshOptions().map(word => `'${word}'`)
  const bin = join(server.folder, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh ${options.join(' ')} "$@"\n`, { mode: 0o755 })
  const env = { PATH: `${bin}:${process.env['PATH']}`, ...author }
  return run(['bash', '-ec', script], { cwd: folder, env })
}

/** Returns the blocks of commands in README's section on servers. */
const blocks = (): string[] => {
  const text = readFileSync(join(root, 'README.md'), 'utf8')
  const section = /^## Your own server\n(.*?)^## /ms.exec(text)?.[1] ?? ''
  return [...section.matchAll(/^```sh\n(.*?)```/gms)].map(([, block = '']) => block)
}
afterAll(async () => {
  server?.close()
  await lab?.close()
})

describe('a bare machine', () => {
  it('gets Gatling as the README says', async () => {
    const [onLaptop = '', onServer = ''] = blocks()
    const [, file = ''] = /^npm install && npm pack\nscp (\S+) root@your-server:\n$/.exec(onLaptop) ?? []
    // The tests that run at the same time use the build, so this must not make it again.
    await must(['npm', 'pack', '--ignore-scripts', '--pack-destination', server.folder], { cwd: root })
    await copy(join(server.folder, file), '')
    const [install, setup] = onServer.trim().split(' && ')
    await machine.sh(`cd /root && ${install} && rm ${file}`)
    expect(await machine.sh('gatling --version')).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(setup).toBe('gatling setup --elixir')
  })

  it('shows its changes by --dry-run, and makes none', async () => {
    const before = await machine.sh(files)
    const told = await machine.sh('gatling setup --dry-run --elixir')
    for (const word of ['git', 'nginx', 'certbot', 'elixir', '/etc/gatling', 'sudoers'])
      expect(told).toContain(word)
    expect(await machine.sh(files)).toBe(before)
  })

  it('can be set up only by root', async () => {
    const refused = await machine.run([
      'setpriv',
      '--reuid=1',
      '--regid=1',
      '--clear-groups',
      'gatling',
      'setup',
    ])
    expect(refused.code).toBe(1)
    expect(refused.text).toContain('NEEDS_ROOT')
  })

  it('becomes a server by one command', async () => {
    const told = await machine.sh('gatling setup --elixir', { timeoutMs: 400_000 })
    expect(told).toContain('git remote add production gatling@')
  })

  it('has a live site after the commands of the README for the laptop', async () => {
    const shop = await server.app('shop', { domains: '' })
    await shop.git('remote', 'remove', 'production')
    const [, , block = ''] = blocks()
    const pushed = await onLaptop(
      shop.source,
      block
        .replaceAll('your-server', machine.address)
        .replaceAll('my_app', 'shop')
        .replace('my-app.example.com', 'shop.test'),
    )
    expect(pushed.code, pushed.text).toBe(0)
    expect(pushed.text).toContain('shop has a database, and DATABASE_URL is set.')
    expect((await server.get('shop.test')).status).toBe(200)
    const value = await server.over(['run', 'shop', 'printenv', 'DATABASE_URL'])
    expect(value.stdout).toMatch(
      /^ecto:\/\/app_1:\S+@localhost:\d+\/app\?socket_dir=\/run\/gatling-databases\/shop\n$/,
    )
  })

  it('can back up, restore, promote and prove a database, and has a Redis', async () => {
    const at = (
      await machine.sh(`echo "create table kept (n int); insert into kept values (4711)" | gatling db psql shop >/dev/null
      gatling db backup shop >/dev/null; sleep 1.1; date --utc +%FT%T.%NZ | cut -c1-23`)
    ).trim()
    const done = await machine.sh(
      `echo 'drop table kept' | gatling db psql shop
      gatling db restore shop --at ${at}Z && gatling db promote shop r1 && gatling redis create shop
      systemctl start gatling-proof@shop && gatling status shop --json`,
      { timeoutMs: 180_000 },
    )
    expect(await machine.sh(`echo 'select * from kept' | gatling db psql shop`)).toContain('4711')
    expect(done).toContain('shop uses r1 now')
    const { database, redis, backups } = JSON.parse(done.slice(done.indexOf('{\n'))).apps[0]
    expect({ database, redis, backups }).toMatchObject({
      database: 'running',
      redis: 'running',
      backups: { troubles: [], proved_at: expect.any(String) },
    })
  }, 240_000)

  it('makes no app if config set has a mistyped name or a refused value', async () => {
    const slip = await server.over(['config', 'set', 'shpo', 'A=1'])
    expect(slip.text).toContain('did you mean shop?')
    const reserved = await server.over(['config', 'set', 'forum', 'PORT=1'])
    expect(reserved.code).toBe(1)
    expect(await machine.sh('ls /var/lib/gatling/apps')).toBe('shop\n')
  })

  it('is repaired by setup', async () => {
    await machine.sh(
      'rm /etc/systemd/system/gatling-door@.socket /etc/sudoers.d/gatling /var/lib/gatling/.ssh/authorized_keys',
    )
    // An earlier version had these modes.
    await machine.sh('chmod 755 /etc/gatling/apps && chmod 644 /etc/gatling/apps/shop.json')
    expect((await server.over(['status'])).code).not.toBe(0)
    await machine.sh('gatling setup')
    const places = '/etc/gatling/apps /etc/gatling/apps/shop.json /var/lib/gatling/.ssh/authorized_keys'
    expect(await machine.sh(`stat -c '%a %U:%G' ${places}`)).toBe(
      '711 root:root\n640 root:gatling-shop\n640 root:gatling\n',
    )
    expect((await server.over(['status'])).stdout).toContain('running')
    expect(await machine.sh('gatling setup')).toContain('Everything is as it should be.')
  })

  it.each([
    ['that was stopped', 'systemctl stop gatling-door@shop.socket'],
    [
      'that failed with its service, which was possible in earlier versions',
      `folder=/run/systemd/system/gatling-door@shop.service.d
      mkdir -p $folder
      printf '%s\n' '[Unit]' StartLimitIntervalSec=10s '[Service]' ExecStart= ExecStart=/bin/false >$folder/broken.conf
      systemctl daemon-reload
      while systemctl is-active -q gatling-door@shop.service; do sleep .1; done
      for attempt in {1..200}; do
        systemctl is-active -q gatling-door@shop.socket || break
        systemctl start gatling-door@shop.service || true
        sleep .05
      done
      rm -r $folder && systemctl daemon-reload`,
    ],
  ])(
    'reopens a door %s',
    async (_, damage) => {
      await machine.sh(damage)
      expect(await machine.sh('systemctl is-active gatling-door@shop.socket || true')).not.toBe('active\n')
      await machine.sh('gatling setup')
      expect(await machine.sh('systemctl is-active gatling-door@shop.socket')).toBe('active\n')
      const again = await server.over(['redeploy', 'shop'])
      expect(again.code, again.text).toBe(0)
    },
    180_000,
  )

  it('unloads an app without a trace', async () => {
    const blog = await server.app('blog', { domains: '' })
    const before = await machine.sh(`${files} | grep -v shop`)
    const push = await blog.push()
    expect(push.code, push.text).toBe(0)
    expect(push.text).toContain('nobody else can reach blog at blog.localhost')
    const unloaded = await server.over(['unload', 'blog', '--yes'])
    expect(unloaded.code, unloaded.text).toBe(0)
    // The door that removes the app ends only after its answer.
    await expect.poll(() => machine.sh(`${files} | grep -v shop`), { timeout: 20_000 }).toBe(before)
    expect(await machine.sh('getent passwd gatling-blog || echo gone')).toBe('gone\n')
    expect((await server.get('shop.test')).status).toBe(200)
  })

  it('has no trace of Gatling after a teardown', async () => {
    await machine.sh('gatling teardown --yes', { timeoutMs: 120_000 })
    const left = (await machine.sh(`${files} | grep -i gatling || true`)).split('\n')
    const known = left.filter(path => path !== '' && !path.startsWith('/usr/local/'))
    // The last dump of its database must stay.
    const [, dump = '', ...rest] = known
    expect(rest).toEqual([])
    expect(dump).toMatch(/^\/var\/backups\/gatling\/shop-\w+\.dump$/)
    expect(await machine.sh('ls /usr/local/lib')).not.toMatch(/^gatling$/m)
    const users = 'getent passwd | grep -c gatling || true'
    const units = "systemctl list-units --all --no-legend --plain --type=service,socket '*gatling*' 'shop*'"
    await expect.poll(() => machine.sh(`${users}; ${units}`)).toBe('0\n')
    await machine.sh('nginx -t -q && systemctl is-active nginx')
  })
})
