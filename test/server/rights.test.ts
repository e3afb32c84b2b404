import { spawn } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeAddress } from '../../src/core/slot.js'
import { bin, lazyVm, type Output, run, until } from '../helpers/world.js'
import { createLab, type Lab } from './machine.js'
import { createServer, type Server, type ServerApp } from './server.js'

let lab: Lab
let server: Server
let shop: ServerApp
let evil: ServerApp
const root = (script: string): Promise<string> => server.machine.sh(script)
/** Runs a script as evil's own code, with its user, sandbox and rights. */
const asEvil = (script: string): Promise<Output> => server.over(['run', 'evil', 'sh', '-c', script])
/** Lets evil's own code try all of this in one call. @returns the attempts that succeed. */
const succeeding = async (attempts: readonly string[]): Promise<string[]> => {
  const script = attempts.map((attempt, at) => `(${attempt}) >/dev/null 2>&1 && echo ${at}`)
  const { stdout } = await asEvil(`${script.join('; ')}; echo tried all`)
  expect(stdout).toContain('tried all')
  return attempts.filter((_, at) => stdout.split('\n').includes(String(at)))
}
const shopAnswers = async (): Promise<void> => {
  const began = Date.now()
  expect((await server.get('shop.test')).status).toBe(200)
  expect(Date.now() - began).toBeLessThan(15_000)
}

beforeAll(async () => {
  lab = await createLab()
  server = await createServer(lab, 'web')
  shop = await server.app('shop', lazyVm)
  evil = await server.app('evil', {
    ...lazyVm,
    'gatling.toml':
      '[health]\nwatch = "200ms"\n[upgrade]\nwatch = "300ms"\n[build]\nmemory = "600M"\ntasks = 200\n',
  })
  for (const app of [shop, evil]) {
    const push = await app.push()
    if (push.code !== 0) throw new Error(push.text)
  }
  await server.over(['config', 'set', 'shop', 'PASSWORD=correct-horse-battery'])
  await server.over(['redeploy', 'shop'])
})
afterAll(async () => {
  server?.close()
  await lab?.close()
})

describe('the page over ssh', () => {
  /** Opens a real `gatling dashboard` in the app's folder, as on a laptop. */
  const open = async (key?: string) => {
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      GIT_SSH_COMMAND: ['ssh', ...server.machine.sshOptions(key)].join(' '),
      NO_COLOR: '1',
    }
    delete env['GATLING_HOME']
    const child = spawn(process.execPath, [bin, 'dashboard', '--no-open'], {
      cwd: shop.source,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', bytes => {
      said += bytes
    })
    const url = await until(() => /http:\S+/.exec(said)?.[0], 'the address of the page')
    const entered = await fetch(url, { redirect: 'manual' })
    const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
    const { origin } = new URL(url)
    const get = (path: string, init: RequestInit = {}) =>
      fetch(`${origin}${path}`, { ...init, headers: { cookie, origin }, redirect: 'manual' })
    return { child, get, text: async (path: string) => (await get(path)).text() }
  }

  it('shows every app to a key for all, and leaves no process behind', async () => {
    const { child, get, text } = await open()
    const apps = await text('/')
    expect(apps).toContain('href="/apps/shop"')
    expect(apps).toContain('href="/apps/evil"')
    expect(await text('/apps/shop')).toContain('First version')
    expect(await text('/apps/shop/database')).toContain('gatling db create shop')
    expect(await text('/doctor')).toContain('The server')
    expect(await text('/nodes')).toContain('This server stands alone')
    expect(await text('/audit')).toContain('PASSWORD')
    expect(await text('/apps/shop/config')).not.toContain('correct-horse')
    const stream = await get('/apps/shop/logs/stream')
    const reader = stream.body?.getReader()
    let log = ''
    while (!log.includes('listens on')) log += new TextDecoder().decode((await reader?.read())?.value)
    const runs = '{ pgrep -x journalctl || pgrep -f "[g]atling.* enter"; } >/dev/null'
    await server.machine.until(runs, 'what the page runs on the server')
    child.kill()
    await server.machine.until(`! ${runs}`, 'nothing on the server')
  })

  it('shows only its app to a key with few rights', async () => {
    const key = await server.newKey('looker')
    const text = (await run(['cat', `${key}.pub`])).stdout
    await server.over(['keys', 'add', '--app', 'shop', '--can', 'logs'], { input: text })
    const page = await open(key)
    const apps = await page.text('/')
    expect(apps).toContain('href="/apps/shop"')
    expect(apps).not.toContain('evil')
    for (const path of ['/apps/evil', '/apps/shop/config', '/doctor', '/nodes', '/audit']) {
      const refused = await page.get(path)
      expect(refused.status, path).toBe(403)
      expect(await refused.text()).toContain('KEY_MAY_NOT')
    }
    const refused = await page.get('/apps/shop/redeploy', { method: 'POST', body: new URLSearchParams() })
    expect(refused.status).toBe(403)
    page.child.kill()
  })
})

