import { request } from 'node:https'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { lazyVm } from '../helpers/world.js'
import { createLab, type Lab } from './machine.js'
import { startPebble } from './pebble.js'
import { createServer, type Server, type ServerApp } from './server.js'

let lab: Lab
let server: Server
let shop: ServerApp
let pebble: Awaited<ReturnType<typeof startPebble>>

beforeAll(async () => {
  lab = await createLab()
  server = await createServer(lab, 'web')
  pebble = await startPebble(lab.hostAddress, server.machine.address)
  await server.machine.put('/etc/pebble.pem', pebble.api)
  shop = await server.app('shop', { ...lazyVm, domains: 'shop.test www.shop.test\n' })
  const push = await shop.push()
  if (push.code !== 0) throw new Error(push.text)
})
afterAll(async () => {
  pebble?.close()
  server?.close()
  await lab?.close()
})

const enable = (app = 'shop') =>
  server.machine.run(
    [
      ...(['env', 'REQUESTS_CA_BUNDLE=/etc/pebble.pem', 'gatling', 'tls', 'enable', app] as const),
      ...['--email', 'ops@shop.test', '--authority', pebble.directory],
    ],
    { timeoutMs: 120_000 },
  )

interface Answer {
  readonly status: number
  readonly body: string
  readonly serial: string
  readonly location: string | undefined
}

/** Sends a GET over TLS that trusts only this authority. */
const secure = (host: string, path = '/version') =>
  new Promise<Answer>((resolve, reject) => {
    const outgoing = request(
      {
        host: server.machine.address,
        servername: host,
        path,
        headers: { host },
        ca: pebble.root,
        agent: false,
      },
      response => {
        const { serialNumber } = (response.socket as import('node:tls').TLSSocket).getPeerCertificate()
        let body = ''
        response.on('data', bytes => {
          body += bytes
        })
        const { statusCode: status = 0 } = response
        const { location } = response.headers
        response.on('end', () => resolve({ status, body, serial: serialNumber, location }))
      },
    )
    outgoing.once('error', reject)
    outgoing.end()
  })

it('gets no certificate if a name leads elsewhere, and stays on http', async () => {
  await pebble.pointElsewhere('www.shop.test')
  const failed = await enable()
  expect(failed.code).not.toBe(0)
  expect(failed.text).toContain('no certificate for shop.test, www.shop.test')
  expect((await server.get('shop.test')).status).toBe(200)
})

it('gets a certificate, answers on https, and redirects http', async () => {
  await shop.commit({ domains: 'shop.test\n' })
  expect((await shop.push()).code).toBe(0)
  const enabled = await enable()
  expect(enabled.code, enabled.text).toBe(0)
  expect(enabled.stdout).toContain('https://shop.test')
  expect(await secure('shop.test')).toMatchObject({ status: 200 })
  // Old workers of nginx can still answer for a moment.
  await expect.poll(async () => (await server.get('shop.test')).status).toBe(308)
  const answer = await server.get('shop.test')
  expect(answer.headers['location']).toBe('https://shop.test/version')
})

it('shows its https address in the push and the status', async () => {
  await shop.greet('secure')
  const push = await shop.push()
  expect(push.text).toContain('is live at https://shop.test')
  expect((await secure('shop.test')).body).toContain('secure')
  const status = (await server.over(['status'])).stdout
  expect(status).toContain('https://shop.test')
  expect(status).toMatch(/shop: its certificate ends on \d{4}-\d\d-\d\d/)
})

const renewed = async (): Promise<void> => {
  const before = await secure('shop.test')
  await server.machine.sh(
    'REQUESTS_CA_BUNDLE=/etc/pebble.pem certbot renew -q --force-renewal --no-random-sleep-on-renew',
    { timeoutMs: 120_000 },
  )
  await expect.poll(async () => (await secure('shop.test')).serial).not.toBe(before.serial)
}

it('uses a renewed certificate', renewed, 180_000)

it('answers for a new name on http, until `gatling tls enable` runs again', async () => {
  await shop.commit({ domains: 'shop.test new.shop.test\n' })
  expect((await shop.push()).code).toBe(0)
  expect((await server.get('new.shop.test')).status).toBe(200)
  const enabled = await enable()
  expect(enabled.code, enabled.text).toBe(0)
  expect((await secure('new.shop.test')).status).toBe(200)
})

it('renews the certificate with a removed name, until `gatling tls enable` runs again', async () => {
  await shop.commit({ domains: 'shop.test\n' })
  expect((await shop.push()).code).toBe(0)
  expect(await server.machine.sh('gatling doctor 2>&1 || true')).toContain('is also for new.shop.test')
  await renewed()
  const enabled = await enable()
  expect(enabled.code, enabled.text).toBe(0)
  expect(await server.machine.sh('certbot certificates 2>/dev/null')).not.toContain('new.shop.test')
  expect(await server.machine.sh('nginx -T 2>/dev/null')).not.toContain('new\\.shop')
})

it('redirects a path of a folder in a static site on https', async () => {
  const pages = await server.app('pages', {}, undefined, 'pages')
  expect((await pages.push()).code).toBe(0)
  const enabled = await enable('pages')
  expect(enabled.code, enabled.text).toBe(0)
  const leads = { status: 301, location: '/about/' }
  expect(await secure('pages.test', '/about')).toMatchObject(leads)
  expect((await secure('pages.test', '/about/')).body).toContain('<h1>About</h1>')
  await expect.poll(async () => (await server.get('pages.test', '/about')).status).toBe(308)
  const plain = await server.get('pages.test', '/about')
  expect(plain.headers['location']).toBe('https://pages.test/about')
  // Its own nginx.conf reaches the files by a port that is closed to visitors, and no redirect may name it.
  await pages.commit({
    'nginx.conf': 'server { server_name pages.test; location / { proxy_pass http://pages; } }\n',
  })
  const own = await pages.push()
  expect(own.code, own.text).toBe(0)
  expect((await server.get('pages.test', '/about')).headers['location']).not.toMatch(/:\d/)
})

it('returns to http by `gatling tls disable`', async () => {
  await server.machine.sh('gatling tls disable shop')
  await expect.poll(async () => (await server.get('shop.test')).status).toBe(200)
  expect(await server.machine.sh('ls /etc/letsencrypt/live')).not.toContain('gatling-shop')
})
