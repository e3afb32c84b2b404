import { describe, expect, it } from 'vitest'
import { nodeFindings, quorumFindings } from '../../src/doctor/server/fleet.js'
import type { SwarmNode } from '../../src/fleet/docker.js'

const node = (Hostname: string, Role: string, State = 'ready'): SwarmNode => ({
  ID: Hostname,
  Version: { Index: 1 },
  Spec: { Role, Availability: 'active' },
  Description: { Hostname },
  Status: { State },
  ...(Role === 'manager' ? { ManagerStatus: { Reachability: 'reachable' } } : {}),
})
const textsOf = (swarm: readonly SwarmNode[], names = swarm.map(({ ID }) => ID)): string[] =>
  quorumFindings(swarm, names).map(({ level, text }) => `${level}: ${text}`)

describe('what doctor says about a fleet', () => {
  it('names how many managers can be lost', () => {
    expect(textsOf([node('n1', 'manager'), node('n2', 'worker')])).toEqual([
      'ok: 1 of 1 manager answers; 0 can be lost',
    ])
    const three = ['n1', 'n2', 'n3'].map(name => node(name, 'manager'))
    expect(textsOf(three)).toEqual(['ok: 3 of 3 managers answer; 1 can be lost'])
    expect(textsOf(three.slice(1))).toEqual(['warning: 2 managers live through the loss of 0, as 1 would'])
  })

  it('names a machine that is down or not in the Swarm', () => {
    expect(textsOf([node('n1', 'manager'), node('n2', 'worker', 'down')], ['n1', 'n2', 'n3'])).toEqual([
      'problem: Swarm says that n2 is down',
      'problem: n3 is not in the Swarm',
      'ok: 1 of 1 manager answers; 0 can be lost',
    ])
  })

  it('names another version and a wrong clock', () => {
    const asked = { before: 10_000, after: 10_500, version: '0.2.0' }
    const texts = (gatling: string, at: number): string[] =>
      nodeFindings('n2', { gatling, at_ms: at }, asked).map(({ text }) => text)
    expect(texts('0.2.0', 12_500)).toEqual(['n2 answers, with the same version and time'])
    expect(texts('0.2.0', 12_501)).toEqual(['the clock of n2 is 2.0 s off'])
    expect(texts('0.2.0', 7_000)).toEqual(['the clock of n2 is 3.0 s off'])
    expect(texts('0.1.0', 10_000)).toEqual(['n2 has Gatling 0.1.0, and this machine has 0.2.0'])
  })
})