describe('a key with few rights', () => {
  let key: string
  beforeAll(async () => {
    key = await server.newKey('colleague')
    const text = (await run(['cat', `${key}.pub`])).stdout
    const added = await server.over(['keys', 'add', '--app', 'shop', '--can', 'logs'], { input: text })
    expect(added.code, added.text).toBe(0)
  })

  it('can do what its rights allow', async () => {
    const logs = await server.over(['logs', 'shop'], { key })
    expect(logs.code, logs.text).toBe(0)
    expect(logs.stdout).toContain('listens on')
  })

  it('can look at releases and at the node, as the user of the app', async () => {
    const told = async (...argv: readonly string[]): Promise<unknown> => {
      const { stdout, text } = await server.over([...argv, '--json'], { key })
      return JSON.parse(stdout === '' ? JSON.stringify({ text }) : stdout)
    }
    const live = ((await told('status', 'shop')) as { apps: { release: number }[] }).apps[0]?.release
    expect(await told('compare', 'shop', '1')).toMatchObject({
      from: { release: 1 },
      to: { release: live },
      code: { modules: { changed: expect.any(Array) } },
    })
    expect(await told('rollback', 'shop', '1', '--dry-run')).toMatchObject({
      mode: expect.stringMatching(/hot|swap/),
      schema: { left: [], unknown: null },
      refusal: null,
    })
    expect(await told('metrics', 'shop', '--node')).toMatchObject({
      figures: expect.arrayContaining([
        expect.objectContaining({ name: 'processes', limit: expect.any(Number) }),
      ]),
    })
    const { stdout } = await server.over(['status', 'shop', '--json'], { key })
    expect(JSON.parse(stdout).apps[0].release).toBe(live)
    expect(await root('ls -d /tmp/gatling-look-* 2>/dev/null || true')).toBe('')
  })

  it.each([
    [['upgrade', 'shop'], 'may not upgrade'],
    [['rollback', 'shop', '--', '--dry-run'], 'may not rollback'],
    [['config', 'list', 'shop'], 'may not config'],
    [['console', 'shop'], 'may not console'],
    [['run', 'shop', 'id'], 'may not run'],
    [['logs', 'evil'], 'may not logs'],
    [['status'], 'may not status'],
    [['keys', 'list'], 'may not keys'],
    [['unload', 'shop', '--yes'], 'may not unload'],
    [['logs', 'evil', 'shop'], 'may not logs'],
    [['logs', '-n', 'shop', 'evil'], 'may not logs'],
    [['logs', 'shop', '-n', 'evil'], 'may not logs'],
  ])('cannot do anything else: %j', async (argv, refusal) => {
    const refused = await server.over(argv, { key })
    expect(refused.code).not.toBe(0)
    expect(refused.text).toContain(refusal)
  })

  it('cannot push, and gets the reason', async () => {
    await shop.commit({ 'README.md': 'mine' })
    const push = await run(['git', 'push', `gatling@${server.machine.address}:shop`, 'main'], {
      cwd: shop.source,
      env: { GIT_SSH_COMMAND: ['ssh', ...server.machine.sshOptions(key)].join(' ') },
    })
    expect(push.code).not.toBe(0)
    expect(push.text).toContain('the key colleague may not git-receive-pack shop')
    await shop.git('reset', '-q', '--hard', 'HEAD~1')
  })

  it.each([
    '',
    'sh',
    'bash -i',
    'id',
    "gatling 'logs' 'shop'; id",
    'gatling $(id)',
    "gatling 'logs' 'shop' & id",
    "gatling '--help'",
    "git-receive-pack '/etc'",
    "git-receive-pack '../shop'",
    "git-receive-pack '--upload-pack=id'",
    "git-upload-archive 'shop'",
    'scp -t /tmp',
    '/usr/lib/openssh/sftp-server',
    'rsync --server . /',
  ])('gets no shell: %j', async command => {
    const refused = await server.ssh(command, key)
    expect(refused.code).not.toBe(0)
    expect(refused.stdout).not.toContain('uid=')
  })

  it('forwards no ports, no agent and no terminal', async () => {
    const forwarded = await server.ssh(
      "gatling 'logs' 'shop' '-n' '0'",
      key,
      '-o',
      'ExitOnForwardFailure=yes',
      '-R',
      '0:127.0.0.1:22',
    )
    expect(forwarded.code).not.toBe(0)
    const terminal = await server.ssh("gatling 'logs' 'shop' '-n' '0'", key, '-tt')
    expect(terminal.text).toContain('PTY allocation request failed')
  })

  it('is refused after its removal', async () => {
    await server.over(['keys', 'remove', 'colleague'])
    expect((await server.over(['logs', 'shop'], { key })).text).toContain('Permission denied')
  })
})

