import { expect, it } from 'vitest'
import { openMetrics } from '../../src/metrics/openmetrics.js'
import { count, emptyRow } from '../../src/metrics/row.js'

it('metrics are told as OpenMetrics text', () => {
  const row = { ...emptyRow(0), cpu: 1_500 }
  for (const status of [101, 200, 200, 301, 404, 503]) count(row, { status, ms: status / 10, bytes: 100 })
  const text = openMetrics([
    { project: 'shop', rows: [row, row], memory: 2 },
    { project: 'blog', rows: [], memory: 0 },
  ])
  const lines = text.split('\n')
  expect(lines).toContain('# TYPE gatling_requests counter')
  expect(lines).toContain('gatling_requests_total{app="shop",class="2xx"} 4')
  expect(lines).toContain('gatling_requests_total{app="blog",class="5xx"} 0')
  expect(lines).toContain('gatling_sent_bytes_total{app="shop"} 1200')
  expect(lines).toContain('gatling_latency_seconds_bucket{app="shop",le="0.016"} 2')
  expect(lines).toContain('gatling_latency_seconds_bucket{app="shop",le="65.536"} 12')
  expect(lines).toContain('gatling_latency_seconds_bucket{app="shop",le="+Inf"} 12')
  expect(lines).toContain('gatling_latency_seconds_count{app="shop"} 12')
  expect(lines).toContain('gatling_cpu_seconds_total{app="shop"} 3')
  expect(lines).toContain('gatling_memory_bytes{app="shop"} 2048')
  expect(text.endsWith('# EOF\n')).toBe(true)
  const families = lines.filter(one => one.startsWith('# TYPE')).map(one => one.split(' ')[2] ?? '')
  // Each sample belongs to the family before it.
  let family = ''
  for (const one of lines) {
    if (one.startsWith('# TYPE')) family = families.shift() ?? ''
    else if (one !== '' && !one.startsWith('#')) expect(one.startsWith(family)).toBe(true)
  }
})
