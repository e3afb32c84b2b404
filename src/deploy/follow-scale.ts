import type { Settings } from '../config/settings.js'
import { known } from '../core/errors.js'
import { keeperOf } from '../runtimes/keeper.js'
import { isServerHome } from '../state/server.js'
import type { Assignment } from './assignment.js'

/**
 * Runs the app on as many machines as gatling.toml asks for. The deploy has succeeded, so a failure is only a warning,
 * and the next deploy tries again.
 */
export const followScale = async (
  { home, project, emit }: Pick<Assignment, 'home' | 'project' | 'emit'>,
  { scale: { web } }: Settings,
): Promise<void> => {
  if (!isServerHome(home)) {
    if (web !== null && web > 1)
      emit({ type: 'warning', text: '[scale] needs a fleet of servers. Here one instance runs.' })
    return
  }
  try {
    const text = await keeperOf(home, project).apps.scale(project, web)
    if (text !== null) emit({ type: 'note', text })
  } catch (error) {
    const { message, hint } = known(error)
    emit({ type: 'warning', text: `[scale] in gatling.toml is not applied: ${message}. ${hint}` })
  }
}
