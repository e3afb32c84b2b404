import type { Settings } from '../config/settings.js'
import { known } from '../core/errors.js'
import type { Host } from '../core/host.js'
import { collectGarbage } from '../housekeeping/collect-garbage.js'
import { tidyFailed, tidyReleases, tidyRuntimeFiles } from '../housekeeping/tidy.js'
import { forgetBad } from '../state/bad.js'
import type { Assignment } from './assignment.js'

type Work = () => void | Promise<void>

/** Returns the work that removes what nobody needs after a good deploy. */
export const afterGood = (
  { home, project, request }: Assignment,
  { releases: { keep, disk } }: Settings,
  host: Host,
): readonly Work[] => [
  () => forgetBad(home, project, request.revision),
  () => tidyFailed(home, project),
  () => tidyReleases(home, project, { keep, budget: disk, left: true }),
  () => tidyRuntimeFiles(home, project),
  () => collectGarbage(home, project, host),
]

/** Does each work. The deploy has succeeded, so a failure is only a warning, and the rest goes on. */
export const tidyUp = async (works: readonly Work[], emit: Assignment['emit']): Promise<void> => {
  for (const work of works) {
    try {
      await work()
    } catch (error) {
      const { message, hint } = known(error)
      emit({
        type: 'warning',
        text: `could not remove something that is no longer needed: ${message}. ${hint}`,
      })
    }
  }
}