describe('a key with all rights', () => {
  it.each([
    ['serve'],
    ['perform', 'shop', '1'],
    ['receive', 'shop'],
    ['door', 'shop'],
    ['converge', 'shop'],
    ['enter'],
    ['setup', '--elixir'],
    ['teardown', '--yes'],
    ['init', '/root'],
    ['upgrade', 'nothing'],
    ['steps'],
  ])('cannot make root run another command: %s', async (...argv) => {
    const refused = await server.over(argv)
    expect(refused.code).not.toBe(0)
    expect(refused.text).toMatch(/ may not |there is no command `gatling enter`/)
  })

  it('leaves no config value in the journal', async () => {
    await server.over(['config', 'set', 'evil', 'TOKEN=tell-nobody'])
    await server.over(['run', 'shop', 'true', 'tell-nobody'])
    const notes = 'journalctl -t gatling _UID=0 --no-pager'
    expect(await root(notes)).toContain('config set evil TOKEN=...')
    expect(await root(notes)).toMatch(/ run shop true$/m)
    expect(await root('journalctl --no-pager | grep -c [t]ell-nobody || true')).toBe('0\n')
    await asEvil('logger -t gatling root: keys add forged; logger -t gatling-door forged')
    expect(await root('journalctl --sync; journalctl --no-pager')).toContain('keys add forged')
    expect(await root(notes)).not.toContain('forged')
    await shopAnswers()
  })
})

describe('a key for config values alone', () => {
  it('cannot set a value that runs code, and learns the missing right', async () => {
    const key = await server.newKey('operator')
    const text = (await run(['cat', `${key}.pub`])).stdout
    await server.over(['keys', 'add', '--app', 'shop', '--can', 'config'], { input: text })
    const refused = await server.over(['config', 'set', 'shop', 'A=1', 'LD_PRELOAD=/x'], { key })
    expect(refused.code).not.toBe(0)
    expect(refused.text).toContain('the key operator may not set LD_PRELOAD')
    expect(refused.text).toMatch(/deploy, console or admin[\s\S]*CONFIG_CODE/)
    expect((await server.over(['config', 'list', 'shop'], { key })).text).not.toMatch(/^(A|LD_PRELOAD) /m)
    expect(await root('tail -n 1 /var/log/gatling/audit.jsonl')).toContain('"outcome":"refused"')
    await server.over(['keys', 'remove', 'operator'])
  })
})

