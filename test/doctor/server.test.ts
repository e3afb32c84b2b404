import { describe, expect, it } from 'vitest'
import { doctor } from '../../src/cli/commands/doctor.js'
import { size } from '../../src/core/size.js'
import { examine } from '../../src/doctor/examine.js'
import { isLoopback, parseListeners } from '../../src/doctor/listeners.js'
import { serverChecks } from '../../src/doctor/server/checks.js'
import { clockFinding, memoryFinding, parseMeminfo, roomFinding } from '../../src/doctor/server/machine.js'
import { filesIn, reloadFinding } from '../../src/doctor/server/nginx-reload.js'
import { gitFinding, nodeFinding, programFinding } from '../../src/doctor/server/programs.js'
import { doorFindings, failedFinding, timerFinding } from '../../src/doctor/server/services.js'
import {
  keysFindings,
  lockFindings,
  loginFinding,
  parseSshd,
  sudoFinding,
} from '../../src/doctor/server/ssh.js'
import { nginxFindings, portFinding } from '../../src/doctor/server/web.js'
import { parseUnits } from '../../src/doctor/units.js'
import { isAtLeast, numbersIn } from '../../src/doctor/versions.js'
import { installedFinding } from '../../src/stacks/phoenix/doctor/elixirs.js'
import { erlangFindings } from '../../src/stacks/phoenix/doctor/erlang.js'
import { ownNameFinding } from '../../src/stacks/phoenix/doctor/own-name.js'
import { elixirFinding } from '../../src/stacks/phoenix/doctor/program.js'
import { failureOf } from '../helpers/failure.js'

describe('versions', () => {
  it.each([
    ['20.19.0', true],
    ['20.9.0', false],
    ['20.19', true],
    ['18.20.8', false],
    ['22.1.0', true],
    ['21', true],
  ])('%s is at least 20.19: %s', (version, expected) => {
    expect(isAtLeast(numbersIn(version), [20, 19])).toBe(expected)
  })

  it('are read from the output of programs', () => {
    expect(numbersIn('git version 2.39.5 (Apple Git-154)')).toEqual([2, 39, 5])
    expect(numbersIn('none')).toEqual([])
  })
})

