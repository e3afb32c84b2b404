import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ended } from '../../src/cli/commands/status.js'
import { renderEvent } from '../../src/cli/render.js'
import type { EventBody } from '../../src/core/event.js'

const rendered = (event: EventBody): string[] =>
  renderEvent({ ...event, at: '2024-01-02T03:10:00.000Z' }).map(stripVTControlCharacters)

describe('the end of a step', () => {
  it('shows the usual time when the step took far longer', () => {
    const end = { type: 'step-end', step: 'mix_compile', ms: 41_000, usual_ms: 12_000 } as const
    expect(rendered({ ...end, ok: true })).toEqual(['  ✓ 41 s (usually 12 s)'])
    expect(rendered({ ...end, ok: false })).toEqual(['  ✗ mix_compile failed after 41 s (usually 12 s)'])
  })

  it('shows how long the step took', () => {
    expect(rendered({ type: 'step-end', step: 'mix_compile', ms: 400, ok: true })).toEqual(['  ✓ 0.4 s'])
  })
})

describe('the traffic of a deploy', () => {
  const before = { requests_per_s: 42, p95_ms: 12.1, error_percent: 0, memory_bytes: 120 * 1_024 ** 2 }
  const after = { requests_per_s: 40.5, p95_ms: 13, error_percent: 0.2, memory_bytes: 131 * 1_024 ** 2 }

  it('is one line with the figures before and after', () => {
    expect(rendered({ type: 'traffic', before, after })).toEqual([
      '    before → after: 42 → 40.5 requests/s, p95 12.1 → 13 ms, 0 → 0.2 % errors, memory 120 MB → 131 MB',
    ])
  })

  it('leaves out unknown figures', () => {
    const unknown = { ...before, p95_ms: null, memory_bytes: null }
    expect(rendered({ type: 'traffic', before: unknown, after })).toEqual([
      '    before → after: 42 → 40.5 requests/s, 0 → 0.2 % errors',
    ])
  })
})

describe('the beginning of a deploy', () => {
  const start = {
    type: 'start',
    run: 12,
    project: 'shop',
    task: 'upgrade',
    revision: 'a'.repeat(40),
    subject: 'A change',
    pusher: 'ann',
  } as const

  it('names the release when its number differs from that of the run', () => {
    expect(rendered(start)[0]).toBe('shop: upgrade 12 of aaaaaaa "A change", by ann')
    expect(rendered({ ...start, release: 11 })[0]).toBe(
      'shop: upgrade 12, goes on with release 11 of aaaaaaa "A change", by ann',
    )
    expect(rendered({ ...start, task: 'rollback', release: 9 })[0]).toBe(
      'shop: rollback 12 to release 9 of aaaaaaa "A change", by ann',
    )
  })
})

describe('a deploy that waits', () => {
  const waits = {
    type: 'queued',
    project: 'shop',
    behind: 12,
    revision: 'a'.repeat(40),
    pusher: 'ann',
    since: '2024-01-02T03:05:00.000Z',
    step: 'mix_compile',
  } as const

  it('shows the deploy that it waits for, its age, and how to stop it', () => {
    expect(rendered(waits)).toEqual([
      'Waiting for deploy 12 of aaaaaaa, asked for by ann 5 min ago, now in mix_compile.',
      '  `gatling cancel shop` stops that one.',
    ])
  })

  it('leaves out the revision and the step when there are none', () => {
    expect(rendered({ ...waits, revision: '', step: null })[0]).toBe(
      'Waiting for deploy 12, asked for by ann 5 min ago.',
    )
  })
})

it('status puts the outcome of the last deploy into words', () => {
  expect(['failed', 'running', 'queued', 'interrupted', 'cancelled'].map(ended)).toEqual([
    ...['failed', 'is running', 'is queued', 'was interrupted', 'was cancelled'],
  ])
})
