import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { Endpoint } from '../../../src/core/endpoint.js'
import type { Slot } from '../../../src/core/live.js'
import type { Site } from '../../../src/core/proxy.js'
import { nginxProxy } from '../../../src/proxies/nginx.js'
import { nginxShared } from '../../../src/templates/nginx-shared.js'
import { nginxSite } from '../../../src/templates/nginx-site.js'
import { failureOf } from '../../helpers/failure.js'
import { site } from '../../helpers/site.js'
import { startUpstream } from '../../helpers/upstream.js'
import { get } from '../../helpers/world.js'
import { type ProxyWorld, reverseProxyContract } from '../reverse-proxy.js'

const folder = mkdtempSync('/srv/contract-')
execFileSync('chmod', ['755', folder])
afterAll(() => rmSync(folder, { recursive: true }))

const log = '/var/log/nginx/gatling-answers.log'
const shared = '/etc/nginx/conf.d/gatling.conf'
writeFileSync(shared, nginxShared({ namesHash: true, log, ipv6: false, tls: true }))
// Debian's default site would answer for every unknown name, in the place of Gatling.
rmSync('/etc/nginx/sites-enabled/default', { force: true })

/** Nobody listens on these ports. */
const closed = { a: 1, b: 2, own: 3 }

const create = async (): Promise<ProxyWorld> => {
  const sites = new Map<string, Site>()
  const ports = new Map<string, { a: number; b: number; own: number }>()
  const path = (project: string): string => `/etc/nginx/sites-available/${project}.conf`
  const link = (project: string): string => `/etc/nginx/sites-enabled/${project}.conf`
  const marker = (project: string): string => join(folder, 'route', project)
  const portsOf = (project: string) => ports.get(project) ?? closed
  /** Finds the slot of a port. On a server a slot keeps its port; here the free slot takes the port of the app. */
  const slotOf = (project: string, { port }: Endpoint): Slot => {
    const { a, b } = portsOf(project)
    if (a === port) return 'a'
    if (b === port) return 'b'
    const slot = existsSync(marker(project)) || a === closed.a ? 'a' : 'b'
    ports.set(project, { ...portsOf(project), [slot]: port })
    return slot
  }
  const proxy = nginxProxy({
    lock: join(folder, 'lock'),
    path,
    link,
    isOurs: file => file === shared || [...sites.keys()].some(project => link(project) === file),
    marker,
    render: ({ project, domains, maxBody }) =>
      nginxSite({
        project,
        domains,
        ports: portsOf(project),
        marker: marker(project),
        publicDir: join(folder, 'public'),
        acmeDir: join(folder, 'acme'),
        tls: null,
        own: null,
        maxBody,
        files: false,
        log,
        ipv6: false,
      }),
    known: project => sites.get(project) ?? null,
    sites: () => [...sites.values()],
    remember: (project, site) => {
      if (site) sites.set(project, site)
      else sites.delete(project)
    },
    log,
    slotOf,
  })
  return {
    proxy,
    port: 80,
    close: async () => {
      for (const project of [...sites.keys()]) await proxy.remove(project)
    },
  }
}

reverseProxyContract('nginx', create)

it('nginx serves on, and can still restart, after it refuses a site', async () => {
  const { proxy, port, close } = await create()
  const shop = await startUpstream('shop')
  const good = site('shop', ['shop.example.com'])
  await proxy.configure(good)
  await proxy.route('shop', shop.at)
  const error = await failureOf(() => proxy.configure({ ...good, maxBody: 'much' }))
  expect(error.code).toBe('NGINX_REFUSED')
  execFileSync('nginx', ['-t', '-q'])
  expect(await get(port, 'shop.example.com', '/')).toEqual({ status: 200, body: 'shop' })
  await Promise.all([close(), shop.close()])
})