describe('the audit', () => {
  it('shows the key, address and outcome of every action, and the end of deploys', async () => {
    const key = await server.newKey('auditor')
    const text = (await run(['cat', `${key}.pub`])).stdout
    await server.over(['keys', 'add', '--app', 'shop', '--can', 'deploy'], { input: text })
    await server.over(['config', 'list', 'shop'], { key })
    await server.over(['config', 'set', 'shop', 'X=1'], { key })
    await server.over(['config', 'set', 'evil', 'TOKEN=tell-nobody'])
    await root('gatling releases shop --pin 1')
    const entries = JSON.parse((await server.over(['audit', '--json'])).stdout) as Record<string, string>[]
    const print = (await run(['ssh-keygen', '-lf', `${key}.pub`])).stdout.split(' ')[1]
    const from = expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/)
    expect(entries.slice(-4)).toMatchObject([
      { action: 'keys add', detail: '--app shop --can deploy', from, outcome: 'ok' },
      { action: 'config set', who: 'auditor', key: print, from, outcome: 'refused', code: 'KEY_MAY_NOT' },
      { action: 'config set', project: 'evil', detail: 'TOKEN', outcome: 'ok' },
      { action: 'releases', who: 'root', from: null, detail: '--pin 1', outcome: 'ok' },
    ])
    const deploys = entries.filter(({ who }) => who === 'gatling-shop')
    expect(deploys.slice(0, 2)).toMatchObject([
      {
        action: 'deploy',
        detail: expect.stringMatching(/^deploy 1 of [0-9a-f]{7}, asked for by /),
        outcome: 'ok',
      },
      { action: 'deploy', outcome: 'ok' },
    ])
    expect((await server.over(['audit', 'shop'], { key })).text).toContain('may not audit')
    await server.over(['keys', 'remove', 'auditor'])
  })

  it('can be read only by root, and holds no config value', async () => {
    const file = '/var/log/gatling/audit.jsonl'
    expect(await root(`stat -c '%U %a' ${file}`)).toBe('root 640\n')
    expect(await root(`grep -c 'tell-nobody\\|correct-horse' ${file} || true`)).toBe('0\n')
    const attempts = [`cat ${file}`, `echo x >> ${file}`, `rm ${file}`]
    expect(await succeeding(['true', ...attempts])).toEqual(['true'])
    await root(`mv ${file} ${file}.kept && ln -s /dev/full ${file}`)
    expect((await server.over(['config', 'set', 'shop', 'X=1'])).code).toBe(0)
    await root(`mv ${file}.kept ${file}`)
  })
})

