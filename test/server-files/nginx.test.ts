import { expect, it } from 'vitest'
import { onServer } from './on-server.js'

/** Starts nginx on a server with two apps. Its `systemctl` reloads nginx on request. */
const begin = `
import * as fs from 'node:fs'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
const { createApp } = await import('./dist/server/apps.js')
const { changes } = await import('./dist/server/setup.js')
const { rootProxy } = await import('./dist/runtimes/root.js')
const { nginxReload } = await import('./dist/doctor/server/nginx-reload.js')
execFileSync('ip', ['link', 'set', 'lo', 'up'])
fs.writeFileSync('/usr/local/bin/systemctl', \`#!/bin/sh
case "$*" in
  show*nginx.service) echo "MainPID=$(cat /run/nginx.pid)" ;;
  "reload-or-restart nginx.service") kill -HUP "$(cat /run/nginx.pid)" ;;
esac
\`)
fs.rmSync('/etc/nginx/sites-enabled/default', { force: true })
const nginx = spawn('nginx', ['-g', 'daemon off;'], { stdio: 'ignore' })
while (!(fs.existsSync('/run/nginx.pid') && fs.readFileSync('/run/nginx.pid', 'utf8').trim())) await new Promise(resolve => setTimeout(resolve, 10))
const doctorSays = async () => [await nginxReload()].flat().map(said => said?.level + ' ' + said?.text)
await changes({ elixir: false, keys: null }).find(({ about }) => about.includes('tell nginx')).make()
for (const project of ['aaa', 'bbb']) await createApp(project)
const configure = async (project, domains, own = null) =>
  rootProxy().configure({ project, domains, own, maxBody: '1M' }).then(() => 'live', error => error.code + ' ' + error.message)
const ask = async host =>
  execFileSync('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-H', 'Host: ' + host, 'http://127.0.0.1/']).toString()
const say = what => console.log('\\n' + JSON.stringify(what))
`
const answer = async (script: string): Promise<unknown> => {
  const { stdout, text } = await onServer(`${begin}try {${script}} finally { nginx.kill() }`, '', true)
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  } catch {
    throw new Error(text)
  }
}

it('a refused reload restores the old site, and names the file at fault', async () => {
  const said = (await answer(`
const own = (zone, key) => 'limit_req_zone ' + key + ' zone=aaa_z:1m rate=9r/s; server { server_name a.test; location / { limit_req zone=aaa_z burst=9; return 204; } }'
const said = [await configure('aaa', ['a.test'], own('aaa_z', '$binary_remote_addr')), await configure('aaa', ['a.test'], own('aaa_z', '$server_name'))]
said.push(await ask('a.test'), ...await doctorSays())

// No rule of Gatling covers this: another process listens where the app's own nginx.conf reaches it.
const registered = JSON.parse(fs.readFileSync('/etc/gatling/apps/bbb.json', 'utf8'))
const { createServer } = await import('node:net')
const taken = createServer().listen(registered.ports.own, '127.0.0.1')
said.push(await configure('bbb', ['b.test']))
said.push(await configure('bbb', ['b.test', 'new.b.test'], 'server { server_name b.test; return 204; }'))
said.push(await configure('aaa', ['a.test', 'new.a.test'], null), await ask('new.a.test'), ...await doctorSays())
taken.close()

// A refusal because of another file is not this app's fault.
fs.writeFileSync('/etc/nginx/conf.d/theirs.conf', 'limit_req_zone $uri zone=theirs:1m rate=1r/s; limit_req zone=theirs burst=99;')
nginx.kill('SIGHUP')
// nginx's log has whole seconds, and a later refusal must not seem to be from before this reload.
await new Promise(resolve => setTimeout(resolve, 1_100))
fs.writeFileSync('/etc/nginx/conf.d/theirs.conf', 'limit_req_zone $host zone=theirs:1m rate=1r/s; limit_req zone=theirs burst=99;')
said.push(await configure('bbb', ['b.test', 'new.b.test']), await ask('b.test'), ...await doctorSays())
say(said)
`)) as string[]
  expect(said).toEqual([
    'live',
    'live',
    '204',
    'ok nginx uses what its files say',
    'live',
    expect.stringMatching(
      /^NGINX_REFUSED .*\n.*bind\(\) to 127\.0\.0\.1:\d+ failed \(98: Address already in use\)/,
    ),
    'live',
    '502',
    'ok nginx uses what its files say',
    expect.stringMatching(/^NGINX_BROKEN .*\n.*limit_req "theirs" uses the "\$host" key while previously/),
    '502',
    expect.stringMatching(/^problem nginx refuses to be reloaded.*limit_req "theirs" uses/),
  ])
}, 180_000)

