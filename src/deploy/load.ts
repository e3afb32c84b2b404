import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as git from '../commands/git.js'
import { endedWith } from '../core/ending.js'
import { commandFailed, fileClosed } from '../core/errors.js'
import type { Command } from '../core/host.js'
import { runCommand } from '../hosts/capture.js'
import { commandMissing } from '../hosts/errors.js'
import { writeWhole } from '../hosts/files.js'
import { gitOld } from '../push/errors.js'
import { cliPath } from '../runs/start.js'
import { valueRules } from '../stacks/stacks.js'
import { writeApp, writeBranch } from '../state/apps.js'
import { newConfig, writeConfig } from '../state/config.js'
import { type AppPaths, appPaths } from '../state/paths.js'
import { isServerHome, serverPaths } from '../state/server.js'
import { closedCommand, gitHook, historyHook } from '../templates/git-hook.js'

/** Makes a project's repository, config and state. What exists stays, but the git hooks are written again. */
export const loadProject = async (home: string, project: string): Promise<void> => {
  const paths = appPaths(home, project)
  await refuseOldGit()
  if (isServerHome(home)) makeFolders(paths)
  if (!existsSync(paths.repository)) await must(git.initBare(paths.repository))
  // Every ref goes through the hook, which accepts branches and tags.
  await must(git.setConfig(paths.repository, 'receive.procReceiveRefs', 'refs'))
  // A replaced commit would stand for another commit in every later push (git-replace(1)).
  await must(git.setConfig(paths.repository, 'core.useReplaceRefs', 'false'))
  await must(git.setConfig(paths.repository, 'receive.advertisePushOptions', 'true'))
  await must(git.setConfig(paths.repository, 'gc.auto', '0'))
  await must(git.setConfig(paths.repository, 'transfer.hideRefs', git.hiddenRefs))
  // A power cut must not leave empty objects, which would make every later push fail (git-config(1), core.fsync).
  await must(git.setConfig(paths.repository, 'core.fsync', 'all'))
  // On a server, root checks this before git does.
  if (!isServerHome(home)) await explainClosed(paths.repository)
  for (const { path, text } of gitHooks(home, project)) {
    writeWhole(path, text, 0o755)
    chmodSync(path, 0o755)
  }
  if (!existsSync(paths.config)) writeConfig(home, project, newConfig(valueRules))
  if (!existsSync(paths.state)) writeApp(home, project, { branch: null, live: null })
}

/**
 * Makes git name the folder if a push fails because git cannot write the repository. For that it shares the objects of
 * an empty repository.
 */
const explainClosed = async (repository: string): Promise<void> => {
  const empty = join(repository, 'shared')
  for (const name of ['objects', 'refs']) mkdirSync(join(empty, name), { recursive: true })
  writeWhole(join(repository, 'objects', 'info', 'alternates'), '../shared/objects\n')
  const folder = join(repository, 'objects')
  const { message, hint, code } = fileClosed(folder, null)
  const lines = [`error: ${message}`, `  ${hint}`, `  (${code})`]
  await must(git.setConfig(repository, 'core.alternateRefsCommand', closedCommand(lines, folder)))
}

/** Makes the folders that the app's units name. */
const makeFolders = ({ root, data, deploy }: AppPaths): void => {
  for (const folder of [join(root, 'home'), data, join(deploy, 'tmp')]) mkdirSync(folder, { recursive: true })
}

/** Returns the git hooks of an app's repository. */
export const gitHooks = (
  home: string,
  project: string,
): readonly { readonly path: string; readonly text: string }[] => {
  const { repository, gitHook } = appPaths(home, project)
  return [
    { path: gitHook, text: hookText(home, project) },
    { path: join(repository, 'hooks', 'pre-receive'), text: historyHook },
  ]
}

/**
 * Writes the git hook. On a server it calls the launcher that setup wrote, so it still works after Node.js was replaced
 * or moved.
 */
const hookText = (home: string, project: string): string =>
  gitHook(isServerHome(home) ? [serverPaths.gatling] : [process.execPath, cliPath], home, project)

/** Refuses a git older than 2.29, which does not have proc-receive, the hook that decides how a push ends. */
const refuseOldGit = async (): Promise<void> => {
  const { status, stdout } = await runCommand(git.version)
  if (status !== 0) throw commandMissing('git')
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number)
  if (major < 2 || (major === 2 && minor < 29)) throw gitOld(stdout.trim())
}

/** Chooses the branch that deploys. */
export const setBranch = async (home: string, project: string, branch: string): Promise<void> => {
  await must(git.setHead(appPaths(home, project).repository, branch))
  writeBranch(home, project, branch)
}

const must = async (command: Command): Promise<void> => {
  const { status, stderr } = await runCommand(command)
  if (status === 127) throw commandMissing(command.argv[0])
  if (status !== 0) throw commandFailed(command.argv.join(' '), endedWith(status), stderr.trim().split('\n'))
}