describe('a hostile app', () => {
  it('cannot read the files, secrets, environment or journal of another', async () => {
    const pid = (await server.version('shop.test')).os_pid
    const secrets = [
      '/etc/gatling/config/shop.json',
      '/etc/gatling/env/shop-a',
      '/etc/gatling/keys.json',
      '/etc/gatling/apps/shop.json',
      '/var/lib/gatling/.ssh/authorized_keys',
      '/etc/nginx/sites-available/shop.conf',
      '/var/log/nginx/gatling-answers.log',
      '/var/lib/gatling/apps/shop/state.json',
      '/var/lib/gatling/apps/shop/repo.git/HEAD',
      '/var/lib/gatling/apps/shop/data/.erlang.cookie',
      `/proc/${pid}/environ`,
      `/proc/${pid}/cmdline`,
      '/etc/shadow',
      '/root/.ssh/authorized_keys',
    ]
    expect(await succeeding(['true', ...secrets.map(path => `cat ${path}`)])).toEqual(['true'])
    expect((await asEvil('journalctl --no-pager 2>&1')).text).not.toContain('listens on')
    expect((await asEvil('env; cat /proc/*/environ')).text).not.toContain('correct-horse-battery')
    expect(await succeeding(['cat /etc/gatling/apps/evil.json', 'ls /etc/gatling/apps'])).toEqual([
      'cat /etc/gatling/apps/evil.json',
    ])
  })

  it('cannot see the commands of others on the bus or on a command line', async () => {
    const theirs = server.over(['run', 'shop', 'sh', '-c', 'exec sleep 60 #argument'])
    const unit = "systemctl list-units --plain --no-legend 'gatling-run-shop-*' | cut -d' ' -f1"
    await server.machine.until('pgrep -u gatling-shop -x sleep', 'what shop runs')
    const shown = ['systemctl show -p ExecStart', 'systemctl status', 'systemctl list-units']
    expect(await root(`systemctl show -p ExecStart $(${unit})`)).not.toContain('argument')
    expect(await root('ps -eo args')).not.toContain('#argument')
    const name = (await root(unit)).trim()
    expect(await succeeding(['true', 'test -e /run/dbus/system_bus_socket'])).toEqual(['true'])
    expect(await succeeding(['true', ...shown.map(asked => `${asked} ${name} | grep shop`)])).toEqual([
      'true',
    ])
    await root(`systemctl stop ${name}`)
    await theirs
    expect(await root('ls /run/gatling-words')).toBe('')
  })

  it('cannot write outside of its own folder', async () => {
    const places = [
      '/etc/x',
      '/usr/x',
      '/var/lib/gatling/x',
      '/var/lib/gatling/apps/x',
      '/var/lib/gatling/route/shop',
      '/run/x',
      '/root/x',
    ]
    expect(await succeeding(['true', ...places.map(path => `touch ${path}`)])).toEqual(['true'])
  })

  it('cannot see, signal or impersonate another', async () => {
    const pid = (await server.version('shop.test')).os_pid
    expect((await asEvil(`kill -9 ${pid}`)).code).not.toBe(0)
    expect((await asEvil('su gatling-shop -c id; sudo -n id')).stdout).not.toContain('uid=')
    await shopAnswers()
  })

  it('cannot reach another app through a door', async () => {
    const call = (socket: string, project: string, length = 0): string =>
      `node -e 'const r=require("http").request({socketPath:"${socket}",path:"/services.stop",method:"POST"},s=>{s.on("data",d=>process.stdout.write(d))});r.on("error",e=>console.log(e.code));r.end(JSON.stringify(["${project}","a",1]).padEnd(${length}))'`
    expect((await asEvil(call('/run/gatling/shop.sock', 'shop'))).text).toContain('EACCES')
    expect((await asEvil(call('/run/gatling/evil.sock', 'shop'))).text).toContain('this is the door of evil')
    const long = await asEvil(call('/run/gatling/evil.sock', 'shop', 2_000_000))
    expect(long.text).not.toContain('this is the door of evil')
    expect(await root('systemctl show -p MemoryMax -p TasksMax gatling-door@evil.service')).toBe(
      'MemoryMax=536870912\nTasksMax=128\n',
    )
    await shopAnswers()
  })

  it.each([
    [
      'services.install',
      [
        {
          project: 'evil',
          drainMs: 1,
          build: limits(),
          limits: limits('1G\nExecStartPre=+/bin/touch /pwned'),
        },
      ],
    ],
    ['services.install', [{ project: 'evil', drainMs: 1.5, build: limits(), limits: limits() }]],
    ['services.start', [{ project: 'evil', slot: 'a\nb', release: 1, port: 1 }]],
    [
      'proxy.configure',
      [{ project: 'evil', domains: ['x; } server { listen 99; } #'], own: null, maxBody: '1M' }],
    ],
    ['proxy.configure', [{ project: 'evil', domains: ['x.test\n}'], own: null, maxBody: '1M' }]],
    [
      'proxy.configure',
      [{ project: 'evil', domains: ['x.test'], own: null, maxBody: '1M; include /etc/shadow' }],
    ],
    ['proxy.configure', [{ project: 'evil', domains: ['x.test'], own: 'server { root /; }', maxBody: '1M' }]],
    ['proxy.route', ['evil', 80]],
    ['apps.perform', ['evil', '1; id']],
  ])(
    'cannot inject text into what root writes, by a call: %s %j',
    async (name, args) => {
      const script = `const r=require("http").request({socketPath:"/run/gatling/evil.sock",path:"/${name}",method:"POST"},s=>{s.on("data",d=>process.stdout.write(d))});r.end(process.argv[1])`
      const asked = await server.over(['run', 'evil', 'node', '-e', script, JSON.stringify(args)])
      expect(asked.text).toContain('"error"')
      expect(await root('ls /pwned 2>&1 || true')).toContain('No such file')
      await root('nginx -t -q')
    },
    60_000,
  )

  it.each([
    ['"evil.test"', '"x; } server { listen 99; } #"', 'DOMAINS_INVALID'],
    ['"max_body": "10M"', '"max_body": "10M; access_log /etc/cron.d/x"', 'STATE_BROKEN'],
    ['"memory": null', '"memory": "1G\\\\nExecStartPre=+/bin/touch /pwned"', 'STATE_BROKEN'],
  ])(
    'cannot inject text into what root writes, by its state: %s is %s',
    async (is, becomes, said) => {
      const state = '/var/lib/gatling/apps/evil/state.json'
      await root(`cp ${state} ${state}.kept && sed -i 's|${is}|${becomes}|' ${state}`)
      expect(await root(`cmp ${state} ${state}.kept || true`)).toContain('differ')
      expect(await root('gatling converge evil 2>&1 || true')).toContain(said)
      expect(await root('nginx -T 2>/dev/null | grep -cE "listen 99|cron" || true')).toBe('0\n')
      expect(await root('grep -c pwned /etc/systemd/system/evil@.service || true')).toBe('0\n')
      await root(`mv ${state}.kept ${state} && chown gatling-evil: ${state}`)
    },
    60_000,
  )

  it('that forks without end stops at its limit', async () => {
    // The children stay, and the parent tries to make more without end.
    const bomb = asEvil(`perl -e 'while (1) { my $pid = fork // next; if (!$pid) { sleep 300; exit } }'`)
    const unit = "systemctl list-units --plain --no-legend 'gatling-run-evil-*' | cut -d' ' -f1"
    const property = (name: string): string => `$(systemctl show --property=${name} --value $(${unit}))`
    // The count varies, because new processes start and fail all the time.
    await server.machine.until(
      `max=${property('TasksMax')}; [[ $max =~ ^[0-9]+$ ]] && (( 10 * ${property('TasksCurrent')} >= 9 * max )) 2>/dev/null`,
      'the bomb to be full',
    )
    for (let look = 0; look < 5; look++) await shopAnswers()
    await root(`systemctl kill -s KILL $(${unit})`)
    await bomb
    await shopAnswers()
  })

  it('that uses all memory is killed at its limit', async () => {
    const bomb = asEvil(`perl -e 'my @all; push @all, "x" x 10_000_000 while 1'`)
    await shopAnswers()
    expect((await bomb).code).not.toBe(0)
    await shopAnswers()
  })

  it('cannot take the domain of another', async () => {
    await evil.commit({ domains: 'shop.test\n' })
    const push = await evil.push()
    expect(push.code).not.toBe(0)
    expect(push.text).toContain('shop.test already belongs to shop')
    await shopAnswers()
    await evil.git('reset', '-q', '--hard', 'HEAD~1')
  })

  it('cannot take the Erlang names of another, or block its deploys and restarts', async () => {
    const ports = Object.values(JSON.parse(await root('cat /etc/gatling/apps/shop.json')).ports)
    const attack = server.over(['run', 'evil', 'node', '-e', squatter, JSON.stringify(ports)])
    await server.machine.until('[ -e /var/lib/gatling/apps/evil/data/squats ]', 'the attack to run')
    const swapped = await server.over(['redeploy', 'shop', '--mode', 'swap'])
    expect(swapped.code, swapped.text).toBe(0)
    const before = (await server.version('shop.test')).os_pid
    await root(`kill -9 ${before}`)
    // The old version can still answer for a moment, so this asks the node rather than the site.
    const node = async (): Promise<string> =>
      (await server.over(['run', 'shop', 'bin/shop', 'rpc', 'IO.puts(node())'])).stdout
    await until(async () => (await node()).includes(nodeAddress('shop')), 'shop to be back')
    expect((await server.get('shop.test')).status).toBe(200)
    await root("systemctl kill -s KILL 'gatling-run-evil-*'")
    await attack
  })

  it.each(['domains', 'gatling.toml', 'nginx.conf'])(
    'cannot read a file by a link in its repository: %s',
    async name => {
      await evil.commit({ [name]: null })
      symlinkSync('/etc/gatling/config/shop.json', join(evil.source, name))
      await evil.commit({})
      expect((await evil.push()).text).not.toContain('correct-horse')
      await evil.git('reset', '-q', '--hard', 'HEAD~2')
      await shopAnswers()
    },
  )

  it('cannot read a file or stop another app by a link as its state', async () => {
    const state = '/var/lib/gatling/apps/evil/state.json'
    await asEvil(`mv ${state} ${state}.kept && ln -s /etc/shadow ${state}`)
    const status = await root(
      'gatling status evil 2>&1 || true; gatling status; gatling doctor 2>&1 || true; gatling converge evil 2>&1 || true',
    )
    expect(status).not.toContain('root:')
    expect(status).toMatch(/shop +running/)
    expect(status).toMatch(/evil +unreadable/)
    await root(`mv ${state}.kept ${state}`)
    expect(await root('gatling status')).toMatch(/shop +running/)
  })

  it('can have any names of files and branches without harm', async () => {
    writeFileSync(join(evil.source, '$(touch pwned) ; "x" \n.txt'), '')
    await evil.commit({})
    const push = await evil.git('push', 'production', 'HEAD:refs/heads/a$(touch${IFS}pwned);b')
    expect(push.text).toContain('not deployed')
    expect((await evil.push()).code).toBe(0)
    expect(await root('find / -xdev -name pwned 2>/dev/null | wc -l')).toBe('0\n')
  })

  it('cannot have the name of a service of the machine, or an invalid name', async () => {
    for (const [name, refusal] of [
      ['nginx', 'already has something else named nginx'],
      ['ssh', 'already has something else named ssh'],
      ['localhost', 'already has something else named localhost'],
      ['a'.repeat(30), 'too long'],
      ['Shop', 'does not run this command'],
      ['shop/../evil', 'does not run this command'],
    ]) {
      const push = await evil.git('push', `gatling@${server.machine.address}:${name}`, 'main')
      expect(push.code).not.toBe(0)
      expect(push.text).toContain(refusal)
    }
  })
})

/**
 * Registers both of shop's nodes again and again at all that listens on shop's ports, and keeps the connections open. It
 * also listens on each free port of shop.
 */
const squatter = `
const net = require('net');
const ports = JSON.parse(process.argv[1]);
const register = name => {
  const head = [0, 13 + name.length, 120, 80, 0, 77, 0, 0, 6, 0, 5, 0, name.length];
  return Buffer.concat([Buffer.from(head), Buffer.from(name), Buffer.from([0, 0])]);
};
const squat = (port, host, name) => {
  const socket = net.connect(port, host, () => socket.write(register(name)));
  socket.on('error', () => {}).on('data', () => {}).on('close', () => setTimeout(squat, 20, port, host, name));
};
for (const port of ports) {
  net.createServer(() => {}).on('error', () => {}).listen(port);
  for (const host of ['127.0.0.1', '${nodeAddress('shop')}'])
    for (const name of ['shop_a', 'shop_b']) squat(port, host, name);
}
require('fs').writeFileSync(process.env.HOME + '/squats', '');
`.replaceAll('\n', ' ')

function limits(memory: string | null = null) {
  return { memory, cpu: null, tasks: 64 }
}
