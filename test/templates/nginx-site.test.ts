import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parseNginxConf } from '../../src/config/nginx-conf.js'
import { onLoopback } from '../../src/core/endpoint.js'
import { freePort } from '../../src/hosts/ports.js'
import { nginxProxy } from '../../src/proxies/nginx.js'
import { parseAnswer } from '../../src/proxies/nginx-log.js'
import { type NginxShared, nginxShared } from '../../src/templates/nginx-shared.js'
import { type NginxSite, nginxSite } from '../../src/templates/nginx-site.js'
import { answersContract } from '../contracts/reverse-proxy.js'
import { temporaryFolders } from '../helpers/folder.js'
import { openSocket, startLoad } from '../helpers/load.js'
import { startUpstream } from '../helpers/upstream.js'
import { run, until } from '../helpers/world.js'

const nginx = process.env['NGINX_PROGRAM'] ?? '/usr/sbin/nginx'
const hash = '0123456789abcdef0123456789abcdef'

const temporaryFolder = temporaryFolders()
const endings: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

const siteIn = (folder: string, changes: Partial<NginxSite> = {}): NginxSite => ({
  project: 'shop',
  domains: ['shop.test'],
  ports: { a: 20_001, b: 20_002, own: 20_003 },
  marker: join(folder, 'marker'),
  publicDir: join(folder, 'public'),
  acmeDir: join(folder, 'acme'),
  tls: null,
  own: null,
  maxBody: '10M',
  files: false,
  log: '/dev/null',
  ipv6: true,
  http: 20_080,
  https: 20_443,
  ...changes,
})

/** Writes a main configuration like Debian's, but with open_file_cache, and with all that nginx writes in one folder. */
const configure = (folder: string, sites: readonly string[], shared: Partial<NginxShared> = {}): string => {
  const path = join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const listening = { http: 20_080, https: 20_443, ipv6: true, tls: true }
  writeFileSync(
    join(folder, 'shared.conf'),
    nginxShared({ namesHash: true, log: join(folder, 'answers.log'), ...listening, ...shared }),
  )
  sites.forEach((text, index) => {
    writeFileSync(join(folder, `${index}.site`), text)
  })
  writeFileSync(
    path,
    `user root;
worker_processes 2;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 768; }
http {
  sendfile on;
  tcp_nopush on;
  types_hash_max_size 2048;
  ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
  ssl_prefer_server_ciphers on;
  gzip on;
  open_file_cache max=1000;
  access_log ${folder}/access.log;
  ${temporary.map(name => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  include ${folder}/shared.conf;
  include ${folder}/*.site;
}
`,
  )
  return path
}

/** Returns the complaints of nginx about a configuration; '': none. */
const complaints = (sites: readonly string[], shared?: Partial<NginxShared>): Promise<string> =>
  test(configure(temporaryFolder(), sites, shared))

const test = async (conf: string): Promise<string> => {
  const { code, stderr } = await run([nginx, '-t', '-q', '-c', conf])
  const said = stderr.split('\n').filter(line => line !== '' && !expected.test(line))
  return code === 0 ? said.join('\n') : `status ${code}: ${said.join('\n')}`
}
/** Newer versions of nginx print this about a directive that the old ones need. */
const expected = /"listen ... http2" directive is deprecated|could not open error log/

const certificateIn = async (folder: string, names: readonly string[]) => {
  const certificate = join(folder, 'fullchain.pem')
  const key = join(folder, 'privkey.pem')
  const subject = ['-subj', `/CN=${names[0]}`, '-addext', `subjectAltName=${names.map(n => `DNS:${n}`)}`]
  const into = ['-keyout', key, '-out', certificate]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const { code, text } = await run(['openssl', 'req', '-x509', '-days', '2', ...curve, ...subject, ...into])
  expect(code, text).toBe(0)
  return { certificate, key, domains: names }
}

