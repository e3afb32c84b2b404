import { previewEnv } from '../../deploy/preview-env.js'
import { gatlingHome } from '../../state/paths.js'
import { printJson } from '../output.js'
import { parseTask } from './steps.js'

/** What a hook of the next deploy would be given. */
export const env = async (project: string, options: { task?: string }): Promise<void> => {
  printJson(
    await previewEnv(gatlingHome(), project, options.task === undefined ? null : parseTask(options.task)),
  )
}
