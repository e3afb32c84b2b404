import { recover } from '../../housekeeping/clean-up.js'
import { gatlingHome } from '../../state/paths.js'

/** Recovers an app, as the app's own user. */
export const recoverCommand = async (project: string): Promise<void> => {
  await recover(gatlingHome(), project)
}
