import type { Env, SchemaOptions } from '../core/env.js'

/** Of a deploy what it takes to ask for it once more. */
export type Deploy = Pick<Env, 'task' | 'project' | 'release' | 'revision' | 'config_release'> & {
  readonly schema_options: Pick<SchemaOptions, 'back'>
}

/** The same rollback once more, with `more`: a flag that was given and is left out here would make it another one. */
const rollbackOf = (deploy: Deploy, more: readonly string[] = []): string => {
  const { project, release, schema_options } = deploy
  const schema = { refuse: [], keep: ['--keep-schema'], down: ['--with-migrations'] }[schema_options.back]
  const flags = [...(isCodeOnly(deploy) ? ['--code-only'] : []), ...schema, ...more]
  return `\`${['gatling rollback', project, release, ...flags].join(' ')}\``
}

/** The same rollback, with another answer to what becomes of the schema. */
export const rollbackBut = (deploy: Deploy, back: SchemaOptions['back']): string =>
  rollbackOf({ ...deploy, schema_options: { back } })

/** The branch has not moved when a deploy failed, so `upgrade` is something else then; and what is planned is on no branch. */
export const withSwap = (deploy: Deploy): string => {
  const { task, project, revision } = deploy
  if (task === 'rollback') return rollbackOf(deploy, ['--mode swap'])
  const again = task === 'plan' ? `plan ${project} ${revision.slice(0, 7)}` : `retry ${project}`
  return `\`gatling ${again} --mode swap\``
}

/** What an older release lacks is mostly a value that was changed since, such as a password. */
export const otherValues = (deploy: Deploy): string => {
  const others = `other releases: \`gatling releases ${deploy.project}\`.`
  if (isCodeOnly(deploy)) return `It had the config values of now; ${others}`
  return `With the config values of now, not those it was deployed with: ${rollbackOf(deploy, ['--code-only'])}; ${others}`
}

/** Code that was taken back and failed on a schema that was not. */
export const otherSchema = (deploy: Deploy): string =>
  deploy.task === 'rollback' && deploy.schema_options.back === 'keep'
    ? `Its schema was left as it is; to take that back, too: ${rollbackBut(deploy, 'down')}. `
    : ''

export const correct = (deploy: Deploy, why: string): string =>
  deploy.task === 'rollback' ? `${why}. ${otherValues(deploy)}` : `${why}; correct the app and push again.`

const isCodeOnly = ({ release, config_release }: Deploy): boolean => config_release !== release
