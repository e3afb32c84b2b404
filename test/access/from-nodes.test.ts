import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { type Known, mayAsk } from '../../src/access/from-nodes.js'
import { commands } from '../../src/cli/table.js'
import { identitySchema } from '../../src/state/members.js'

const nodes = [
  { name: 'n1', manager: true },
  { name: 'n2', manager: true },
  { name: 'n3', manager: false },
  { name: 'n4', manager: false },
]
const members = nodes.map(({ name }) => name)
const on = (self: string): Known => ({
  ...{ members, holders: self === 'n1' ? ['n3'] : [] },
  fleet: { self, lead: 'n1', nodes },
})
const rows = commands.filter(({ right }) => Array.isArray(right) && right.includes('node'))
/** The machines whose key may ask for a command. */
const askers = (name: string, known: Known): string =>
  members
    .filter(one => mayAsk(`node-${one}`, rows.find(row => row.name === `node ${name}`)?.from, known))
    .join(' ')

describe('what a machine may ask of another one', () => {
  it('is said by every command for machines, and by no other', () => {
    for (const row of commands) expect(row.from !== undefined, row.name).toBe(rows.includes(row))
  })

  /** Command, who may ask the lead, who may ask another manager. n1 leads, n2 is a manager, n3 has the app. */
  const table: readonly (readonly [string, string, string])[] = [
    ['facts', 'n1 n2 n3 n4', 'n1 n2 n3 n4'],
    ['know', 'n1 n2', 'n1 n2'],
    ['equip', '', 'n1'],
    ['receive', '', 'n1'],
    ['adopt', '', 'n1'],
    ['runs', '', 'n1'],
    ['follow', '', 'n1'],
    ['decide', 'n3', 'n1 n2 n3 n4'],
    ['bring', 'n3', 'n1 n2 n3 n4'],
    ['seats', 'n1 n2 n3 n4', 'n1 n2 n3 n4'],
    ['shared', 'n1 n2 n3 n4', 'n1 n2 n3 n4'],
    ['share', '', 'n1'],
    ['unshare', '', 'n1'],
    ['logs', '', 'n1'],
    ['open', 'n1 n2', 'n1 n2'],
  ]
  it.each(table)('node %s', (name, ofLead, ofManager) => {
    expect(askers(name, on('n1'))).toBe(ofLead)
    expect(askers(name, on('n2'))).toBe(ofManager)
  })

  it('this table has every command for machines', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual(table.map(([name]) => `node ${name}`).sort())
  })

  it('is nothing without a fleet, and little while a machine joins', () => {
    const asked = (known: Known): string[] =>
      rows.filter(({ from }) => mayAsk('node-n1', from, known)).map(({ name }) => name)
    expect(asked({ fleet: null, members: [], holders: ['n1'] })).toEqual([])
    expect(asked({ fleet: null, members, holders: ['n1'] }).sort()).toEqual(
      ['node facts', 'node know', 'node open', 'node seats', 'node shared'].sort(),
    )
  })

  it('is nothing for the key of a person or of an unknown machine', () => {
    for (const key of ['ann', 'n1', 'node-', 'node-n9'])
      for (const { name, from } of rows) expect(mayAsk(key, from, on('n2')), `${key} ${name}`).toBe(false)
  })
})

describe('the keys of a machine that joins', () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFlEj6/r8DTuSxXWzPmGYxHPYHfJqVZpQyWZqzJqKXcA'
  const identity = { name: 'n2', wireguard: `${'A'.repeat(43)}=`, key, hostKeys: [key] }

  it('are one line each, without options or comments', () => {
    expect(v.is(identitySchema, identity)).toBe(true)
    for (const bad of [`${key}\n${key}`, `command="x" ${key}`, `${key} x`, `${key}\n`, '']) {
      expect(v.is(identitySchema, { ...identity, key: bad }), bad).toBe(false)
      expect(v.is(identitySchema, { ...identity, hostKeys: [key, bad] }), bad).toBe(false)
    }
  })
})
