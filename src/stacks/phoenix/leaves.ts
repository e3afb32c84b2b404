import type { Env } from '../../core/env.js'

/** Says which data of an app an unload leaves in place. @param values contains the app's config values. */
export const leavesData = (
  { available_tasks, project }: Pick<Env, 'available_tasks' | 'project'>,
  values: Readonly<Record<string, string | undefined>>,
  isOnServer: boolean,
): string | null => {
  const hasFile = values['DATABASE_PATH'] !== undefined
  const said = [
    ...(hasFile && isOnServer
      ? ['Its SQLite file is removed with it. The backups stay, for an app of this name.']
      : []),
    ...(available_tasks.includes('ecto.drop') && !hasFile
      ? [
          `The database is still there. If you no longer need it: \`gatling db destroy ${project}\` removes one that Gatling made. Drop any other by hand.`,
        ]
      : []),
    ...(values['REDIS_URL'] !== undefined && isOnServer
      ? [`The Redis is still there, too. \`gatling redis destroy ${project}\` removes one that Gatling made.`]
      : []),
  ]
  return said.length === 0 ? null : said.join(' ')
}
