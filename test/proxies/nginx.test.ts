import { join } from 'node:path'
import { expect, it } from 'vitest'
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
])('nginx gives no app a name that another has, or nobody, however it is written: %s', async name => {
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
    known: unused,
    sites: () => [site],
    remember: unused,
    log: '',
    slotOf: unused,
  })
  const error = await failureOf(() => proxy.configure({ ...site, project: 'evil', domains: [name] }))
  expect(error.code).toMatch(/^DOMAIN(_TAKEN|S_INVALID)$/)
})
