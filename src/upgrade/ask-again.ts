import type { Env, SchemaOptions } from '../core/env.js'

/** What must be known of a deploy to write the command that repeats it. */
export type Deploy = Pick<Env, 'task' | 'project' | 'release' | 'revision' | 'config_release'> & {
  readonly schema_options: Pick<SchemaOptions, 'back'>
}

/**
 * Writes the command of the same rollback with more flags. It keeps the flags of the first one, which without them
 * would be another rollback.
 */
const rollbackOf = (deploy: Deploy, more: readonly string[] = []): string => {
  const { project, release, schema_options } = deploy
  const { back } = schema_options
  if (back === 'restored') return `\`gatling db promote ${project} <copy> --release ${release}\``
  const schema = { refuse: [], keep: ['--keep-schema'], down: ['--with-migrations'] }[back]
  const flags = [...(isCodeOnly(deploy) ? ['--code-only'] : []), ...schema, ...more]
  return `\`${['gatling rollback', project, release, ...flags].join(' ')}\``
}

/** Writes the command of the same rollback that treats the schema in another way. */
export const rollbackBut = (deploy: Deploy, back: SchemaOptions['back']): string =>
  rollbackOf({ ...deploy, schema_options: { back } })

/**
 * Writes the command of the same deploy with a swap. After a failed deploy that is a retry, because the branch has not
 * moved. For a plan it names the commit, which can be on no branch.
 */
export const withSwap = (deploy: Deploy): string => {
  const { task, project, revision } = deploy
  if (task === 'rollback') return rollbackOf(deploy, ['--mode swap'])
  const again = task === 'plan' ? `plan ${project} ${revision.slice(0, 7)}` : `retry ${project}`
  return `\`gatling ${again} --mode swap\``
}

/**
 * Advises to use other config values: the old values of a release often lack a later change, such as a new password.
 */
export const otherValues = (deploy: Deploy): string => {
  const others = `To choose another release: \`gatling releases ${deploy.project}\`.`
  if (deploy.schema_options.back === 'restored') return others
  if (isCodeOnly(deploy)) return `The rollback used the present config values. ${others}`
  return `To go back with the present config values instead of the old: ${rollbackOf(deploy, ['--code-only'])}. ${others}`
}

/** Advises to roll back the schema, if only the code went back. */
export const otherSchema = (deploy: Deploy): string =>
  deploy.task === 'rollback' && deploy.schema_options.back === 'keep'
    ? `The rollback left the schema as it was. To roll it back, too: ${rollbackBut(deploy, 'down')}. `
    : ''

const isCodeOnly = ({ release, config_release }: Deploy): boolean => config_release !== release