it('the hook of certbot fails if nginx does not load a renewed certificate', async () => {
  const [good, refused, found, again] = (await answer(`
await changes({ elixir: false, keys: null }).find(({ about }) => about.includes('renewed certificates')).make()
const hook = () => {
  const { status, stderr } = spawnSync('/etc/letsencrypt/renewal-hooks/deploy/gatling', { encoding: 'utf8' })
  return status + ' ' + stderr
}
const renew = () => execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=a.test', '-keyout', '/etc/gatling/key.pem', '-out', '/etc/gatling/cert.pem'], { stdio: 'ignore' })
const site = key => fs.writeFileSync('/etc/nginx/conf.d/theirs.conf', 'limit_req_zone ' + key + ' zone=theirs:1m rate=1r/s; limit_req zone=theirs burst=99; server { listen 443 ssl; server_name tls.test; ssl_certificate /etc/gatling/cert.pem; ssl_certificate_key /etc/gatling/key.pem; }')
renew()
site('$uri')
const said = [hook()]
// nginx's log has whole seconds.
await new Promise(resolve => setTimeout(resolve, 1_100))
renew()
said.push((await doctorSays()).join())
site('$host')
said.push(hook())
site('$uri')
said.push(hook())
say([said[0], said[2], said[1], said[3]])
`)) as string[]
  expect(good).toBe('0 ')
  expect(found).toMatch(/^warning nginx does not use its present files;.*\/etc\/gatling\/cert\.pem/)
  expect(refused).toMatch(
    /^1 .*does not use the renewed certificates[\s\S]*limit_req "theirs" uses the "\$host" key/,
  )
  expect(refused).toContain('(CERTIFICATES_UNUSED)')
  expect(again).toBe('0 ')
}, 180_000)

it('no app takes a name of another app or of a hand-written site', async () => {
  const said = (await answer(`
fs.writeFileSync('/etc/nginx/sites-enabled/hand', 'server { listen 80; server_name hand.test *.wild.test; return 204; }')
fs.writeFileSync('/etc/nginx/sites-enabled/zzz', 'server { listen 8080; server_name elsewhere.test; return 204; }')
const said = [await configure('bbb', ['*.b.test', 'elsewhere.test'])]
for (const name of ['shop.b.test', '*.b.test', 'hand.test', 'a.wild.test', '*.wild.test', 'co.uk', '*.com', '10.0.0.1', 'b.test'])
  said.push(await configure('aaa', ['a.test', name]))
said.push(await ask('hand.test'), await ask('a.test'), await ask('nobody.test'))
// nginx warns of a name that Gatling does not find.
fs.writeFileSync('/etc/nginx/sites-enabled/hand', 'server { listen 80; "server_name" c.test; return 204; }')
said.push(await configure('aaa', ['c.test']), await ask('c.test'))
say(said)
`)) as string[]
  const hand = '/etc/nginx/sites-enabled/hand'
  expect(said).toEqual([
    'live',
    'DOMAIN_TAKEN shop.b.test already belongs to bbb, which has *.b.test',
    'DOMAIN_TAKEN *.b.test already belongs to bbb',
    `DOMAIN_TAKEN hand.test already belongs to ${hand}`,
    `DOMAIN_TAKEN a.wild.test already belongs to ${hand}, which has *.wild.test`,
    `DOMAIN_TAKEN *.wild.test already belongs to ${hand}`,
    expect.stringMatching(/^DOMAINS_INVALID .*co\.uk/),
    expect.stringMatching(/^DOMAINS_INVALID .*\*\.com/),
    expect.stringMatching(/^DOMAINS_INVALID .*10\.0\.0\.1/),
    'live',
    '204',
    '502',
    '404',
    expect.stringMatching(/^NGINX_REFUSED .*\n.*conflicting server name "c.test" on 0\.0\.0\.0:80, ignored/),
    '204',
  ])
}, 180_000)