describe("the configuration of an app's site", () => {
  const ownConf = `
limit_req_zone $binary_remote_addr zone=shop_login:1m rate=5r/s;
map $http_accept_language $shop_language { default en; ~^de de; }
server {
  server_name shop.test;
  location / { proxy_pass http://shop; }
  location /login { limit_req zone=shop_login burst=9; proxy_pass http://shop; }
  error_page 404 @none;
  location @none { return 404 "none\\n"; }
}
`

  it.each<[string, Partial<NginxSite>]>([
    ['one name', {}],
    ['wildcards and long names', { domains: ['*.shop.test', `${'a'.repeat(63)}.${'b'.repeat(63)}.test`] }],
    ['no IPv6', { ipv6: false }],
    ['the usual ports', { http: 80, https: 443 }],
  ])('is accepted by nginx: %s', async (_, changes) => {
    expect(await complaints([nginxSite(siteIn('/tmp/none', changes))])).toBe('')
  })

  it('is accepted by nginx with TLS, for some names and for all', async () => {
    const tls = await certificateIn(temporaryFolder(), ['shop.test', '*.x.test'])
    const some = siteIn('/tmp/none', {
      tls,
      domains: ['shop.test', 'other.test', 'a.x.test', '*.x.test', 'a.b.x.test'],
    })
    expect(await complaints([nginxSite(some)])).toBe('')
    expect(serverNames(nginxSite(some))).toEqual([
      'other.test a.b.x.test',
      'shop.test a.x.test *.x.test',
      'shop.test a.x.test *.x.test',
    ])
    expect(serverNames(nginxSite(siteIn('/tmp/none', { tls })))).toEqual(['shop.test', 'shop.test'])
  })

  it("is accepted by nginx with an app's own nginx.conf, with and without TLS", async () => {
    const tls = await certificateIn(temporaryFolder(), ['shop.test'])
    for (const text of [
      ownConf,
      `${ownConf.replace('server {', 'server { listen 80; proxy_http_version 1.1; client_max_body_size 1m; ')}`,
      `server { listen 80; server_name shop.test; return 301 https://$host$request_uri; }
       ${ownConf.replace('server {', 'server { listen 443 ssl; listen [::]:443 ssl http2;')}`,
    ]) {
      const own = parseNginxConf(text, { project: 'shop', domains: ['shop.test'] })
      for (const known of [null, tls])
        expect(await complaints([nginxSite(siteIn('/tmp/none', { own, tls: known }))])).toBe('')
    }
  })

  it('works beside those of other apps with similar names', async () => {
    const tls = await certificateIn(temporaryFolder(), ['a.test', 'b.test'])
    const own = parseNginxConf(ownConf, { project: 'shop', domains: ['shop.test'] })
    const texts = [
      siteIn('/tmp/none', { own }),
      siteIn('/tmp/none', { project: 'shop_a', domains: ['a.test'], tls }),
      siteIn('/tmp/none', { project: 'shop_b', domains: ['b.test'], tls }),
    ].map(site => nginxSite(site))
    expect(await complaints(texts)).toBe('')
  })

  it('works with nginx settings that an administrator has changed', async () => {
    const changed = 'server_names_hash_bucket_size 128; gzip_vary on;\n'
    expect(await complaints([changed + nginxSite(siteIn('/tmp/none'))], { namesHash: false })).toBe('')
  })

  it('says that Gatling wrote it and where to change it', () => {
    expect(nginxSite(siteIn('/tmp/none'))).toMatch(
      /^# Written by Gatling.*do not edit\.\n# Change it in shop's/,
    )
  })

  it('listens on IPv6 only if the machine has it', () => {
    expect(nginxSite(siteIn('/tmp/none'))).toContain('listen [::]:20080;')
    expect(nginxSite(siteIn('/tmp/none', { ipv6: false }))).not.toContain('[::]')
  })
})

const serverNames = (text: string): string[] =>
  [...text.matchAll(/server_name (.*);/g)].map(match => match[1] ?? '')

// --- with a running nginx

type Running = Awaited<ReturnType<typeof startSite>>

/** Starts nginx in the foreground, in front of two slots. */
const startSite = async (
  changes: (folder: string) => Partial<NginxSite> | Promise<Partial<NginxSite>> = () => ({}),
  others: (site: NginxSite) => readonly string[] = () => [],
) => {
  const folder = temporaryFolder()
  const ports = { a: await freePort(), b: await freePort(), own: await freePort() }
  const site = siteIn(folder, {
    ports,
    http: await freePort(),
    https: await freePort(),
    log: join(folder, 'answers.log'),
    ...(await changes(folder)),
  })
  for (const dir of [site.publicDir, site.acmeDir]) mkdirSync(dir, { recursive: true })
  const { http = 0, https = 0 } = site
  const conf = configure(folder, [nginxSite(site), ...others(site)], { http, https })
  expect(await test(conf)).toBe('')
  const child = spawn(nginx, ['-c', conf, '-g', 'daemon off;'], { stdio: 'ignore' })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  endings.push(() => {
    child.kill('SIGTERM')
    return ended
  })
  const port = http
  // nginx opens its ports one after the other.
  for (const one of site.tls ? [port, https] : [port])
    await until(() => child.exitCode !== null || isOpen(one), 'nginx')
  expect(child.exitCode, 'how nginx ended').toBeNull()
  return {
    folder,
    site,
    port,
    log: () => readFileSync(join(folder, 'error.log'), 'utf8'),
    start: async (slot: 'a' | 'b') => {
      const started = await startUpstream(slot, ports[slot])
      let isClosed = false
      const close = async (): Promise<void> => {
        if (!isClosed) await started.close()
        isClosed = true
      }
      endings.push(close)
      return { ...started, close }
    },
    switchTo: (slot: 'a' | 'b') =>
      slot === 'b' ? writeFileSync(site.marker, '') : rmSync(site.marker, { force: true }),
    put: (path: string, text: string) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    },
  }
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })

