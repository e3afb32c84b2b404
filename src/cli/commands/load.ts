import { existsSync } from 'node:fs'
import { loadProject, setBranch } from '../../deploy/load.js'
import { parseProject, readApp } from '../../state/apps.js'
import { appPaths, gatlingHome } from '../../state/paths.js'
import { deployUser, isRootOfServer } from '../../state/server.js'
import { addressOfServer } from '../address.js'
import { usage } from '../errors.js'
import { print, printJson } from '../output.js'

/** Makes a project, or changes the branch of a project. */
export const load = async (name: string, options: { branch?: string; json?: boolean }): Promise<void> => {
  const home = gatlingHome()
  const project = parseProject(name)
  if (options.branch !== undefined && !isBranchName(options.branch)) {
    throw usage(
      `${JSON.stringify(options.branch)} cannot be the name of a branch. Nothing was changed`,
      'Choose another name.',
    )
  }
  const { repository, state } = appPaths(home, project)
  const isNew = !existsSync(state)
  if (isRootOfServer()) {
    const { createApp } = await import('../../server/apps.js')
    await createApp(project, options.branch)
  } else {
    await loadProject(home, project)
    if (options.branch !== undefined) await setBranch(home, project, options.branch)
  }
  const { branch } = readApp(home, project)
  if (options.json) return printJson({ project, repository, branch })
  print(isNew ? `Loaded ${project}.` : `${project} is loaded.`)
  print(
    '',
    'In the app:',
    `  git remote add production ${isRootOfServer() ? `${deployUser}@${addressOfServer()}:${project}` : repository}`,
    `  git push production ${branch ?? 'main'}`,
  )
  print('', `${branch ?? 'The first branch pushed'} is the branch that deploys.`)
}

/**
 * Tells whether a text can be the name of a branch, without refs/heads/. It is stricter than git-check-ref-format(1).
 */
const isBranchName = (name: string): boolean =>
  /^[A-Za-z0-9_][\w./-]*$/.test(name) && !/^refs\/|\.\.|\/\/|\.lock$|[./]$/.test(name)
