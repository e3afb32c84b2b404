import { html } from 'hono/html'
import { size } from '../../core/size.js'
import type { Metrics, Top } from '../answers.js'
import { type Html, nothing, toneOf } from './parts.js'

type Figures = Top['apps'][number]
type Part = Metrics['series'][number]

/** Writes a figure with two digits. */
const short = (value: number): string =>
  value === 0 ? '0' : value < 0.01 ? '< 0.01' : String(Number(value.toPrecision(2)))
const ms = (value: number | null): string => (value === null ? '–' : `${short(value)} ms`)
const percent = (value: number | null): string => (value === null ? '–' : `${short(value)} %`)
const bytes = (value: number | null): string => (value === null ? '–' : size(value))

/** Writes the cells of an app's row: its answers and its use of the machine now. */
export const figuresOf = (figures: Figures): readonly (Html | string)[] => [
  short(figures.requests_per_s),
  ms(figures.p95_ms),
  figures.errors === 0 ? '0' : html`<span class="bad">${figures.errors}</span>`,
  bytes(figures.memory_bytes),
  percent(figures.cpu_percent),
]

export const figureTitles = ['Requests/s', 'p95', 'Errors', 'Memory', 'Processor']

/** The time that the lines can cover, as `--since` takes it. */
export const spans = ['1h', '24h', '7d', '30d'] as const
export type Span = (typeof spans)[number]

/** Draws the recent metrics of an app as lines, with its deploys in them. */
export const metricsView = (project: string, metrics: Metrics, span: Span): Html => {
  const { series, total } = metrics
  const now = series.at(-1) ?? total
  const line = (title: string, shown: string, of: (part: Part) => number | null, tone = ''): Html =>
    html`<figure><figcaption>${title} <strong>${shown}</strong></figcaption>${sparkline(metrics, of, tone, `${title}: ${shown}`)}</figure>`
  return html`<div class="head"><h2>Metrics</h2><nav class="spans end" aria-label="How far back">${spans.map(
    one =>
      html`<a href="/apps/${project}?since=${one}"${one === span ? html` aria-current="true"` : ''}>${one}</a>`,
  )}</nav></div>
<div class="lines">
${line('Requests/s', short(now.requests_per_s), one => one.requests_per_s)}
${line('p95', ms(now.p95_ms), one => one.p95_ms)}
${line('Errors', `${total.errors} (${short(total.error_percent)} %)`, one => one.errors, total.errors > 0 ? 'bad' : '')}
${line('Memory', bytes(now.memory_bytes), one => one.memory_bytes)}
${line('Processor', percent(now.cpu_percent), one => one.cpu_percent)}
</div>
${metrics.deploys.length === 0 ? nothing : html`<p class="muted small">An upright line is a deploy.</p>`}`
}

/** Draws a series in a box of 100 by 40, with a line for each deploy. */
const sparkline = (
  { series, from, to, deploys }: Metrics,
  of: (part: Part) => number | null,
  tone: string,
  label: string,
): Html => {
  const values = series.map(part => of(part) ?? 0)
  const most = Math.max(...values, 0)
  const x = (index: number): number => (index / Math.max(1, values.length - 1)) * 100
  const y = (value: number): number => (most === 0 ? 38 : 38 - (value / most) * 34)
  const points = values.map((value, index) => `${x(index).toFixed(2)},${y(value).toFixed(2)}`).join(' ')
  const [begin, length] = [Date.parse(from), Date.parse(to) - Date.parse(from)]
  const marks = deploys.map(({ at, state }) => {
    const place = (((Date.parse(at) - begin) / length) * 100).toFixed(2)
    return html`<line class="${toneOf(state)}" x1="${place}" x2="${place}" y1="0" y2="40"/>`
  })
  return html`<svg class="spark ${tone}" viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label="${label}">
<polygon points="0,40 ${points} 100,40"/><polyline points="${points}"/>${marks}</svg>`
}
