import type { Context, Hono } from 'hono'
import { html } from 'hono/html'
import type { GenericSchema, InferOutput } from 'valibot'
import * as answers from './answers.js'
import type { Told } from './ask.js'
import type { Refusal } from './refusal.js'
import { type Site, statusOf } from './site.js'
import { cancelledIn } from './under-way.js'
import { appView } from './views/app.js'
import { appsView } from './views/apps.js'
import { auditView } from './views/audit.js'
import { compareView } from './views/compare.js'
import { configView } from './views/config.js'
import { databaseView } from './views/database.js'
import { deployView } from './views/deploy.js'
import { doctorView } from './views/doctor.js'
import { insideView } from './views/inside.js'
import { appPage } from './views/layout.js'
import { logsView } from './views/logs.js'
import { spans } from './views/metrics.js'
import { nodesView } from './views/nodes.js'
import { empty, type Html, refusal, typed } from './views/parts.js'
import { releasesView } from './views/releases.js'
import { rollbackView } from './views/rollback.js'
import { numberIn, projectIn } from './words.js'

/** Adds the pages that change nothing. */
export const looks = (app: Hono, site: Site): void => {
  const { reach, ask, show, refuse } = site
  /** Adds a page of one app. */
  const appRoute = (
    path: string,
    look: (c: Context, project: string) => Promise<Response> | Response,
  ): void => {
    app.get(`/apps/:project${path}`, c => {
      const project = projectIn(c.req.param('project'))
      return project === null ? c.notFound() : look(c, project)
    })
  }
  const showApp = (c: Context, project: string, here: string, body: Html, refresh = false) =>
    show(c, {
      title: `${project} ${here.replace(/^\/(deploys\/)?/, '')}`.trim(),
      here: '',
      body: appPage(reach, project, here, body),
      refresh,
    })
  /** Shows a refusal inside the app's page, so that the app's other pages can still be reached. */
  const refuseApp = (c: Context, project: string, here: string, why: Refusal) => {
    c.status(statusOf(why))
    return showApp(c, project, here, refusal(why))
  }

  app.get('/', async c => {
    const top = await allOrOne(site, answers.topSchema, 'top')
    // Metrics that cannot be read must not hide the states.
    const told = 'value' in top ? top : await allOrOne(site, answers.statusSchema, 'status')
    if ('refusal' in told) return refuse(c, 'Apps', told.refusal)
    const body = appsView(told.value, reach)
    return show(c, { title: 'Apps', here: '/', body, refresh: true })
  })

  app.get('/audit', async c => {
    const told = await ask.json(answers.auditSchema, 'audit', '--lines', '200')
    if ('refusal' in told) return refuse(c, 'Audit', told.refusal)
    return show(c, { title: 'Audit', here: '/audit', body: auditView(told.value) })
  })

  app.get('/doctor', async c => {
    const told = await ask.json(answers.diagnosisSchema, 'doctor')
    if ('refusal' in told) return refuse(c, 'Doctor', told.refusal)
    return show(c, { title: 'Doctor', here: '/doctor', body: doctorView(told.value) })
  })

  app.get('/nodes', async c => {
    const told = await ask.json(answers.nodesSchema, 'nodes', 'list')
    if ('refusal' in told) return refuse(c, 'Nodes', told.refusal)
    return show(c, { title: 'Nodes', here: '/nodes', body: nodesView(told.value), refresh: true })
  })

  appRoute('', async (c, project) => {
    const span = spans.find(one => one === c.req.query('since')) ?? '24h'
    const [status, history, metrics] = await Promise.all([
      ask.json(answers.statusSchema, 'status', project),
      ask.json(answers.historySchema, 'history', project),
      ask.json(answers.metricsSchema, 'metrics', project, '--since', span),
    ])
    if ('refusal' in status) return refuse(c, project, status.refusal)
    const [state] = status.value.apps
    if (state === undefined) return c.notFound()
    const body = appView(
      state,
      'refusal' in history ? history.refusal : history.value,
      'value' in metrics ? metrics.value : null,
      span,
    )
    return showApp(c, project, '', body, true)
  })

  appRoute('/inside', async (c, project) => {
    const told = await ask.json(answers.insideSchema, 'metrics', project, '--node')
    const body = 'refusal' in told ? refusal(told.refusal) : insideView(told.value)
    // This is a part of another page, so the reason appears there.
    if (c.req.query('part') !== undefined) return c.html(body)
    return 'refusal' in told ? refuseApp(c, project, '', told.refusal) : showApp(c, project, '', body, true)
  })

  appRoute('/deploys/:number', async (c, project) => {
    const number = numberIn(c.req.param('number'))
    const told = await ask.json(answers.historySchema, 'history', project)
    if ('refusal' in told) return refuseApp(c, project, '', told.refusal)
    const deploy = told.value.find(one => one.number === number)
    if (deploy === undefined) return c.notFound()
    return showApp(
      c,
      project,
      `/deploys/${deploy.number}`,
      deployView(project, deploy, cancelledIn(told.value) === deploy),
    )
  })

  appRoute('/logs', (c, project) => showApp(c, project, '/logs', logsView(project)))

  appRoute('/releases', async (c, project) => {
    const told = await ask.json(answers.releasesSchema, 'releases', project)
    if ('refusal' in told) return refuseApp(c, project, '/releases', told.refusal)
    return showApp(c, project, '/releases', releasesView(project, told.value))
  })

  appRoute('/releases/:number/back', async (c, project) => {
    const number = numberIn(c.req.param('number'))
    const told = await ask.json(answers.releasesSchema, 'releases', project)
    if ('refusal' in told) return refuseApp(c, project, '/releases', told.refusal)
    const target = told.value.find(
      ({ release, bytes, serves }) => release === number && bytes !== null && !serves,
    )
    if (target === undefined) return c.notFound()
    const outlook = await ask.json(
      answers.outlookSchema,
      ...['rollback', project, String(target.release), '--dry-run'],
    )
    const seen = 'refusal' in outlook ? outlook.refusal : outlook.value
    return showApp(c, project, '/releases', rollbackView(project, target, told.value, seen))
  })

  appRoute('/compare', async (c, project) => {
    const [from, to] = [numberIn(c.req.query('from')), numberIn(c.req.query('to'))]
    if (from === null || to === null) return c.redirect(`/apps/${project}/releases`, 303)
    const told = await ask.json(answers.comparisonSchema, 'compare', project, String(from), String(to))
    if ('refusal' in told) return refuseApp(c, project, '/releases', told.refusal)
    return showApp(c, project, '/releases', compareView(project, told.value))
  })

  appRoute('/config', async (c, project) => {
    const told = await ask.json(answers.configSchema, 'config', 'list', project)
    if ('refusal' in told) return refuseApp(c, project, '/config', told.refusal)
    return showApp(c, project, '/config', configView(project, told.value))
  })

  appRoute('/database', async (c, project) => {
    const [info, backups] = await Promise.all([
      ask.json(answers.databaseSchema, 'db', 'info', project),
      ask.json(answers.backupsSchema, 'db', 'backups', project),
    ])
    if ('refusal' in info && info.refusal.code === 'NO_DATABASE')
      return showApp(c, project, '/database', noDatabase(project))
    if ('refusal' in info) return refuseApp(c, project, '/database', info.refusal)
    const body = databaseView(project, info.value, 'refusal' in backups ? backups.refusal : backups.value)
    return showApp(c, project, '/database', body)
  })
}

const noDatabase = (project: string): Html =>
  empty(
    'No database',
    html`<p>Gatling has made no database for this app. In a terminal:</p>${typed(`gatling db create ${project}`)}`,
  )

/** Asks for all apps. A key for some apps cannot do that, so it asks for the app of this folder. */
const allOrOne = async <Schema extends GenericSchema>(
  { reach: { project }, ask }: Site,
  schema: Schema,
  word: string,
): Promise<Told<InferOutput<Schema>>> => {
  const told = await ask.json(schema, word)
  const isLimited = 'refusal' in told && told.refusal.code === 'KEY_MAY_NOT'
  return isLimited && project !== null ? ask.json(schema, word, project) : told
}
