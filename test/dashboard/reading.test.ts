import { describe, expect, it } from 'vitest'
import type { Deploy } from '../../src/dashboard/answers.js'
import { readEvent } from '../../src/dashboard/events.js'
import { refusalOf } from '../../src/dashboard/refusal.js'
import { nodesView } from '../../src/dashboard/views/nodes.js'
import { after, nothingYet, usualOf } from '../../src/dashboard/waterfall.js'

const local = { name: 'this machine', isRemote: false }

describe('the refusal of a command', () => {
  it('is its error, its hint and its code', () => {
    const stderr =
      'note\n\u001b[31merror:\u001b[39m colleague may not rollback shop\n  Ask for it.\n  Twice.\n\u001b[2m  (KEY_MAY_NOT)\u001b[22m\n'
    expect(refusalOf({ status: 1, stderr }, local)).toEqual({
      code: 'KEY_MAY_NOT',
      message: 'colleague may not rollback shop',
      hint: 'Ask for it.\n  Twice.',
    })
  })

  it('has the message of ssh when the server was not reached', () => {
    const remote = { name: 'gatling@example.com', isRemote: true }
    const stderr = 'ssh: connect to host example.com port 22: Connection refused\r\n'
    expect(refusalOf({ status: 255, stderr }, remote)).toEqual({
      code: null,
      message: 'gatling@example.com could not be reached',
      hint: 'ssh: connect to host example.com port 22: Connection refused',
    })
  })

  it('is never empty', () => {
    expect(refusalOf({ status: 127, stderr: '' }, local).message).toBe('the command ended with status 127')
  })
})

const at = (s: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, s)).toISOString()
const progressOf = (...events: readonly object[]) =>
  events
    .map(event => readEvent(JSON.stringify(event)))
    .reduce((all, one) => (one ? after(all, one) : all), nothingYet)

describe('the progress of a deploy', () => {
  it('has a bar for each step and hook, from where it began', () => {
    const { bars, end } = progressOf(
      { at: at(0), type: 'start', run: 7, task: 'push', revision: 'abc' },
      { at: at(1), type: 'step-start', step: 'mix_compile' },
      { at: at(2), type: 'hook-start', hook: 'after_mix_compile', file: 'upgrade.exs' },
      { at: at(3), type: 'hook-end', hook: 'after_mix_compile', ok: true, ms: 1_000 },
      { at: at(4), type: 'step-end', step: 'mix_compile', ok: true, ms: 3_000 },
      { at: at(4), type: 'something-new', of: 'a newer version' },
      { at: at(5), type: 'step-start', step: 'mix_release' },
      { at: at(9), type: 'end', outcome: 'cancelled', ms: 9_000 },
    )
    expect(bars).toEqual([
      { name: 'mix_compile', isHook: false, from: 1_000, to: 4_000, ok: true },
      { name: 'after_mix_compile', isHook: true, from: 2_000, to: 3_000, ok: true },
      { name: 'mix_release', isHook: false, from: 5_000, to: 9_000, ok: false },
    ])
    expect(end?.outcome).toBe('cancelled')
  })

  it('is compared with the median of similar good deploys', () => {
    const deploy = (number: number, ms: number, more: Partial<Deploy> = {}): Deploy => ({
      ...{ number, state: 'ok', task: 'push', revision: '', branch: null, pusher: '', subject: '' },
      ...{ asked_at: '', ended_at: null, mode: 'hot', ms, failed_step: null, error: null },
      steps: [{ step: 'mix_compile', ms, ok: true }],
      ...more,
    })
    const history = [
      deploy(9, 1, { state: 'running', mode: null, steps: [] }),
      deploy(8, 100),
      deploy(7, 5_000),
      deploy(6, 200),
      deploy(5, 1, { state: 'failed' }),
      deploy(4, 1, { task: 'rollback' }),
      deploy(1, 1, { mode: 'start' }),
    ]
    expect(usualOf(history, 9)).toEqual([{ step: 'mix_compile', ms: 200 }])
    expect(usualOf(history, 1)).toEqual([])
  })
})

describe('the page of nodes', () => {
  const facts = {
    load: 0.42,
    processors: 2,
    memory: { free_bytes: 3 * 1024 ** 3 },
    disk: { free_bytes: 20 * 1024 ** 3 },
    gatling: '0.2.0',
    instances: ['shop@a', 'blog@b'],
  }
  const node = {
    name: 'n1',
    address: 'n1.example.com',
    state: 'ready',
    reason: null,
    lead: true,
    manager: true,
    facts,
  }

  it('shows each machine, and why one is down', () => {
    const down = {
      ...node,
      name: 'n2',
      state: 'down',
      reason: 'n2 does not answer <here>',
      lead: false,
      facts: null,
    }
    const page = String(nodesView([node, down]))
    for (const text of ['n1.example.com', '0.4 of 2', '3.0 GB', 'shop@a, blog@b', 'lead', 'manager'])
      expect(page).toContain(text)
    expect(page).toContain('n2 does not answer &lt;here&gt;')
  })

  it('says how to add the first machine', () => {
    expect(String(nodesView([]))).toContain('gatling nodes add root@')
  })
})
