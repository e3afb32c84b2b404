import { boundOf, bucketCount } from '../core/latency.js'
import { add, emptyRow, type Row } from './row.js'

/** An app with its counts since its first request, and its present memory. */
export interface Exposed {
  readonly project: string
  readonly rows: readonly Row[]
  /** In KB; 0: nothing runs. */
  readonly memory: number
  /** The live release; null: none. */
  readonly live: { readonly release: number; readonly since: string } | null
  /** Whether the last deploy that ended had failed. */
  readonly failed: boolean
}

/**
 * `openmetrics`: OpenMetrics 1.0. `textfile`: the format of node_exporter's textfile collector (Prometheus exposition
 * formats, text 0.0.4). There the family of a counter has the name of its samples. With the other name it would have no
 * type.
 */
export type ExposedAs = 'openmetrics' | 'textfile'

/** Writes the metrics of apps as text for Prometheus. */
export const openMetrics = (apps: readonly Exposed[], as: ExposedAs): string => {
  const sums = apps.map(({ rows, ...app }) => {
    const sum = emptyRow(0)
    for (const row of rows) add(sum, row)
    return { ...app, sum }
  })
  type Sum = (typeof sums)[number]
  const family = (
    name: string,
    type: string,
    help: string,
    samplesOf: (app: Sum) => readonly string[],
  ): string[] => {
    const called = type === 'counter' && as === 'textfile' ? `${name}_total` : name
    return [`# HELP ${called} ${help}`, `# TYPE ${called} ${type}`, ...sums.flatMap(samplesOf)]
  }
  return [
    ...family('gatling_requests', 'counter', 'Answers to visitors by status class.', ({ project, sum }) =>
      sum.classes.map((count, at) => `gatling_requests_total{app="${project}",class="${at + 1}xx"} ${count}`),
    ),
    ...family('gatling_sent_bytes', 'counter', 'Bytes sent to visitors.', ({ project, sum }) => [
      `gatling_sent_bytes_total{app="${project}"} ${sum.bytes}`,
    ]),
    ...family('gatling_latency_seconds', 'histogram', 'Time until an answer began.', ({ project, sum }) =>
      bucketLines(project, sum.latency),
    ),
    ...family('gatling_cpu_seconds', 'counter', 'Processor time.', ({ project, sum }) => [
      `gatling_cpu_seconds_total{app="${project}"} ${sum.cpu / 1_000}`,
    ]),
    ...family(
      'gatling_memory_bytes',
      'gauge',
      'Memory in use, without what the kernel can take back.',
      app => [`gatling_memory_bytes{app="${app.project}"} ${app.memory * 1_024}`],
    ),
    ...family('gatling_live_release', 'gauge', 'Number of the live release.', ({ project, live }) =>
      live === null ? [] : [`gatling_live_release{app="${project}"} ${live.release}`],
    ),
    ...family(
      'gatling_live_since_timestamp_seconds',
      'gauge',
      'When the live release went live: it changes with each deploy and rollback.',
      ({ project, live }) =>
        live === null
          ? []
          : [`gatling_live_since_timestamp_seconds{app="${project}"} ${Date.parse(live.since) / 1_000}`],
    ),
    ...family('gatling_last_deploy_failed', 'gauge', '1: the last deploy failed.', ({ project, failed }) => [
      `gatling_last_deploy_failed{app="${project}"} ${failed ? 1 : 0}`,
    ]),
    ...(as === 'openmetrics' ? ['# EOF'] : []),
    '',
  ].join('\n')
}

/** Writes the buckets of a histogram. Powers of 2 ms are enough for a chart. */
const bucketLines = (project: string, latency: readonly number[]): string[] => {
  const lines: string[] = []
  let sum = 0
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    sum += latency[bucket] ?? 0
    const bound = boundOf(bucket)
    if (bucket % 2 === 1 && bound !== Infinity) continue
    const le = bound === Infinity ? '+Inf' : String(bound / 1_000)
    lines.push(`gatling_latency_seconds_bucket{app="${project}",le="${le}"} ${sum}`)
  }
  return [...lines, `gatling_latency_seconds_count{app="${project}"} ${sum}`]
}
