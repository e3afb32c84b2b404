import { html } from 'hono/html'
import { seconds } from '../../core/seconds.js'
import type { AppState, Deploy, Metrics } from '../answers.js'
import type { Refusal } from '../refusal.js'
import { isUnderWay } from '../under-way.js'
import { troublesOf } from './apps.js'
import { twoClicks } from './forms.js'
import { insidePlace } from './inside.js'
import { metricsView, type Span } from './metrics.js'
import {
  address,
  commit,
  empty,
  facts,
  grid,
  type Html,
  nothing,
  pill,
  plain,
  refusal,
  toneOf,
  typed,
  when,
} from './parts.js'

/** How many deploys are listed. */
const shown = 30

/** Shows one app: its live release, its running deploys, and its history. */
export const appView = (
  app: AppState,
  history: readonly Deploy[] | Refusal,
  metrics: Metrics | null,
  span: Span,
): Html => html`
${'message' in history ? nothing : underWay(app.project, history)}
${troublesOf(app).map(text => html`<div class="notice bad"><strong>${text}</strong></div>`)}
${facts([
  ['State', pill(toneOf(app.state), app.state)],
  [
    'Serves',
    app.release === null
      ? 'nothing yet'
      : html`release ${app.release} <small class="inline">${app.version ?? ''}</small>`,
  ],
  ['Commit', commit(app.revision)],
  ['Since', when(app.since)],
  ['Address', app.url === null ? '–' : address(app.url)],
  ...(app.certificate_until === null
    ? []
    : [['Certificate until', app.certificate_until.slice(0, 10)] as const]),
  ...(app.database === null ? [] : [['Database', app.database] as const]),
  ...(app.redis === null ? [] : [['Redis', app.redis] as const]),
  ...(app.backups === null ? [] : [['Last backup', when(app.backups.last_at)] as const]),
])}
${metrics === null ? nothing : metricsView(app.project, metrics, span)}
${app.processes.length === 0 || app.state !== 'running' ? nothing : insidePlace(app.project)}
<div class="head"><h2>Deploys</h2>${app.last_deploy === null ? nothing : html`<span class="acts end">${twoClicks(`/apps/${app.project}/redeploy`, 'Redeploy', 'Deploys the last requested commit again, even if its deploy failed.', `Redeploy ${app.project}`)}</span>`}</div>
${'message' in history ? refusal(history) : deploys(app.project, history)}`

const underWay = (project: string, history: readonly Deploy[]): Html => {
  const runs = history.filter(isUnderWay)
  return html`${runs.map(
    ({
      number,
      state,
      subject,
      pusher,
    }) => html`<a class="notice busy" href="/apps/${project}/deploys/${number}">
  <strong>Deploy ${number} is ${state}</strong><p>${plain(subject)} <span class="muted">by ${plain(pusher)}</span></p></a>`,
  )}`
}

const deploys = (project: string, history: readonly Deploy[]): Html => {
  if (history.length === 0)
    return empty('Not deployed yet', html`<p>Push to it:</p>${typed('git push production main')}`)
  const longest = Math.max(...history.slice(0, shown).map(({ ms }) => ms ?? 0), 1)
  return grid(
    'Deploys',
    ['Deploy', 'Outcome', 'What', 'By', 'When', 'Took'],
    history
      .slice(0, shown)
      .map(deploy => [
        html`<a class="name" href="/apps/${project}/deploys/${deploy.number}">${deploy.number}</a> ${commit(deploy.revision)}`,
        html`${pill(toneOf(deploy.state), deploy.state)}${deploy.failed_step === null ? nothing : html`<small class="bad">${deploy.failed_step}</small>`}`,
        html`${plain(deploy.subject, 90) || deploy.task}<small>${how(deploy)}</small>`,
        plain(deploy.pusher, 40),
        when(deploy.asked_at),
        deploy.ms === null || deploy.ms === 0
          ? '–'
          : html`${seconds(deploy.ms)}${lengthOf(deploy.ms / longest)}`,
      ]),
  )
}

const how = ({ task, mode, branch }: Deploy): string =>
  [task, ...(mode === null ? [] : [mode]), ...(branch === null ? [] : [plain(branch, 60)])].join(' · ')

const lengthOf = (share: number): Html =>
  html`<svg class="length" aria-hidden="true"><rect width="${(share * 100).toFixed(1)}%" height="100%" rx="1.5"/></svg>`
