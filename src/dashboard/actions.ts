import type { Context, Hono } from 'hono'
import { historySchema } from './answers.js'
import type { Told } from './ask.js'
import { begin } from './begin.js'
import type { Site } from './site.js'
import { cancelledIn } from './under-way.js'
import { keyIn, numberIn, projectIn } from './words.js'

type Fields = Readonly<Record<string, string | File>>

/** Adds the forms that change something. Each runs one command, and the server decides whether this key can run it. */
export const actions = (app: Hono, { reach, ask, refuse }: Site): void => {
  const post = (
    path: string,
    act: (c: Context, project: string, fields: Fields) => Promise<Response | null>,
  ): void => {
    app.post(`/apps/:project${path}`, async c => {
      const project = projectIn(c.req.param('project'))
      const done = project === null ? null : await act(c, project, (await c.req.parseBody()) as Fields)
      return done ?? c.notFound()
    })
  }
  /** Shows the changed page, or why nothing changed. */
  const after = async (c: Context, project: string, told: Told<unknown>, path: string): Promise<Response> =>
    'refusal' in told ? refuse(c, project, told.refusal) : c.redirect(`/apps/${project}${path}`, 303)

  /** Runs a command that deploys, and redirects to its deploy. */
  const deploys = async (c: Context, project: string, words: readonly string[]): Promise<Response> => {
    const told = await begin(ask, reach, words)
    const number = 'value' in told ? told.value : null
    return after(c, project, told, number === null ? '' : `/deploys/${number}`)
  }

  post('/releases/:number/back', async (c, project, fields) => {
    const number = numberIn(c.req.param('number'))
    if (number === null) return null
    return deploys(c, project, [
      'rollback',
      project,
      String(number),
      ...(fields['config'] === 'stay' ? ['--code-only'] : []),
      ...(fields['schema'] === 'keep' ? ['--keep-schema'] : []),
      ...(fields['schema'] === 'down' ? ['--with-migrations'] : []),
    ])
  })

  post('/redeploy', (c, project) => deploys(c, project, ['redeploy', project]))

  post('/deploys/:number/cancel', async (c, project) => {
    const number = numberIn(c.req.param('number'))
    if (number === null) return null
    const history = await ask.json(historySchema, 'history', project)
    // The command takes no number, and by now another deploy can be running.
    const isStill = 'value' in history && cancelledIn(history.value)?.number === number
    return after(c, project, isStill ? await ask.run(['cancel', project]) : history, `/deploys/${number}`)
  })

  for (const word of ['pin', 'unpin'])
    post(`/releases/:number/${word}`, async (c, project) => {
      const number = numberIn(c.req.param('number'))
      if (number === null) return null
      const told = await ask.run(['releases', project, `--${word}`, String(number)])
      return after(c, project, told, '/releases')
    })

  post('/config', async (c, project, fields) => {
    const key = keyIn(fields['key'])
    const value = fields['value']
    if (key === null || typeof value !== 'string') return null
    const words = ['config', 'set', project, key, ...(fields['public'] === undefined ? [] : ['--public'])]
    // The value is on no command line. A browser ends each line with CR and LF (HTML, form submission).
    return after(c, project, await ask.run(words, value.replaceAll('\r\n', '\n')), '/config')
  })

  post('/config/:key/unset', async (c, project) => {
    const key = keyIn(c.req.param('key'))
    if (key === null) return null
    return after(c, project, await ask.run(['config', 'unset', project, key]), '/config')
  })
}
