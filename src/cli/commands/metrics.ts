import { parseDuration } from '../../config/duration.js'
import { ago } from '../../core/ago.js'
import { seconds } from '../../core/seconds.js'
import { size } from '../../core/size.js'
import type { Figures } from '../../metrics/figures.js'
import {
  type AllMetrics,
  type AppMetrics,
  metricsOf,
  metricsOfAll,
  openMetricsOf,
} from '../../queries/metrics.js'
import { gatlingHome } from '../../state/paths.js'
import { usage } from '../errors.js'
import { print, printExact, printJson } from '../output.js'
import { table } from '../render.js'
import { columnsOf, sparkline } from '../sparkline.js'
import { ended } from './status.js'

export interface MetricsOptions {
  readonly since?: string
  readonly json?: boolean
  readonly openmetrics?: boolean
  readonly node?: boolean
}

/** The number of parts of a series for a script: a day in steps of five minutes. */
const mostParts = 288
const longestMs = 30 * 24 * 3_600_000

/** Shows the metrics of an app as lines, or those of every app in a table. */
export const metrics = async (project: string | undefined, options: MetricsOptions): Promise<void> => {
  const home = gatlingHome()
  if (options.node && project === undefined)
    throw usage('--node needs an app', 'Name it: `gatling metrics my_app --node`.')
  if (options.node && project !== undefined) {
    // It loads the stacks, which the other metrics do not need.
    const { showNode } = await import('./node.js')
    return showNode(project, options.json === true)
  }
  if (options.openmetrics) return printExact((await openMetricsOf(home, project, 'openmetrics')).trimEnd())
  const since = sinceOf(options.since ?? (project === undefined ? '1h' : '24h'))
  if (project === undefined) {
    const all = await metricsOfAll(home, since, undefined)
    return options.json ? printJson(all) : print(...linesOfAll(all))
  }
  const found = await metricsOf(
    home,
    project,
    since,
    options.json ? mostParts : columnsOf(process.stdout.columns),
  )
  if (options.json) printJson(found)
  else print(...linesOf(found))
}

const sinceOf = (text: string): number => {
  const [, days] = /^(\d+)d$/.exec(text) ?? []
  const ms = days === undefined ? parseDuration(text) : Number(days) * 24 * 3_600_000
  if (ms === null || ms <= 0 || ms > longestMs)
    throw usage(`${text} is not a time of at most 30 days`, 'Give a number with m, h or d: --since 24h')
  return ms
}

const linesOfAll = ({ apps }: AllMetrics): readonly string[] =>
  apps.length === 0
    ? noApps
    : table([['PROJECT', ...figureTitles], ...apps.map(app => [app.project, ...figureCells(app)])])

export const noApps = ['No project is loaded: `gatling load <project>`.']

/** The columns of a table of apps. */
export const figureTitles = ['REQUESTS/S', 'ERRORS', 'P50', 'P95', 'PROCESSOR', 'MEMORY']

/** Writes the cells of an app under these titles. */
export const figureCells = (figures: Figures): string[] => [
  String(figures.requests_per_s),
  figures.errors === 0 ? '0' : `${figures.errors} (${figures.error_percent} %)`,
  ms(figures.p50_ms),
  ms(figures.p95_ms),
  percent(figures.cpu_percent),
  figures.memory_bytes === null ? '-' : size(figures.memory_bytes),
]

const linesOf = ({ project, series, step_s: step, total, deploys }: AppMetrics): readonly string[] => {
  const line = (
    title: string,
    of: (figures: Figures) => number | null,
    written: (value: number | null) => string,
  ) => {
    const values = series.map(of)
    const most = values.reduce<number | null>(
      (sum, value) => (value === null ? sum : Math.max(sum ?? 0, value)),
      null,
    )
    return [title, sparkline(values), written(of(total)), most === null ? '' : written(most)]
  }
  const minutes = step / 60
  const each = minutes < 60 ? `${minutes} min` : `${minutes / 60} h`
  return [
    `${project}: ${total.requests.toLocaleString('en-US')} requests, ${size(total.bytes)} sent; each column is ${each}`,
    ...table([
      ['', '', 'ALL', 'MOST'],
      line(
        'requests/s',
        ({ requests_per_s }) => requests_per_s,
        value => String(value),
      ),
      line('p50', ({ p50_ms }) => p50_ms, ms),
      line('p95', ({ p95_ms }) => p95_ms, ms),
      line(
        'errors',
        ({ errors }) => errors,
        value => String(value),
      ),
      line('processor', ({ cpu_percent }) => cpu_percent, percent),
      line(
        'memory',
        ({ memory_bytes }) => memory_bytes,
        value => (value === null ? '-' : size(value)),
      ),
      ['deploys', marks(series, deploys), deploys.length === 0 ? 'none' : '', ''],
    ]),
    ...deploys.map(
      ({ number, state, mode, revision, at }) =>
        `  ${state === 'ok' ? '^' : 'x'} deploy ${number} of ${revision.slice(0, 7)} ${state === 'ok' ? (mode ?? 'ok') : ended(state)}, ${ago(at)}`,
    ),
  ]
}

/** Writes a mark under each column in which a deploy ended, and another mark for a failed deploy. */
const marks = (series: AppMetrics['series'], deploys: AppMetrics['deploys']): string =>
  series
    .map(({ at }, index) => {
      const next = series[index + 1]?.at
      const ended = deploys.filter(deploy => deploy.at >= at && (next === undefined || deploy.at < next))
      if (ended.length === 0) return ' '
      return ended.every(({ state }) => state === 'ok') ? '^' : 'x'
    })
    .join('')

const ms = (value: number | null): string => {
  if (value === null) return '-'
  return value < 1_000 ? `${value} ms` : seconds(value)
}
const percent = (value: number | null): string => (value === null ? '-' : `${value} %`)
