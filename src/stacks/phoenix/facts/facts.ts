import { join } from 'node:path'
import type { Facts, Workshop } from '../../../core/stack.js'
import { chooseRelease, mixTasks, type Project } from './inspect-project.js'

/** Returns the facts about a project for `env`. @throws GatlingError as {@link chooseRelease}. */
export const factsOf = (
  mix: Project,
  { project, buildDir, settings }: Pick<Workshop, 'project' | 'buildDir' | 'settings'>,
): Facts => {
  const release_name = chooseRelease(mix, project, settings.release)
  const tasks = mixTasks(mix, buildDir)
  return {
    version: mix.version,
    release_name,
    mix_releases: mix.release,
    own_apps: mix.own.length > 0 ? [...mix.own] : [project],
    built_release_path: join(buildDir, '_build', 'prod', 'rel', release_name),
    get available_tasks() {
      return tasks()
    },
  }
}
