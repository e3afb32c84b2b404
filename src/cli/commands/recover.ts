import { recover } from '../../housekeeping/clean-up.js'
import { gatlingHome } from '../../state/paths.js'

/** As the app's own user. */
export const recoverCommand = async (project: string): Promise<void> => {
  await recover(gatlingHome(), project)
}