describe('programs', () => {
  it('are judged as new enough, too old or missing', () => {
    expect(nodeFinding('18.19.0', '/usr/bin/node').level).toBe('problem')
    expect(nodeFinding('20.19.0', '/usr/bin/node').level).toBe('ok')
    expect(gitFinding('git version 2.28.0').level).toBe('problem')
    expect(gitFinding('git version 2.29.0').level).toBe('ok')
    expect(gitFinding(null)).toMatchObject({ level: 'problem', remedy: 'gatling setup' })
  })

  const found = {
    mix: '/usr/bin/mix',
    target: '/usr/lib/elixir/bin/mix',
    version: '1.18.4',
    otp: '27',
    importsRegexes: false,
  }

  it('include an Elixir that builds can see and start', () => {
    expect(elixirFinding({ ...found, missing: [] })).toMatchObject({
      level: 'ok',
      text: 'Elixir 1.18.4 on Erlang/OTP 27 (/usr/bin/mix)',
    })
    expect(elixirFinding({ ...found, version: '1.14.0', otp: '25', missing: [] })).toMatchObject({
      level: 'ok',
      text: expect.stringContaining('too old for Phoenix 1.8'),
    })
    expect(elixirFinding({ ...found, missing: ['xmerl'] })).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('xmerl'),
    })
    expect(elixirFinding({ mix: null, installed: null })).toMatchObject({
      level: 'problem',
      remedy: expect.stringContaining('gatling setup --elixir'),
    })
    expect(elixirFinding({ mix: null, installed: '1.18.4-otp-25' })).toMatchObject({
      level: 'ok',
      text: expect.stringContaining('1.18.4-otp-25'),
    })
    expect(elixirFinding({ ...found, target: '/home/jane/.asdf/installs/mix', missing: [] })).toMatchObject({
      level: 'problem',
      text: expect.stringContaining('builds do not see'),
    })
    expect(
      elixirFinding({ mix: '/usr/bin/mix', target: '/usr/bin/mix', failed: 'exec: erl: not found' }),
    ).toMatchObject({ level: 'problem', text: expect.stringContaining('erl: not found') })
  })

  it('include an installed Elixir that apps can start', () => {
    const one = { name: '1.18.4-otp-25', version: '1.18.4', otp: 25, path: '' }
    expect(installedFinding(one, null).level).toBe('ok')
    expect(installedFinding(one, 'Permission denied')).toMatchObject({
      level: 'problem',
      text: expect.stringContaining('Permission denied'),
      remedy: 'gatling elixir remove 1.18.4-otp-25 && gatling elixir install 1.18.4',
    })
  })

  it.each([
    ['1.18.3', '27', false, null],
    ['1.18.3', '28', true, 'is made for Erlang/OTP 25 to 27'],
    ['1.18.4', '28', true, 'on Erlang/OTP 28 this Elixir compiles a regular expression each time'],
    ['1.19.0', '28', false, 'Erlang/OTP 28.0 compiles a regular expression each time'],
    ['1.19.0', '28', true, null],
    ['1.19.0', '25', false, 'is made for Erlang/OTP 26 to 28'],
    ['1.20.3', '29', true, null],
    ['1.21.0', '30', true, null],
    ['1.14.0', '25', false, null],
    ['1.14.0', '26', false, 'is made for Erlang/OTP 23 to 25'],
    ['1.14.5', '26', false, null],
  ])('get a warning about what Elixir %s lacks on Erlang/OTP %s', (version, otp, importsRegexes, said) => {
    const facts = { mix: '/usr/bin/mix', target: '/usr/bin/mix', missing: [], version, otp, importsRegexes }
    const finding = elixirFinding(facts)
    expect(finding.level).toBe(said === null ? 'ok' : 'warning')
    if (said !== null) expect(finding.text).toContain(said)
  })

  it('include a gatling that is the installed one', () => {
    const same = { installed: '0.1.0', failed: '', running: '0.1.0', isSame: true }
    expect(programFinding(same).level).toBe('ok')
    expect(programFinding({ ...same, isSame: false }).level).toBe('warning')
    expect(programFinding({ ...same, installed: '0.0.9', isSame: false }).text).toContain('0.0.9')
    expect(programFinding({ ...same, installed: null, failed: 'node: not found' })).toMatchObject({
      level: 'problem',
      text: expect.stringContaining('node: not found'),
    })
  })
})

