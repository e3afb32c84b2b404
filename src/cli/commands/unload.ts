import { createInterface } from 'node:readline/promises'
import { startRun } from '../../runs/start.js'
import { readApp } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { unconfirmed } from '../errors.js'
import { watchRun } from './watch-run.js'

/** Stops an app and removes everything of it, once that is confirmed. */
export const unload = async (project: string, options: { yes?: boolean }): Promise<void> => {
  const home = gatlingHome()
  const { live, branch } = readApp(home, project)
  if (!options.yes && !(await confirmed(project))) throw unconfirmed(`removing ${project}`)
  const task = 'unload'
  const number = await startRun(home, project, { task, revision: live?.revision ?? '', branch })
  await watchRun(project, number, { task })
}

const confirmed = async (project: string): Promise<boolean> => {
  if (!process.stdin.isTTY) return false
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await prompt.question(
    `This stops ${project} and removes its releases, repository, config values and history.\nType ${project} to go on: `,
  )
  prompt.close()
  return answer.trim() === project
}