interface Asked {
  readonly host?: string
  readonly headers?: Record<string, string>
  readonly method?: string
  readonly body?: string
  readonly tls?: boolean
}

const ask = (
  { port, site }: Running,
  path: string,
  { host = 'shop.test', headers = {}, method = 'GET', body, tls = false }: Asked = {},
) =>
  new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
    const options = { path, method, agent: false, headers: { host, ...headers } }
    const to = tls
      ? { ...options, host: '127.0.0.1', port: site.https, servername: host, rejectUnauthorized: false }
      : { ...options, host: '127.0.0.1', port }
    const outgoing = (tls ? httpsRequest : httpRequest)(to, response => {
      let text = ''
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk
      })
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      )
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })

const own = (text: string, project = 'shop') => ({
  own: parseNginxConf(text, { project, domains: ['shop.test', 'other.test'] }),
})

describe('the files of an app without processes', () => {
  const put = (running: Running): void => {
    for (const [path, text] of Object.entries({
      'a/index.html': 'old',
      'a/style.css': 'style',
      'a/404.html': 'not here',
      'a/.env': 'secret',
      'a/.well-known/security.txt': 'contact',
      'a/about/index.html': 'about us',
      'b/index.html': 'new',
      'kept/gone.js': 'earlier',
    }))
      running.put(join('public', path), text)
    writeFileSync(join(running.folder, 'outside.txt'), 'secret')
    symlinkSync(join(running.folder, 'outside.txt'), join(running.folder, 'public', 'a', 'link.txt'))
    symlinkSync(running.folder, join(running.folder, 'public', 'a', 'folder'))
  }

  it.each([
    ['in the site that Gatling writes', () => ({ files: true })],
    [
      "in the app's own site",
      () => ({
        files: true,
        ...own('server { server_name shop.test; location / { proxy_pass http://shop; } }'),
      }),
    ],
  ])('are served by nginx, and switch at once, %s', async (_, changes) => {
    const running = await startSite(changes)
    put(running)
    expect(await ask(running, '/')).toMatchObject({ status: 200, body: 'old' })
    const css = await ask(running, '/style.css')
    expect(css).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/css', 'cache-control': 'no-cache' },
    })
    expect(css.headers['last-modified']).toBeDefined()
    const again = await ask(running, '/style.css', { headers: { 'if-none-match': css.headers.etag ?? '' } })
    expect(again.status).toBe(304)
    running.switchTo('b')
    expect((await ask(running, '/')).body).toBe('new')
    expect((await ask(running, '/style.css')).status).toBe(404)
    expect((await ask(running, '/gone.js')).body).toBe('earlier')
  })

  it('are found by their usual paths, and no other file is', async () => {
    const running = await startSite(() => ({ files: true }))
    put(running)
    expect((await ask(running, '/about')).status).toBe(301)
    expect((await ask(running, '/about/')).body).toBe('about us')
    expect((await ask(running, '/.well-known/security.txt')).body).toBe('contact')
    for (const path of ['/nothing', '/.env', '/link.txt', '/folder/outside.txt', '/a/index.html']) {
      const { status, body } = await ask(running, path)
      expect([path, status, body]).toEqual([path, 404, 'not here'])
    }
    expect((await ask(running, '/..%2foutside.txt')).status).toBe(400)
  })
})

const unused = (): never => {
  throw new Error('not used by this test')
}

/** Returns the proxy that root uses, for a running site. */
const proxyOf = ({ site }: Running) =>
  nginxProxy({
    lock: join(temporaryFolder(), 'lock'),
    path: unused,
    link: unused,
    isOurs: unused,
    marker: () => site.marker,
    render: unused,
    known: () => null,
    sites: unused,
    remember: unused,
    log: site.log,
    slotOf: (project, { port }) =>
      project !== 'shop' ? null : port === site.ports.a ? 'a' : port === site.ports.b ? 'b' : null,
  })

const sites = [
  ['Gatling’s own', () => ({})],
  [
    'an app’s',
    () => own('server { server_name shop.test; access_log off; location / { proxy_pass http://shop; } }'),
  ],
] as const

for (const [whose, changes] of sites) {
  answersContract(`nginx with ${whose} site`, async () => {
    const running = await startSite(changes)
    const { answers, route } = proxyOf(running)
    return {
      answers,
      ports: running.site.ports,
      ask: path => ask(running, path),
      switchTo: slot => route('shop', onLoopback(running.site.ports[slot])),
      close: async () => {},
    }
  })
}