describe('the open ports', () => {
  const text = `LISTEN 0 511  0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=9,fd=6),("nginx",pid=7,fd=6))
LISTEN 0 511     [::]:80    [::]:* users:(("nginx",pid=9,fd=7))
LISTEN 0 4096       *:443      *:* users:(("apache2",pid=12,fd=4))
LISTEN 0 4096 127.0.0.53%lo:53 0.0.0.0:*
LISTEN 0 128  [::1]:26836 [::]:* users:(("epmd",pid=3,fd=4))
LISTEN 0 128  [fe80::1%eth0]:546 [::]:*
LISTEN 0 128  [::ffff:127.0.0.1]:20001 *:* users:(("beam.smp",pid=5,fd=17))
nonsense
`
  const all = parseListeners(text)

  it('are read from the output of ss', () => {
    expect(all).toEqual([
      { address: '0.0.0.0', port: 80, programs: ['nginx'] },
      { address: '::', port: 80, programs: ['nginx'] },
      { address: '*', port: 443, programs: ['apache2'] },
      { address: '127.0.0.53', port: 53, programs: [] },
      { address: '::1', port: 26836, programs: ['epmd'] },
      { address: 'fe80::1', port: 546, programs: [] },
      { address: '::ffff:127.0.0.1', port: 20001, programs: ['beam.smp'] },
    ])
    expect(parseListeners('')).toEqual([])
  })

  it.each([
    ['127.0.0.1', true],
    ['127.8.1.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['*', false],
    ['0.0.0.0', false],
    ['::', false],
    ['10.127.0.1', false],
    ['::ffff:10.0.0.1', false],
  ])('%s is loopback: %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected)
  })

  it('must belong to nginx on 80 and 443', () => {
    expect(portFinding(80, all, true).level).toBe('ok')
    expect(portFinding(443, all, true)).toMatchObject({
      level: 'problem',
      text: expect.stringContaining('apache2'),
    })
    expect(portFinding(443, all, false).level).toBe('warning')
    expect(portFinding(80, [], true).level).toBe('problem')
    expect(portFinding(443, [], false).level).toBe('ok')
    expect(portFinding(53, all, true).level).toBe('warning')
  })

  it('of Erlang must be on loopback, except the ports of apps', () => {
    expect(erlangFindings(all, [])).toMatchObject({ level: 'ok' })
    const beam = { address: '0.0.0.0', port: 20002, programs: ['beam.smp'] }
    expect(erlangFindings([beam], [20002])).toMatchObject({ level: 'ok' })
    expect(erlangFindings([{ ...beam, address: '10.83.2.34' }], [])).toMatchObject({ level: 'ok' })
    expect(erlangFindings([beam], [])).toMatchObject([{ level: 'warning' }])
    expect(erlangFindings([{ address: '::', port: 4369, programs: ['systemd'] }], [])).toMatchObject([
      { level: 'warning', text: expect.stringContaining('[::]:4369') },
    ])
  })
})

describe('sshd', () => {
  const login = (text: string, groups = ['gatling']) => loginFinding(parseSshd(text), 'gatling', groups)

  it.each([
    ['', 'ok'],
    ['allowusers root\nallowusers gatling', 'ok'],
    ['allowusers root\nallowusers jane', 'problem'],
    ['allowusers gat*', 'ok'],
    ['allowusers gatlin?', 'ok'],
    ['allowusers gatling@10.0.0.*', 'ok'],
    ['denyusers gatling', 'problem'],
    ['denyusers jane', 'ok'],
    ['denyusers gatling@10.0.0.1', 'ok'],
    ['allowgroups ssh-users', 'problem'],
    ['allowgroups gatling', 'ok'],
    ['denygroups gat*', 'problem'],
    ['allowusers gatling\nallowgroups sudo', 'problem'],
    ['allowusers gatling.x', 'problem'],
  ])('with %j gets %s', (text, level) => {
    expect(login(text).level).toBe(level)
  })

  it('is reported with the addresses that it limits logins to', () => {
    expect(login('allowusers gatling@10.0.0.1').text).toContain('gatling@10.0.0.1')
    expect(login('denyusers gatling@10.0.0.1').text).toContain('not gatling@10.0.0.1')
  })

  it('must accept the keys of Gatling and run their commands', () => {
    const stock = `pubkeyauthentication yes
authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2
authenticationmethods any
forcecommand none`
    expect(keysFindings(parseSshd(stock))).toEqual([])
    expect(keysFindings(parseSshd('authorizedkeysfile %h/.ssh/authorized_keys'))).toEqual([])
    for (const line of [
      'pubkeyauthentication no',
      'authorizedkeysfile /etc/ssh/keys/%u',
      'authenticationmethods publickey,password',
      'forcecommand internal-sftp',
    ])
      expect(keysFindings(parseSshd(line)), line).toMatchObject([{ level: 'problem' }])
  })

  it('treats a user without a password as locked only without PAM', () => {
    expect(lockFindings(parseSshd('usepam yes'), '!')).toEqual([])
    expect(lockFindings(parseSshd('usepam no'), '!')).toMatchObject([{ level: 'problem' }])
    expect(lockFindings(parseSshd('usepam no'), '*')).toEqual([])
  })

  it('needs the rule of sudo in effect', () => {
    expect(sudoFinding(true, true).level).toBe('ok')
    expect(sudoFinding(false, true).level).toBe('problem')
    expect(sudoFinding(true, false).level).toBe('problem')
  })
})

