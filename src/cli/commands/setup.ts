import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import pc from 'picocolors'
import { count } from '../../core/count.js'
import { parseElixir } from '../../core/elixir-version.js'
import { known } from '../../core/errors.js'
import { isLead } from '../../core/fleet.js'
import { inFleet } from '../../fleet/errors.js'
import type { Change } from '../../server/change.js'
import { changes, makeChange } from '../../server/setup.js'
import { elixirVersion } from '../../stacks/phoenix/elixirs/errors.js'
import { readFleet } from '../../state/fleet.js'
import { registeredProjects } from '../../state/registered.js'
import { deployUser, isServer } from '../../state/server.js'
import { addressOfServer } from '../address.js'
import { confirmedBy } from '../confirm.js'
import { needsRoot, notAServer, unconfirmed } from '../errors.js'
import { print, tell } from '../output.js'

/** Makes this machine a server, one change after the other. It skips changes that are made already. */
export const setup = async (options: {
  dryRun?: boolean
  elixir?: boolean | string
  key?: readonly string[]
}): Promise<void> => {
  if (process.geteuid?.() !== 0) throw needsRoot('setup')
  const { elixir = false } = options
  if (typeof elixir === 'string' && parseElixir(elixir) === null) throw elixirVersion(elixir)
  const keys = options.key?.map(file => readFileSync(file === '-' ? 0 : file, 'utf8')) ?? null
  const failed: unknown[] = []
  let made = 0
  for (const change of changes({ elixir, keys })) {
    if (await change.isMade()) continue
    made++
    if (options.dryRun) print(`would ${change.about}`)
    else
      await make(change).catch((error: unknown) => {
        // A fault of one app must not keep the machine and other apps from being repaired.
        if (!change.ofApp) throw error
        failed.push(error)
      })
  }
  const last = failed.pop()
  for (const error of failed) tell(known(error).message)
  if (last !== undefined) throw last
  if (options.dryRun)
    return print(
      made === 0 ? 'There is nothing to do.' : `${count(made, 'change')} to make; nothing was changed.`,
    )
  print(made === 0 ? 'Everything is as it should be.' : pc.green(`Done: ${count(made, 'change')}.`))
  print(
    '',
    'On your machine, in the app:',
    `  git remote add production ${deployUser}@${addressOfServer()}:my_app`,
    '  git push production main',
  )
}

const make = async (change: Change): Promise<void> => {
  print(`${pc.cyan('▸')} ${change.about}`)
  await makeChange(change)
}

/** Undoes what setup did, the last change first. */
export const teardown = async (options: { yes?: boolean }): Promise<void> => {
  if (process.geteuid?.() !== 0) throw needsRoot('teardown')
  if (!isServer()) throw notAServer('teardown')
  const fleet = readFleet()
  if (fleet !== null) throw inFleet(fleet.self, isLead(fleet))
  const warning = `This stops and removes ${count(registeredProjects().length, 'app')}, with all releases, config values and data. A last dump of each database that Gatling made stays in /var/backups/gatling.`
  if (!options.yes && !(await confirmedBy(hostname(), warning)))
    throw unconfirmed('removing every app of this server')
  for (const change of [...changes({ elixir: false, keys: null })].reverse()) {
    await change.undo()
  }
  print(
    'This machine is no longer a Gatling server. The packages that were installed stay; apt removes them.',
  )
}
