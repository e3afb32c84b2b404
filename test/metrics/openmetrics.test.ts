import { expect, it } from 'vitest'
import { openMetrics } from '../../src/metrics/openmetrics.js'
import { count, emptyRow } from '../../src/metrics/row.js'

it.each(['openmetrics', 'textfile'] as const)('metrics have the format %s', as => {
  const row = { ...emptyRow(0), cpu: 1_500 }
  for (const status of [101, 200, 200, 301, 404, 503]) count(row, { status, ms: status / 10, bytes: 100 })
  const text = openMetrics(
    [
      {
        project: 'shop',
        rows: [row, row],
        memory: 2,
        live: { release: 12, since: '2026-11-28T08:00:00.500Z' },
        failed: true,
      },
      { project: 'blog', rows: [], memory: 0, live: null, failed: false },
    ],
    as,
  )
  const lines = text.split('\n')
  const isOpen = as === 'openmetrics'
  expect(lines).toContain(`# TYPE gatling_requests${isOpen ? '' : '_total'} counter`)
  expect(lines).toContain('gatling_requests_total{app="shop",class="2xx"} 4')
  expect(lines).toContain('gatling_requests_total{app="blog",class="5xx"} 0')
  expect(lines).toContain('gatling_sent_bytes_total{app="shop"} 1200')
  expect(lines).toContain('gatling_latency_seconds_bucket{app="shop",le="0.016"} 2')
  expect(lines).toContain('gatling_latency_seconds_bucket{app="shop",le="65.536"} 12')
  expect(lines).toContain('gatling_latency_seconds_bucket{app="shop",le="+Inf"} 12')
  expect(lines).toContain('gatling_latency_seconds_count{app="shop"} 12')
  expect(lines).toContain('gatling_cpu_seconds_total{app="shop"} 3')
  expect(lines).toContain('gatling_memory_bytes{app="shop"} 2048')
  expect(lines).toContain('gatling_live_release{app="shop"} 12')
  expect(lines).toContain('gatling_live_since_timestamp_seconds{app="shop"} 1795852800.5')
  expect(lines).toContain('gatling_last_deploy_failed{app="shop"} 1')
  expect(lines).toContain('gatling_last_deploy_failed{app="blog"} 0')
  expect(text).not.toContain('gatling_live_release{app="blog"}')
  expect(text.endsWith('# EOF\n')).toBe(isOpen)
  const families = lines.filter(one => one.startsWith('# TYPE')).map(one => one.split(' ')[2] ?? '')
  // Each sample must belong to the family above it.
  let family = ''
  for (const one of lines) {
    if (one.startsWith('# TYPE')) family = families.shift() ?? ''
    else if (one !== '' && !one.startsWith('#')) expect(one.startsWith(family)).toBe(true)
  }
})
