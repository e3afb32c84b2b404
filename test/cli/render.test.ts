import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { renderEvent } from '../../src/cli/render.js'
import type { EventBody } from '../../src/core/event.js'

const rendered = (event: EventBody): string[] =>
  renderEvent({ ...event, at: '2024-01-02T03:10:00.000Z' }).map(stripVTControlCharacters)

describe('the end of a step', () => {
  it('says what it usually takes when it is far off that', () => {
    const end = { type: 'step-end', step: 'mix_compile', ms: 41_000, usual_ms: 12_000 } as const
    expect(rendered({ ...end, ok: true })).toEqual(['  ✓ 41 s (usually 12 s)'])
    expect(rendered({ ...end, ok: false })).toEqual(['  ✗ mix_compile failed after 41 s (usually 12 s)'])
  })

  it('says how long it took', () => {
    expect(rendered({ type: 'step-end', step: 'mix_compile', ms: 400, ok: true })).toEqual(['  ✓ 0.4 s'])
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

  it('says for whom, since when, in which step, and how to stop that', () => {
    expect(rendered(waits)).toEqual([
      'Waiting for deploy 12 of aaaaaaa, asked for by ann 5 min ago, now in mix_compile.',
      '  `gatling cancel shop` stops that one.',
    ])
  })

  it('waits for what has no revision and is in no step, too', () => {
    expect(rendered({ ...waits, revision: '', step: null })[0]).toBe(
      'Waiting for deploy 12, asked for by ann 5 min ago.',
    )
  })
})
