import { error } from '../core/error.js'

export const recordsGone = error(
  'RECORDS_GONE',
  'The app is live, but the records of its deploys are gone.',
  (project: string, path: string, release: number) => ({
    message: `the records of the deploys of ${project} are gone from ${path}. Its release ${release} is live`,
    hint: 'Restore the folder from a backup. Without one, the next deploy begins new records.',
  }),
)
