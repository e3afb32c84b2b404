import { join } from 'node:path'
import { asNobody } from '../../../commands/setpriv.js'
import { ask, saidBy } from '../../../doctor/ask.js'
import { type Answer, ok, problem, type Said } from '../../../doctor/finding.js'
import { serverPaths } from '../../../state/server.js'
import * as elixir from '../commands/elixir.js'
import { type Installed, installedElixirs } from '../elixirs/installed.js'

/** How long each Elixir may take to answer, in seconds. A virtual machine boots for each. */
const patience = 12
export const elixirsDeadlineMs = (patience + 2) * 1_000

/** Starts every Elixir of `gatling elixir install`, with the rights of an app's user. */
export const elixirs = async (): Promise<Answer> =>
  Promise.all(
    installedElixirs(serverPaths.elixirs).map(async one => {
      const { status, stdout, ...answer } = await ask(
        asNobody(elixir.version(join(one.path, 'bin', 'elixir'))),
        patience,
      )
      const isItself = status === 0 && stdout.includes(`Elixir ${one.version}`)
      return installedFinding(one, isItself ? null : saidBy({ status, stdout, ...answer }) || 'nothing')
    }),
  )

/** @param failed its output if it does not start; null: it starts. */
export const installedFinding = ({ name, version }: Installed, failed: string | null): Said =>
  failed === null
    ? ok(`Elixir ${name}, for the apps that ask for it`)
    : problem(
        `an app's user cannot start the installed Elixir ${name}: ${failed}`,
        `gatling elixir remove ${name} && gatling elixir install ${version}`,
      )
