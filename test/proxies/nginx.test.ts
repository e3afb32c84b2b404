import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { onLoopback } from '../../src/core/endpoint.js'
import { nginxProxy } from '../../src/proxies/nginx.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()

const unused = (): never => {
  throw new Error('not used by this test')
}

it.each([
  ...['shop.example.com', 'SHOP.example.com', 'shop.example.com.', 'x.test shop.example.com'],
  ...['*.example.com', 'a.tenants.example.com', '*.b.tenants.example.com', '10.0.0.1', '*.com', 'co.uk'],
])('nginx gives no app a taken or invalid name, in any spelling: %s', async name => {
  const site = {
    project: 'shop',
    domains: ['shop.example.com', '*.tenants.example.com'],
    own: null,
    maxBody: '10M',
    files: false,
  }
  const proxy = nginxProxy({
    lock: join(folder(), 'lock'),
    path: unused,
    link: unused,
    isOurs: unused,
    marker: unused,
    render: unused,
    known: () => null,
    sites: () => [site],
    remember: unused,
    log: '',
    slotOf: unused,
  })
  const error = await failureOf(() => proxy.configure({ ...site, project: 'evil', domains: [name] }))
  expect(error.code).toMatch(/^DOMAIN(_TAKEN|S_INVALID)$/)
})

it.each([
  ['its names', ['10.0.0.1', '*.shop']],
  ['a name that another app has taken since', ['shop.example.com']],
])('nginx keeps a site that an earlier version of Gatling accepted: %s', async (_, domains) => {
  const here = folder()
  const at = (name: string): string => join(here, name)
  const text = 'server 127.0.0.1:4000 max_fails=0;\n'
  const site = { project: 'shop', domains, own: null, maxBody: '10M', files: false }
  writeFileSync(at('site'), text)
  symlinkSync(at('site'), at('link'))
  const proxy = nginxProxy({
    lock: at('lock'),
    path: () => at('site'),
    link: () => at('link'),
    isOurs: unused,
    marker: () => at('marker'),
    render: unused,
    known: () => site,
    sites: () => [site, { ...site, project: 'other', domains: ['*.example.com'] }],
    remember: unused,
    log: '',
    slotOf: () => 'b',
  })
  await proxy.configure(site)
  await proxy.route('shop', onLoopback(4_000))
  expect(existsSync(at('marker'))).toBe(true)
  expect(readFileSync(at('site'), 'utf8')).toBe(text)
  // A new address and a new limit are still refused.
  const codes = [
    () => proxy.route('shop', onLoopback(4_001)),
    () => proxy.configure({ ...site, maxBody: '11M' }),
  ].map(async work => (await failureOf(work)).code)
  for (const code of await Promise.all(codes)) expect(code).toMatch(/^DOMAIN(_TAKEN|S_INVALID)$/)
})