describe('services', () => {
  it('are read from the output of systemctl', () => {
    const units = parseUnits('ActiveState=active\nId=a.service\n\nId=b.service\nResult=x=y\n')
    expect([...units.keys()]).toEqual(['a.service', 'b.service'])
    expect(units.get('b.service')).toEqual({ Id: 'b.service', Result: 'x=y' })
  })

  it('include nginx, which must run, start at boot and accept its files', () => {
    expect(
      nginxFindings(null, { ActiveState: 'active', UnitFileState: 'enabled' }).map(({ level }) => level),
    ).toEqual(['ok', 'ok'])
    const refused =
      'nginx: [emerg] unknown directive "foo" in /etc/nginx/sites-enabled/shop.conf:3 nginx: configuration file /etc/nginx/nginx.conf test failed'
    expect(nginxFindings(refused, { ActiveState: 'failed', UnitFileState: 'disabled' })).toMatchObject([
      { level: 'problem' },
      { level: 'warning' },
      { level: 'problem', remedy: 'Correct /etc/nginx/sites-enabled/shop.conf, line 3; then: nginx -t' },
    ])
  })

  it('include an nginx that does not use its present files, with the reason', () => {
    const file = (path: string, changed: number) => ({ path, changed })
    const files = [file('/etc/nginx/nginx.conf', 1), file('/etc/nginx/sites-enabled/a.conf', 9_000)]
    expect(reloadFinding(9_500, files, []).level).toBe('ok')
    expect(reloadFinding(5_000, files, [])).toMatchObject({
      level: 'warning',
      text: 'nginx does not use its present files; changed since it read them: /etc/nginx/sites-enabled/a.conf',
    })
    expect(reloadFinding(9_500, files, ['limit_req "z" uses the "$a" key'])).toMatchObject({
      level: 'problem',
      text: expect.stringContaining('no change of a site takes effect: limit_req "z" uses'),
    })
  })

  it('include the files of nginx and the certificates that they name', () => {
    const dump = `# configuration file /etc/nginx/nginx.conf:
events {}
# configuration file /etc/nginx/sites-enabled/shop.conf:
server {
    ssl_certificate /etc/letsencrypt/live/gatling-shop/fullchain.pem;
    ssl_certificate_key "/etc/letsencrypt/live/gatling-shop/privkey.pem";
    # ssl_certificate /etc/none.pem;
    ssl_certificate /etc/certs/$ssl_server_name.pem;
    ssl_certificate_cache off;
}
server { listen 443 ssl; ssl_certificate /etc/other.pem; }
server {
    ssl_certificate /etc/letsencrypt/live/gatling-shop/fullchain.pem;
}`
    expect(filesIn(dump)).toEqual([
      '/etc/nginx/nginx.conf',
      '/etc/nginx/sites-enabled/shop.conf',
      '/etc/letsencrypt/live/gatling-shop/fullchain.pem',
      '/etc/letsencrypt/live/gatling-shop/privkey.pem',
      '/etc/other.pem',
    ])
  })

  it('that failed are reported only if an app depends on them', () => {
    const list = `shop@a.service loaded failed failed shop, slot a
gatling-door@shop.service loaded failed failed door
certbot.service loaded failed failed Certbot
unrelated.service loaded failed failed Something
shopping.service loaded failed failed Other`
    expect(failedFinding(list, ['shop'])).toMatchObject({
      level: 'problem',
      text: 'failed: shop@a.service, gatling-door@shop.service, certbot.service',
    })
    expect(failedFinding('', ['shop']).level).toBe('ok')
  })

  it('include the doors, which must be open even after a reboot', () => {
    const door = (ActiveState: string, UnitFileState: string) =>
      new Map([['gatling-door@shop.socket', { ActiveState, UnitFileState }]])
    expect(doorFindings([], new Map())).toBe(null)
    expect(doorFindings(['shop'], door('active', 'enabled'))).toMatchObject({ level: 'ok' })
    expect(doorFindings(['shop'], door('inactive', 'enabled'))).toMatchObject([{ level: 'problem' }])
    expect(doorFindings(['shop'], door('active', 'disabled'))).toMatchObject([{ level: 'warning' }])
    expect(doorFindings(['shop'], new Map())).toMatchObject([{ level: 'problem' }])
  })

  it('include the timer that renews certificates', () => {
    const timer = (ActiveState: string, UnitFileState: string) =>
      new Map([['certbot.timer', { ActiveState, UnitFileState }]])
    expect(timerFinding(timer('active', 'enabled')).level).toBe('ok')
    expect(timerFinding(timer('active', 'disabled')).level).toBe('warning')
    expect(timerFinding(timer('inactive', 'enabled')).level).toBe('problem')
    expect(timerFinding(new Map()).level).toBe('problem')
  })
})

