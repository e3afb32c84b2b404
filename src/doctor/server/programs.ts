import { existsSync } from 'node:fs'
import * as git from '../../commands/git.js'
import { ownVersion } from '../../hosts/own-version.js'
import { isInstalled } from '../../server/program.js'
import { serverPaths } from '../../state/server.js'
import { ask, isMissing, saidBy } from '../ask.js'
import { type Answer, ok, problem, type Said, warning } from '../finding.js'
import { isAtLeast, numbersIn } from '../versions.js'

const leastNode = [20, 19]
const leastGit = [2, 29]

export const node = (): Answer => nodeFinding(process.versions.node, process.execPath)

export const nodeFinding = (version: string, path: string): Said =>
  isAtLeast(numbersIn(version), leastNode)
    ? ok(`Node ${version} (${path})`)
    : problem(
        `Node ${version} (${path}) is older than ${leastNode.join('.')}`,
        'Install a newer Node and run `gatling setup` with it.',
      )

export const gitProgram = async (): Promise<Answer> => {
  const answer = await ask(git.version)
  return gitFinding(isMissing(answer) ? null : answer.stdout.trim())
}

export const gitFinding = (said: string | null): Said => {
  if (said === null) return problem('git is not installed', 'gatling setup')
  const version = numbersIn(said)
  return isAtLeast(version, leastGit)
    ? ok(`git ${version.join('.')}`)
    : problem(
        `git ${version.join('.')} is older than ${leastGit.join('.')}: it has no proc-receive hook, so a push deploys nothing`,
        'Upgrade the system: Debian 11, Ubuntu 22.04 and later have a newer git.',
      )
}

export const installedProgram = async (): Promise<Answer> => {
  if (!existsSync(serverPaths.gatling))
    return problem(`${serverPaths.gatling} does not exist, so nobody can push`, 'gatling setup')
  const answer = await ask({ argv: [serverPaths.gatling, '--version'], cwd: '/', quiet: true })
  return programFinding({
    installed: answer.status === 0 ? answer.stdout.trim() : null,
    failed: saidBy(answer),
    running: ownVersion(),
    isSame: isInstalled(),
  })
}

export const programFinding = (facts: {
  /** Its version; null: it cannot be started. */
  readonly installed: string | null
  readonly failed: string
  readonly running: string
  readonly isSame: boolean
}): Said => {
  const { installed, failed, running, isSame } = facts
  if (installed === null)
    return problem(`the program in ${serverPaths.lib} cannot be started: ${failed}`, 'gatling setup')
  if (isSame) return ok(`Gatling ${installed}, the same as this command`)
  const text =
    installed === running
      ? `the program in ${serverPaths.lib} and this command are both ${running}, but not the same`
      : `the server runs Gatling ${installed}; this command is ${running}`
  return warning(text, 'To install this version on the server: gatling setup')
}
