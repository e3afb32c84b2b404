import type { Settings } from '../config/settings.js'
import { known } from '../core/errors.js'
import type { Host } from '../core/host.js'
import { collectGarbage } from '../housekeeping/collect-garbage.js'
import { tidyFailed, tidyReleases, tidyRuntimeFiles } from '../housekeeping/tidy.js'
import { forgetBad } from '../state/bad.js'
import type { Assignment } from './assignment.js'

type Work = () => void | Promise<void>

/** What a deploy that went well leaves for nobody. */
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

/** The deploy has ended well. Gatling warns about what it cannot remove, and goes on with the rest. */
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
