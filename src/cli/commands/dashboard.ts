import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pc from 'picocolors'
import { sshCommand } from '../../access/ssh-command.js'
import * as ssh from '../../commands/ssh.js'
import { listenForBrowser } from '../../dashboard/listen.js'
import type { Reach } from '../../dashboard/reach.js'
import { runAttached } from '../../hosts/attached.js'
import { runCommand } from '../../hosts/capture.js'
import { writeWhole } from '../../hosts/files.js'
import { spawnDetached } from '../../hosts/process.js'
import { gatlingHome } from '../../state/paths.js'
import { isServer } from '../../state/server.js'
import { serverUnreachable, usage } from '../errors.js'
import { firstSignal } from '../first-signal.js'
import { type Remote, remoteHere, sshOfGit } from '../git-remote.js'
import { print } from '../output.js'
import { onThisMachine } from '../this-machine.js'

/** Shows the page until it is told to stop. */
export const dashboard = async (options: { open: boolean; on?: string }): Promise<void> => {
  if (isServer())
    throw usage(
      'a server shows no page: the page runs on your own machine',
      'On your laptop, in the folder of an app, run `gatling dashboard`.',
    )
  const asked = firstSignal()
  const folder = mkdtempSync(join(tmpdir(), 'gatling-dashboard-'))
  try {
    const remote = await chosen(options.on)
    const line = remote === null ? null : await openLine(remote, join(folder, 'ssh'))
    const page = await listenForBrowser(line?.reach ?? onThisMachine(gatlingHome()))
    print(`${pc.bold('The page:')} ${page.url}`, pc.dim('Ctrl-C ends it. The apps and deploys go on.'))
    if (options.open) await openBrowser(page.url, folder)
    await asked
    await page.close()
    await line?.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Chooses the server as other commands do. If GATLING_HOME is set, this machine is meant. */
const chosen = (named: string | undefined): Promise<Remote | null> | null =>
  named === undefined && process.env['GATLING_HOME'] !== undefined ? null : remoteHere(named)

/**
 * Opens one ssh connection that all commands share, so that each command costs only one round trip.
 * @throws GatlingError SERVER_UNREACHABLE.
 */
const openLine = async (remote: Remote, socket: string) => {
  const shell = ssh.shared(await sshOfGit(), socket)
  const code = await runAttached(ssh.openShared(remote, shell).argv)
  if (code !== 0) throw serverUnreachable(remote.destination)
  const quiet = `${shell} ${ssh.unseen}`
  const reach: Reach = {
    name: remote.destination,
    isRemote: true,
    project: remote.project,
    command: words => ssh.ssh({ ...remote, shell: quiet }, sshCommand(words), false),
  }
  return { reach, close: () => runCommand(ssh.closeShared(remote.destination, socket)) }
}

/**
 * Opens the browser with a file that only this person can read: every user can see the words of a command, and the address
 * lets its reader in. If the browser cannot read the file, the address in the terminal is the way.
 */
const openBrowser = async (url: string, folder: string): Promise<void> => {
  const file = join(folder, 'open.html')
  writeWhole(
    file,
    `<!doctype html><meta charset="utf-8"><title>Gatling</title><meta http-equiv="refresh" content="0;url=${url}">\n`,
    0o600,
  )
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open'
  // This program can start the browser, which outlives the command. If there is no such program, the address is in the
  // terminal.
  await spawnDetached([program, file], process.env).catch(() => {})
}