describe('the log of the answers of nginx', () => {
  const answeredIn = ({ folder }: Running) =>
    readFileSync(join(folder, 'answers.log'), 'utf8')
      .split('\n')
      .flatMap(line => parseAnswer(line).answered ?? [])
      .map(({ project, status, bytes }) => ({ project, status, isSent: bytes > 50 }))

  it('has each answer once, with app, status and size', async () => {
    for (const [changes, digests] of [
      [() => ({}), 1],
      [
        () => own('server { server_name shop.test; access_log off; location / { proxy_pass http://shop; } }'),
        0,
      ],
    ] as const) {
      const running = await startSite(changes)
      await running.start('a')
      running.put(join('public', `app-${hash}.css`), 'a digested file')
      await ask(running, '/')
      await ask(running, '/failing')
      await ask(running, `/app-${hash}.css`)
      const shop = (status: number) => ({ project: 'shop', status, isSent: true })
      await expect
        .poll(() => answeredIn(running))
        .toEqual([shop(200), shop(500), ...Array.from({ length: digests }, () => shop(200))])
    }
    const files = await startSite(() => ({ files: true }))
    files.put('public/a/index.html', 'hello')
    await ask(files, '/')
    await ask(files, '/nothing')
    await expect.poll(() => answeredIn(files).map(({ status }) => status)).toEqual([200, 404])
  })

  it('has no client, path, header or query', async () => {
    const running = await startSite()
    await running.start('a')
    await ask(running, '/secret-path?token=secret', { headers: { 'user-agent': 'secret', cookie: 'secret' } })
    await expect.poll(() => answeredIn(running)).toHaveLength(1)
    const text = readFileSync(join(running.folder, 'answers.log'), 'utf8')
    expect(text).not.toMatch(/secret|GET|shop\.test/)
    expect(text).toMatch(/^[\d.]+ 127\.0\.0\.1:\d+\|200\|[\d.]+\|shop a 200 [\d.]+ \d+\n$/)
  })

  it('can be counted by port for a site of an earlier version', async () => {
    const running = await startSite()
    const path = join(running.folder, '0.site')
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('set $gatling_app shop;', ''))
    expect((await run([nginx, '-s', 'reload', '-c', join(running.folder, 'nginx.conf')])).code).toBe(0)
    await running.start('a')
    const from = Date.now() - 1_000
    await expect
      .poll(async () => {
        await ask(running, '/')
        return readFileSync(join(running.folder, 'answers.log'), 'utf8')
      })
      .toContain('| a 200')
    const seen = await proxyOf(running).answers(
      'shop',
      onLoopback(running.site.ports.a),
      from,
      Date.now() + 9_000,
    )
    expect(seen.requests).toBeGreaterThan(0)
  })
})

it('nginx also writes its own access log for apps', async () => {
  const running = await startSite()
  await running.start('a')
  await ask(running, '/seen')
  await expect.poll(() => readFileSync(join(running.folder, 'access.log'), 'utf8')).toContain('GET /seen')
})

