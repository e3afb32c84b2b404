import { html } from 'hono/html'
import { count } from '../../core/count.js'
import { seconds } from '../../core/seconds.js'
import type { Deploy } from '../answers.js'
import type { Bar, Progress, Usual } from '../waterfall.js'
import { twoClicks } from './forms.js'
import {
  address,
  commit,
  facts,
  type Html,
  marked,
  names,
  nothing,
  pill,
  plain,
  toneOf,
  when,
} from './parts.js'

/**
 * Shows one deploy. Its progress and its log appear as they happen.
 * @param canCancel whether `gatling cancel` stops this one.
 */
export const deployView = (project: string, deploy: Deploy, canCancel: boolean): Html => html`
<div class="head"><h2>Deploy ${deploy.number} <span class="muted">${plain(deploy.subject)}</span></h2>${canCancel ? html`<span class="acts end">${twoClicks(`/apps/${project}/deploys/${deploy.number}/cancel`, 'Cancel', 'Stops this deploy, and undoes everything it did except migrations.', 'Cancel the deploy')}</span>` : nothing}</div>
${facts([
  ['What', deploy.task],
  ['Commit', commit(deploy.revision)],
  ['Branch', deploy.branch === null ? '–' : plain(deploy.branch, 60)],
  ['By', plain(deploy.pusher, 60)],
  ['Asked', when(deploy.asked_at)],
])}
<div data-stream="/apps/${project}/deploys/${deploy.number}/stream">
  <div data-view><p class="muted">Reading its log……</p></div>
  <p class="notice busy" data-lost hidden>The connection is lost. The deploy goes on without it; trying again…</p>
  <h2 id="log">Log</h2>
  <div class="log" data-lines tabindex="0" role="log" aria-labelledby="log" aria-live="off"></div>
</div>
<noscript><p class="notice busy">The progress of a deploy needs JavaScript. In a terminal: <code>gatling history ${project} ${deploy.number}</code></p></noscript>`

/** Shows the progress of a deploy so far. @param now in ms since the epoch */
export const progressView = (project: string, progress: Progress, usual: Usual, now: number): Html => {
  const { waits, failed, live, plan, end } = progress
  return html`${waits === null ? nothing : waiting(project, waits)}
${end === null ? nothing : html`<p class="ended">${pill(toneOf(end.outcome), end.outcome)} <span class="muted">after ${seconds(end.ms)}</span></p>`}
${failed === null ? nothing : failure(failed)}
${
  live === null || failed !== null
    ? nothing
    : html`<div class="notice good"><strong>Release ${live.release} is live</strong>
  <p>${address(live.url)} · ${live.mode}</p></div>`
}
${progress.undoes && end === null ? html`<div class="notice busy"><strong>Gatling undoes this deploy.</strong></div>` : nothing}
<div class="beside">
<section aria-label="Steps"><h2>Steps ${end === null ? html`<span class="muted">${elapsed(progress, now)}</span>` : nothing}</h2>${steps(progress, usual, now)}</section>
${
  plan === null
    ? nothing
    : html`<section aria-label="Plan" class="plan"><h2>Plan ${pill(plan.mode === 'swap' ? 'busy' : 'good', plan.mode)}</h2>
  ${plan.reasons.length === 0 ? html`<p>The app has not changed.</p>` : html`<ul>${plan.reasons.map(({ text }) => html`<li>${plain(text, 500)}</li>`)}</ul>`}
  ${names('Modules', [...plan.modules.changed, ...signed('+', plan.modules.added), ...signed('−', plan.modules.removed)])}
  ${names(
    'Migrate by code_change/3',
    plan.migrations.map(one => `${one.module}: ${count(one.processes, 'process', 'processes')}`),
  )}
  ${names('Children', [...signed('+', plan.children.started), ...signed('−', plan.children.stopped)])}
  ${names('Config', plan.config)}</section>`
}
</div>`
}

const signed = (sign: string, names: readonly string[]): string[] => names.map(name => `${sign}${name}`)

const waiting = (project: string, { behind, step, pusher }: NonNullable<Progress['waits']>): Html =>
  html`<div class="notice busy"><strong>It waits for <a href="/apps/${project}/deploys/${behind}">deploy ${behind}</a></strong>
  <p>asked for by ${plain(pusher)}${step === null ? '' : `, now in ${step}`}</p></div>`

