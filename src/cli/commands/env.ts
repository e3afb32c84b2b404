import { previewEnv } from '../../deploy/preview-env.js'
import { gatlingHome } from '../../state/paths.js'
import { printJson } from '../output.js'
import { parseTask } from './steps.js'

/** Prints the env that a hook of the next deploy would get. */
export const env = async (project: string, options: { task?: string }): Promise<void> => {
  printJson(
    await previewEnv(gatlingHome(), project, options.task === undefined ? null : parseTask(options.task)),
  )
}
