import { html } from 'hono/html'
import { count } from '../../core/count.js'
import type { AppState, State, Top } from '../answers.js'
import type { Reach } from '../reach.js'
import { figuresOf, figureTitles } from './metrics.js'
import { bare, commit, empty, grid, type Html, nothing, pill, toneOf, typed, when } from './parts.js'

/** Shows every app on one screen, the worst first. */
export const appsView = (
  { apps, serving }: State | Top,
  reach: Reach,
): Html => html`<div class="head"><h1>Apps</h1>
${apps.length === 0 ? nothing : html`<p class="muted">${summary(apps)}</p>`}</div>
${serving ? nothing : html`<div class="notice busy"><strong>The apps do not run.</strong><p>Start embedded mode: <code>gatling serve</code></p></div>`}
${
  apps.length === 0
    ? none(reach)
    : grid(
        'Apps',
        [
          'App',
          'State',
          ...(apps.some(isMeasured) ? figureTitles : []),
          'Release',
          'Deployed',
          'Last deploy',
        ],
        [...apps].sort((one, other) => pain(other) - pain(one)).map(row),
      )
}`

const isMeasured = (app: AppState | Top['apps'][number]): app is Top['apps'][number] =>
  'requests_per_s' in app

const row = (app: AppState | Top['apps'][number]): readonly (Html | string)[] => [
  html`<a class="name" href="/apps/${app.project}">${app.project}</a>${
    app.url === null ? nothing : html`<small>${bare(app.url)}</small>`
  }`,
  html`${pill(toneOf(app.state), app.state)}${troublesOf(app).map(text => html`<small class="bad">${text}</small>`)}`,
  ...(isMeasured(app) ? figuresOf(app) : []),
  app.release === null ? '–' : html`${app.release} ${commit(app.revision)}`,
  when(app.since),
  lastDeploy(app),
]

const lastDeploy = ({ project, last_deploy: last }: AppState): Html =>
  last === null
    ? html`–`
    : html`<a href="/apps/${project}/deploys/${last.number}">${last.number}</a> ${pill(toneOf(last.state), last.state)}`

/** Lists what is wrong with an app besides its state. */
export const troublesOf = (app: AppState): readonly string[] => [
  ...(app.out_of_memory ? ['ran out of memory'] : []),
  ...(app.restarts > 0 ? [`started again ${count(app.restarts, 'time')}`] : []),
  ...(app.database === 'down' ? ['its database is down'] : []),
  ...(app.redis === 'down' ? ['its Redis is down'] : []),
  ...(app.backups?.troubles ?? []),
]

/** Rates how much is wrong with an app. Apps with the same rate stay in the order of `gatling top`. */
const pain = (app: AppState): number =>
  ({ bad: 8, busy: 2, quiet: 0, good: 0 })[toneOf(app.state)] +
  (troublesOf(app).length > 0 ? 4 : 0) +
  (app.last_deploy && toneOf(app.last_deploy.state) === 'bad' ? 1 : 0)

const summary = (apps: readonly AppState[]): string => {
  const are = (tone: string): number => apps.filter(({ state }) => toneOf(state) === tone).length
  return [
    `${are('good')} of ${count(apps.length, 'app')} run`,
    ...(are('busy') > 0 ? [`${are('busy')} under way`] : []),
    ...(are('bad') > 0 ? [`${are('bad')} down`] : []),
  ].join(' · ')
}

const none = ({ isRemote, name }: Reach): Html =>
  empty(
    'No app yet',
    isRemote
      ? html`<p>The first push makes it. In your app’s folder:</p>${typed(`git remote add production ${name}:my_app`, 'git push production main')}`
      : html`<p>Make one, then push to the address that this prints:</p>${typed('gatling load my_app')}`,
  )