describe.each(sites)('nginx with %s site', (_, changes) => {
  it('fails no request while the slots are switched back and forth', async () => {
    const running = await startSite(changes)
    let live = await running.start('a')
    const load = await startLoad(running.port, 'shop.test', { clients: 8, sockets: 0 })
    for (const slot of ['b', 'a', 'b', 'a', 'b', 'a', 'b', 'a'] as const) {
      const next = await running.start(slot)
      running.switchTo(slot)
      await until(() => next.served() > 20, `requests to ${slot}`)
      // Requests on their way to the old slot need this time.
      await new Promise(resolve => setTimeout(resolve, 500))
      await live.close()
      live = next
    }
    const report = await load.stop()
    expect(report.failures).toEqual([])
    expect(report.requests).toBeGreaterThan(100)
    expect(running.log()).not.toMatch(/\[(error|crit|alert|emerg)\]/)
  })

  it('asks the other slot if the chosen one has stopped listening', async () => {
    const running = await startSite(changes)
    const old = await running.start('a')
    const upload = connect(running.port, '127.0.0.1')
    const said: string[] = []
    upload.setEncoding('utf8').on('data', text => said.push(String(text)))
    upload.write(
      'POST /body HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 10\r\nConnection: close\r\n\r\n01234',
    )
    await new Promise(resolve => setTimeout(resolve, 200))
    await running.start('b')
    running.switchTo('b')
    await old.close()
    upload.write('56789')
    await until(() => said.join('').includes('"bytes":10'), 'the answer')
    expect(said.join('')).toMatch(/^HTTP\/1\.1 200 /)
    upload.destroy()
  })

  it('passes WebSockets, and keeps open ones at their slot', async () => {
    const running = await startSite(changes)
    await running.start('a')
    const first = await openSocket(running.port, 'shop.test')
    await until(() => first.messages.length > 0, 'the first message')
    expect(JSON.parse(first.messages[0] ?? '')).toMatchObject({
      host: 'shop.test',
      origin: 'http://shop.test',
      'x-forwarded-for': '127.0.0.1',
    })
    await running.start('b')
    running.switchTo('b')
    first.socket.send('hello')
    const second = await openSocket(running.port, 'shop.test')
    second.socket.send('hello')
    await until(() => first.messages.includes('a: hello') && second.messages.includes('b: hello'), 'echoes')
    first.socket.terminate()
    second.socket.terminate()
  })

  it('tells the app the origin of a request, without headers that the client forged', async () => {
    const running = await startSite(changes)
    await running.start('a')
    const lies = {
      'x-forwarded-for': '1.2.3.4',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'bank.test',
      'x-forwarded-port': '443',
      'x-real-ip': '1.2.3.4',
      'x-client-ip': '1.2.3.4',
      forwarded: 'for=1.2.3.4',
      'true-client-ip': '1.2.3.4',
      'cf-connecting-ip': '1.2.3.4',
      'fastly-client-ip': '1.2.3.4',
      'x-cluster-client-ip': '1.2.3.4',
      'x-forwarded-ssl': 'on',
      'x-forwarded-scheme': 'https',
      'front-end-https': 'on',
      'x-original-url': '/admin',
      'x-rewrite-url': '/admin',
      origin: 'https://elsewhere.test',
    }
    const { body } = await ask(running, '/headers', { host: `SHOP.test:${running.port}`, headers: lies })
    expect(JSON.parse(body)).toEqual({
      host: 'shop.test',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.test',
      'x-forwarded-port': String(running.port),
      'x-real-ip': '127.0.0.1',
      origin: 'https://elsewhere.test',
    })
  })

  it('refuses upgrades to other protocols than WebSocket', async () => {
    const running = await startSite(changes)
    await running.start('a')
    for (const upgrade of ['h2c', 'websocket, h2c', 'TLS/1.0']) {
      const headers = { upgrade, connection: 'Upgrade, HTTP2-Settings', 'http2-settings': 'AAMAAABkAAQAAP__' }
      const { status, body } = await ask(running, '/headers', { headers })
      expect([upgrade, status, JSON.parse(body)]).toMatchObject([upgrade, 200, { host: 'shop.test' }])
      expect(Object.keys(JSON.parse(body))).not.toContain('upgrade')
    }
  })

  it('answers 502 with a plain text if no instance runs', async () => {
    const running = await startSite(changes)
    const none = await ask(running, '/', { method: 'POST', body: 'x' })
    expect(none).toMatchObject({ status: 502, body: expect.stringContaining('does not answer') })
    expect(none.headers).toMatchObject({ 'retry-after': '5', 'content-type': 'text/plain' })
  })

  it('serves digested files itself, and asks the app for the rest', async () => {
    const running = await startSite(changes)
    await running.start('a')
    const name = `assets/app-${hash}.js`
    running.put(`public/${name}`, 'plain')
    running.put(`public/${name}.gz`, 'zipped')
    running.put(`public/assets/app.js`, 'not digested')
    running.put(`secret-${hash}.js`, 'secret')
    symlinkSync(join(running.folder, `secret-${hash}.js`), join(running.folder, `public/link-${hash}.js`))
    const file = await ask(running, `/${name}?vsn=d`)
    expect(file).toMatchObject({ status: 200, body: 'plain' })
    expect(file.headers).toMatchObject({
      'content-type': 'text/javascript',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
    })
    const zipped = await ask(running, `/${name}`, { headers: { 'accept-encoding': 'gzip' } })
    expect(zipped).toMatchObject({ body: 'zipped', headers: { 'content-encoding': 'gzip' } })
    for (const path of [
      '/assets/app.js',
      `/assets/new-${hash}.js`,
      `/link-${hash}.js`,
      `/assets/../../secret-${hash}.js`,
      `/%2e%2e/secret-${hash}.js`,
    ]) {
      const { body, headers } = await ask(running, path)
      expect([path, body].join(' ')).not.toMatch(/secret$|not digested$/)
      expect(headers['cache-control']).toBeUndefined()
    }
    expect((await ask(running, `/assets/new-${hash}.js`)).body).toBe('a')
  })

  it('refuses bodies that are too large', async () => {
    const running = await startSite(async () => ({ ...changes(), maxBody: '1K' }))
    await running.start('a')
    expect(await ask(running, '/body', { method: 'POST', body: 'x'.repeat(2_000) })).toMatchObject({
      status: 413,
    })
    expect(await ask(running, '/body', { method: 'POST', body: 'x'.repeat(900) })).toMatchObject({
      status: 200,
    })
  })

  it('serves only challenges from their folder', async () => {
    const running = await startSite(changes)
    running.put('acme/.well-known/acme-challenge/to_ken-1', 'proof')
    running.put('acme/.well-known/acme-challenge/to.ken', 'no token')
    const path = '/.well-known/acme-challenge'
    expect(await ask(running, `${path}/to_ken-1`)).toMatchObject({ status: 200, body: 'proof' })
    for (const other of ['to.ken', 'none', '', '../x', 'a/b'])
      expect([404, 502]).toContain((await ask(running, `${path}/${other}`)).status)
  })

  it('answers challenges for former names in its certificate, except those of other apps', async () => {
    const running = await startSite(
      async folder => ({
        ...changes(),
        tls: await certificateIn(folder, ['shop.test', 'old.test', 'www.old.test', 'a.old.test']),
      }),
      site => [
        // Debian has such a site, which gets the requests for unknown names.
        `server { listen ${site.http} default_server; return 403; }`,
        nginxSite({ ...site, project: 'blog', domains: ['www.old.test'], tls: null, own: null }),
        nginxSite({ ...site, project: 'wiki', domains: ['*.old.test'], tls: null, own: null }),
      ],
    )
    await running.start('a')
    running.put('acme/.well-known/acme-challenge/token', 'proof')
    for (const host of ['shop.test', 'old.test', 'www.old.test', 'a.old.test'])
      expect((await ask(running, '/.well-known/acme-challenge/token', { host })).body).toBe('proof')
    expect(await ask(running, '/', { host: 'old.test' })).toMatchObject({ status: 404 })
    for (const host of ['www.old.test', 'a.old.test', 'b.old.test'])
      expect(await ask(running, '/', { host })).toMatchObject({ status: 200, body: 'a' })
  })
})

