import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { hostsLines, namesUnit } from '../../src/templates/names.js'
import { root } from '../helpers/world.js'

it('an instance asks where the names are answered', () => {
  const [, address] = /--listen-address=(\S+)/.exec(namesUnit('/names')) ?? []
  const asked = readFileSync(`${root}/erlang/cluster.inetrc`, 'utf8')
  expect(asked).toContain(`{nameserver, {${address?.replaceAll('.', ',')}}}.`)
})

it('a name has all its addresses', () => {
  expect(hostsLines('shop-a.gatling', ['10.83.1.34', '10.83.2.34'])).toBe(
    '10.83.1.34 shop-a.gatling\n10.83.2.34 shop-a.gatling\n',
  )
})