describe('the machine', () => {
  it.each([
    [0.5, 'ok'],
    [0.15, 'ok'],
    [0.149, 'warning'],
    [0.05, 'warning'],
    [0.049, 'problem'],
    [0, 'problem'],
  ])('with %d of the disk free gets %s', (share, level) => {
    expect(roomFinding('room', { free: share * 1e9, total: 1e9, write: size }).level).toBe(level)
    expect(roomFinding('files', { free: share * 1e6, total: 1e6, write: String }).level).toBe(level)
  })

  it('needs memory or swap for a build', () => {
    const meminfo = (available: number, swap: number): string =>
      `MemTotal:  1000000 kB\nMemAvailable: ${available} kB\nSwapTotal: ${swap} kB\nSwapFree: ${swap} kB\n`
    expect(parseMeminfo(meminfo(1, 2))['MemAvailable']).toBe(1024)
    expect(memoryFinding(parseMeminfo(meminfo(800_000, 0))).level).toBe('ok')
    expect(memoryFinding(parseMeminfo(meminfo(300_000, 0)))).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('there is no swap'),
    })
    expect(memoryFinding(parseMeminfo(meminfo(300_000, 500_000))).level).toBe('ok')
    expect(() => memoryFinding({})).toThrow('/proc/meminfo')
  })

  it('needs a synchronised clock', () => {
    expect(clockFinding('yes').level).toBe('ok')
    expect(clockFinding('no').level).toBe('warning')
    expect(() => clockFinding('')).toThrow()
  })

  it('needs a name that resolves', () => {
    expect(ownNameFinding({ name: 'web', address: '127.0.1.1' }).level).toBe('ok')
    expect(ownNameFinding({ name: 'web', address: null })).toMatchObject({
      level: 'problem',
      remedy: 'echo "127.0.1.1 web" >>/etc/hosts',
    })
  })

  it.each([
    [0, '0 bytes'],
    [1_023, '1023 bytes'],
    [1_536, '1.5 KB'],
    [26 * 1024 ** 2, '26 MB'],
    [1.4 * 1024 ** 3, '1.4 GB'],
    [2_000 * 1024 ** 4, '2000 TB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(size(bytes)).toBe(text)
  })
})

describe('the machine that runs these tests', () => {
  it('gets one line from every check within 20 s', async () => {
    const began = performance.now()
    const findings = await examine(serverChecks, { projects: [], apps: [] })
    expect(performance.now() - began).toBeLessThan(20_000)
    for (const name of serverChecks.map(check => check.name))
      if (!['doors', 'certbot_timer', 'elixirs', 'nginx_reload', 'fleet'].includes(name))
        expect(findings.map(({ check }) => check)).toContain(name)
    for (const { text, remedy } of findings) expect(`${text}${remedy}`).not.toMatch(/\n|\p{Cc}/u)
    const level = (name: string) => findings.find(({ check }) => check === name)?.level
    expect(level('git')).toBe('ok')
    expect(level('memory')).toBeDefined()
  })

  it('is refused by the command, because it is not a server', async () => {
    expect(await failureOf(() => doctor(undefined, {}))).toMatchObject({ code: 'NOT_A_SERVER' })
  })
})