it('nginx answers 404 for unknown names, unless another site is the default', async () => {
  const tlsIn = async (folder: string) => ({ tls: await certificateIn(folder, ['shop.test']) })
  const running = await startSite(tlsIn)
  await running.start('a')
  for (const host of ['nobody.test', '127.0.0.1', 'gatling.invalid', 'localhost'])
    expect(await ask(running, '/', { host })).toMatchObject({
      status: 404,
      body: 'No app answers to this name.\n',
    })
  await expect(ask(running, '/', { host: 'nobody.test', tls: true })).rejects.toThrow(/unrecognized name/)
  expect(await ask(running, '/', { tls: true })).toMatchObject({ status: 200, body: 'a' })

  const other = await startSite(tlsIn, site => [
    `server { listen ${site.http} default_server; server_name _; return 403; }`,
  ])
  expect(await ask(other, '/', { host: 'nobody.test' })).toMatchObject({ status: 403 })
})

describe('nginx with Gatling’s own site', () => {
  it('passes on each event of a stream at once', async () => {
    const running = await startSite()
    const { createServer } = await import('node:http')
    const app = createServer((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      request.on('data', chunk => response.write(`data: ${chunk}\n\n`))
      response.write('data: first\n\n')
    })
    await new Promise<void>(resolve => app.listen(running.site.ports.a, '127.0.0.1', () => resolve()))
    endings.push(
      () =>
        new Promise(resolve => {
          app.close(() => resolve())
          app.closeAllConnections()
        }),
    )
    for (const method of ['GET', 'POST']) {
      const headers = { host: 'shop.test', accept: 'application/json, text/event-stream' }
      const outgoing = httpRequest({ host: '127.0.0.1', port: running.port, method, agent: false, headers })
      outgoing.end(method === 'POST' ? 'posted' : undefined)
      let events = ''
      outgoing.on('response', response =>
        response.setEncoding('utf8').on('data', text => {
          events += text
        }),
      )
      await until(() => events.includes('first') && (method === 'GET' || events.includes('posted')), 'events')
      outgoing.destroy()
    }
  })

  it('changes no answer of the app, even with an error status', async () => {
    const running = await startSite()
    const { createServer } = await import('node:http')
    const app = createServer((request, response) => {
      response.writeHead(Number(request.url?.slice(1)), { location: 'http://127.0.0.1:1/x' }).end('mine')
    })
    await new Promise<void>(resolve => app.listen(running.site.ports.a, '127.0.0.1', () => resolve()))
    endings.push(() => new Promise(resolve => app.close(() => resolve())))
    for (const status of [302, 404, 418, 502, 503, 504]) {
      const answer = await ask(running, `/${status}`)
      expect(answer).toMatchObject({ status, body: 'mine', headers: { location: 'http://127.0.0.1:1/x' } })
    }
  })

  it('passes on a path unchanged', async () => {
    const running = await startSite()
    const { createServer } = await import('node:http')
    const app = createServer((request, response) => response.end(request.url))
    await new Promise<void>(resolve => app.listen(running.site.ports.a, '127.0.0.1', () => resolve()))
    endings.push(() => new Promise(resolve => app.close(() => resolve())))
    for (const path of ['/a%2Fb//c?d=%20e', `/x-${hash}.css?vsn=d`, '/%C3%A4']) {
      expect((await ask(running, path)).body).toBe(path)
    }
  })

  it('redirects names of the certificate to https, except for challenges', async () => {
    const running = await startSite(async folder => ({
      domains: ['shop.test', 'other.test'],
      tls: await certificateIn(folder, ['shop.test']),
    }))
    await running.start('a')
    running.put('acme/.well-known/acme-challenge/token', 'proof')
    expect(await ask(running, '/a%2Fb?c=d')).toMatchObject({
      status: 308,
      headers: { location: 'https://shop.test/a%2Fb?c=d' },
    })
    expect((await ask(running, '/.well-known/acme-challenge/token')).body).toBe('proof')
    expect(await ask(running, '/', { host: 'other.test' })).toMatchObject({ status: 200, body: 'a' })
    const secure = await ask(running, '/headers', { tls: true })
    expect(JSON.parse(secure.body)).toMatchObject({ 'x-forwarded-proto': 'https', host: 'shop.test' })
    expect(secure.headers['strict-transport-security']).toBeUndefined()
  })
})