const failure = ({ step, text, hint, serving, code }: NonNullable<Progress['failed']>): Html =>
  html`<div class="notice bad" role="alert"><strong>Not deployed${step === null ? '' : `: ${step} failed`}</strong>
  <pre tabindex="0">${plain(text, 8_000)}</pre>
  <p>Now: ${plain(serving)}</p>${hint === '' ? nothing : html`<p>Next: ${marked(plain(hint, 2_000))}</p>`}<p class="muted"><code>${code}</code></p></div>`

const elapsed = ({ began }: Progress, now: number): string =>
  began === null ? '' : seconds(Math.max(0, now - Date.parse(began)))

/** A row of the waterfall: the bar of a step in front of its usual bar, and the time that the step took. */
interface Row {
  readonly bar: Bar | null
  readonly name: string
  readonly usualFrom: number
  readonly usual: number | null
}

const steps = (progress: Progress, usual: Usual, now: number): Html => {
  const { bars, began, end } = progress
  const passed = began === null ? 0 : Math.max(0, now - Date.parse(began))
  const rows = rowsOf(
    bars,
    end === null ? usual : usual.filter(one => bars.some(bar => bar.name === one.step)),
  )
  const last = Math.max(
    1,
    end === null ? passed : 0,
    ...rows.map(({ bar, usualFrom, usual }) =>
      Math.max(bar?.to ?? 0, end === null ? usualFrom + (usual ?? 0) : 0),
    ),
  )
  const place = (ms: number): string => `${((ms / last) * 100).toFixed(2)}%`
  return html`<ol class="waterfall">${rows.map(row => {
    const { bar, name, usual, usualFrom } = row
    const to = bar === null ? 0 : (bar.to ?? passed)
    const took = bar === null ? null : to - bar.from
    return html`<li class="${bar === null ? 'ahead' : bar.isHook ? 'hook' : ''}"><span class="step">${name}</span>
<svg aria-hidden="true">${usual === null ? nothing : html`<rect class="usual" x="${place(usualFrom)}" width="${place(usual)}" height="100%" rx="2"/>`}${
      bar === null || took === null
        ? nothing
        : html`<rect class="${barClass(bar)}" x="${place(bar.from)}" width="${place(Math.max(took, last / 250))}" y="25%" height="50%" rx="2"/>`
    }</svg>
<span class="took${bar !== null && !bar.ok ? ' bad' : ''}">${took === null ? html`<span class="muted">${usual === null ? '' : `~ ${seconds(usual)}`}</span>` : seconds(took)}${
      bar !== null && !bar.ok
        ? ' failed'
        : isFar(took, usual)
          ? html` <span class="muted">usually ${seconds(usual ?? 0)}</span>`
          : ''
    }</span></li>`
  })}</ol>`
}

const barClass = ({ to, ok }: Bar): string => (to === null ? 'busy' : ok ? 'good' : 'bad')

const isFar = (took: number | null, usual: number | null): boolean =>
  took !== null && usual !== null && took > 1_000 && took > usual * 1.5

/** Returns the steps that have begun, then those that usually follow. */
const rowsOf = (bars: readonly Bar[], usual: Usual): readonly Row[] => {
  const usually = new Map(usual.map(({ step, ms }) => [step, ms]))
  const begun: Row[] = bars.map(bar => ({
    bar,
    name: bar.name,
    usualFrom: bar.from,
    usual: bar.isHook ? null : (usually.get(bar.name) ?? null),
  }))
  const begunNames = new Set(bars.map(({ name }) => name))
  const lastBegun = usual.map(({ step }) => begunNames.has(step)).lastIndexOf(true)
  const final = bars.at(-1)
  let from = final === undefined ? 0 : (final.to ?? final.from + (usually.get(final.name) ?? 0))
  const ahead = usual.slice(lastBegun + 1).map(({ step, ms }): Row => {
    const row = { bar: null, name: step, usualFrom: from, usual: ms }
    from += ms
    return row
  })
  return [...begun, ...ahead]
}
