import { expect, it } from 'vitest'
import { clusterName, clusterPort, firstPlace, lastPlace, slotAddresses } from '../../src/core/cluster.js'
import { sandbox } from '../../src/templates/systemd.js'

it('a slot has the same place on every machine, and the slots of an app have two', () => {
  const cluster = { place: 34, inside: '10.83.2.1', others: ['10.83.1.1', '10.83.7.1'] }
  expect(slotAddresses(cluster, 'a')).toEqual(['10.83.2.34', '10.83.1.34', '10.83.7.34'])
  expect(slotAddresses(cluster, 'b')).toEqual(['10.83.2.35', '10.83.1.35', '10.83.7.35'])
  expect(clusterName('my_app', 'a')).toBe('my_app-a.gatling')
  expect(clusterName('my_app', null)).toBe('my_app.gatling')
})

it('no app of a fleet listens at the port of another for its cluster', () => {
  const limits = { memory: null, cpu: null, tasks: 1 }
  const denied = sandbox('u', { addresses: [], networks: [], isInFleet: true }, [], [], limits).find(line =>
    line.startsWith('SocketBindDeny='),
  )
  const [, first, last] = /tcp:(\d+)-(\d+)/.exec(denied ?? '') ?? []
  expect(clusterPort({ place: firstPlace })).toBeGreaterThan(Number(first))
  expect(clusterPort({ place: lastPlace })).toBeLessThanOrEqual(Number(last))
})