describe("nginx with an app's own nginx.conf", () => {
  it('reads its words as Gatling reads them', async () => {
    const words = ['a b', 'a"b', "a'b", 'a\\b', 'a;b{c}', 'a#b', 'ä', '']
    const said = words.map((word, index) => {
      const quoted = `"${word.replace(/["\\]/g, '\\$&')}"`
      return `location = /${index} { return 200 ${quoted}; }`
    })
    const bare = [
      'a\\.b',
      'a}b',
      'a#b',
      'a"b',
      'x${request_method}y',
      '$request_method',
      "'s\\'q'",
      '"t\\tt"',
    ]
    const others = bare.map((word, index) => `location = /bare${index} { return 200 ${word}; }`)
    const running = await startSite(() =>
      own(`server { server_name shop.test; ${[...said, ...others].join('\n')} }`),
    )
    for (const [index, word] of words.entries()) expect((await ask(running, `/${index}`)).body).toBe(word)
    const answers = await Promise.all(
      bare.map(async (_, index) => (await ask(running, `/bare${index}`)).body),
    )
    expect(answers).toEqual(['a\\.b', 'a}b', 'a#b', 'a"b', 'xGETy', 'GET', "s'q", 't\tt'])
  })

  it('serves no file of the machine for any rewritten path', async () => {
    const running = await startSite(() =>
      own(`server {
        server_name shop.test;
        location /rewritten { rewrite ^ /../../../../../../../etc/passwd break; }
        location /last { rewrite ^ /none/../../../../../../../etc/passwd last; }
        location /arg { rewrite ^ /$arg_file break; }
        location /acme { rewrite ^ /.well-known/acme-challenge/../../../../../../../etc/passwd last; }
        location /digested { rewrite ^ /../outside-${hash}.txt last; }
        location /error { error_page 404 /../../../../../etc/passwd; return 404; }
        error_page 403 /../../../../../etc/passwd;
      }`),
    )
    running.put(`outside-${hash}.txt`, 'root:')
    const paths = [
      '/rewritten',
      '/last',
      '/arg?file=../../../../../etc/passwd',
      '/acme',
      '/digested',
      '/error',
      '/',
      '/etc/passwd',
    ]
    for (const path of paths) {
      const { status, body } = await ask(running, path)
      expect([path, status >= 400]).toEqual([path, true])
      expect(body).not.toContain('root:')
    }
  })

  it('answers challenges before its own redirects', async () => {
    const running = await startSite(() =>
      own('server { server_name shop.test; deny all; return 301 https://$host$request_uri; }'),
    )
    running.put('acme/.well-known/acme-challenge/token', 'proof')
    expect(await ask(running, '/.well-known/acme-challenge/token')).toMatchObject({
      status: 200,
      body: 'proof',
    })
    expect(await ask(running, '/')).toMatchObject({ status: 301 })
  })

  it('serves https once there is a certificate, without a line for it', async () => {
    const text = 'server { server_name shop.test; location / { proxy_pass http://shop; } }'
    const running = await startSite(async folder => ({
      ...own(text),
      tls: await certificateIn(folder, ['shop.test']),
    }))
    await running.start('a')
    for (const tls of [true, false]) expect((await ask(running, '/', { tls })).body).toBe('a')
  })

  it('uses its https blocks only once there is a certificate', async () => {
    const text = `
      server { listen 80; server_name shop.test; return 301 https://shop.test$request_uri; }
      server { listen 443 ssl; server_name shop.test; location / { proxy_pass http://shop; } }`
    const running = await startSite(async folder => ({
      ...own(text),
      tls: await certificateIn(folder, ['shop.test']),
    }))
    await running.start('a')
    expect(await ask(running, '/')).toMatchObject({ status: 301 })
    expect(await ask(running, '/', { tls: true })).toMatchObject({ status: 200, body: 'a' })
    expect(nginxSite(siteIn('/tmp/none', own(text)))).not.toMatch(/443|ssl/)
  })

  it('follows X-Accel-Redirect of the app', async () => {
    const text =
      'server { server_name shop.test; location / { proxy_pass http://shop; } location /inside { internal; return 200 inside; } }'
    const running = await startSite(() => own(text))
    const { createServer } = await import('node:http')
    const app = createServer((_, response) => response.setHeader('x-accel-redirect', '/inside').end())
    await new Promise<void>(resolve => app.listen(running.site.ports.a, '127.0.0.1', () => resolve()))
    endings.push(() => new Promise(resolve => app.close(() => resolve())))
    expect((await ask(running, '/')).body).toBe('inside')
  })
})

describe('the site of an app on several machines', () => {
  /** Starts a machine at 127.0.0.2. The other machine of the fleet is whatever listens at 127.0.0.1 on the same port. */
  const startMachine = async (open: boolean, changes: Partial<NginxSite> = {}) => {
    const port = await freePort()
    const fleet = { port, inside: '127.0.0.2', others: ['127.0.0.1'], open, lead: null }
    const running = await startSite(() => ({ fleet, ...changes }))
    const neighbour = async () => {
      const other = await startUpstream('n2', port)
      endings.push(() => other.close().catch(() => {}))
      return other
    }
    /** Asks as another machine does. @returns the status and the body; null: the connection was closed. */
    const asOther = (path: string, headers: Record<string, string> = {}, localAddress = '127.0.0.1') =>
      new Promise<{ status: number; body: string } | null>((resolve, reject) => {
        const options = { host: '127.0.0.2', port, path, agent: false as const, localAddress }
        const outgoing = httpRequest({ ...options, headers: { host: 'shop.test', ...headers } }, response => {
          let body = ''
          response.setEncoding('utf8').on('data', text => {
            body += text
          })
          response.once('end', () => resolve({ status: response.statusCode ?? 0, body }))
        })
        outgoing.once('error', error =>
          'code' in error && error.code === 'ECONNRESET' ? resolve(null) : reject(error),
        )
        outgoing.end()
      })
    return { ...running, neighbour, asOther }
  }
  const both = ['GET', 'POST']
  const answersOf = async (running: Running) =>
    Promise.all(both.map(async method => (await ask(running, '/', { method })).body))
  const ownConf = own('server { server_name shop.test; location / { proxy_pass http://shop; } }')

  it.each([
    ['in the site that Gatling writes', {}],
    ["in the app's own site", ownConf],
  ])('asks the instance here first, and the other machine without one, %s', async (_, changes) => {
    const running = await startMachine(true, changes)
    const [a] = [await running.start('a'), await running.neighbour()]
    expect(await answersOf(running)).toEqual(['a', 'a'])
    await a.close()
    expect(await answersOf(running)).toEqual(['n2', 'n2'])
    running.switchTo('b')
    await running.start('b')
    expect(await answersOf(running)).toEqual(['b', 'b'])
    const logged = readFileSync(running.site.log, 'utf8').trim().split('\n').map(parseAnswer)
    // The outer server of the app's own site logs, too, but without an app.
    expect(logged.flatMap(({ answered }) => answered?.project ?? [])).toEqual(Array(6).fill('shop'))
  })

  it('asks only the other machines while no instance answers here', async () => {
    const running = await startMachine(false)
    await running.start('a')
    await running.neighbour()
    expect(await answersOf(running)).toEqual(['n2', 'n2'])
    const { body } = await ask(running, '/headers', { headers: { 'x-forwarded-for': '1.2.3.4' } })
    expect(JSON.parse(body)).toMatchObject({ host: 'shop.test', 'x-forwarded-for': '127.0.0.1' })
    // Nothing listens for the fleet, so another machine has not sent anything when it goes on.
    await expect(running.asOther('/')).rejects.toThrow('ECONNREFUSED')
  })

  it('passes a request of another machine on unchanged, and counts it there', async () => {
    const running = await startMachine(true)
    await running.start('a')
    const forwarded = { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'https', host: 'Shop.test' }
    const answer = await running.asOther('/headers', forwarded)
    expect(JSON.parse(answer?.body ?? '')).toMatchObject(forwarded)
    await until(() => readFileSync(running.site.log, 'utf8') !== '', 'a line in the log')
    const { answered, tries } = parseAnswer(readFileSync(running.site.log, 'utf8').trim())
    expect(answered).toBeNull()
    expect(tries).toMatchObject([{ address: `127.0.0.1:${running.site.ports.a}`, status: 200 }])
    expect(await running.asOther('/', {}, '127.0.0.3')).toMatchObject({ status: 403 })
  })

  it('sends another machine on only if no instance got the request', async () => {
    const running = await startMachine(true)
    expect(await running.asOther('/')).toBeNull()
    await running.start('a')
    expect(await running.asOther('/')).toMatchObject({ status: 200, body: 'a' })
    expect(await running.asOther('/cut')).toMatchObject({ status: 503 })
  })

  it('carries WebSockets to the other machine', async () => {
    const running = await startMachine(false)
    await running.neighbour()
    const { socket, messages } = await openSocket(running.port, 'shop.test')
    socket.send('hello')
    await until(() => messages.includes('n2: hello'), 'an echo')
    socket.terminate()
  })

  it('asks the lead for challenges of certificates', () => {
    const fleet = { port: 1, inside: '127.0.0.2', others: ['127.0.0.1'], open: false, lead: '127.0.0.1' }
    expect(nginxSite(siteIn('/tmp/none', { fleet }))).toContain('proxy_pass http://127.0.0.1:80;')
  })
})
