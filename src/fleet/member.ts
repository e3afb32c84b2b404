import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import * as v from 'valibot'
import * as apt from '../commands/apt.js'
import * as systemd from '../commands/systemd.js'
import * as wireguard from '../commands/wireguard.js'
import type { Fleet } from '../core/fleet.js'
import { runCommand } from '../hosts/capture.js'
import { readIfThere, writeWhole } from '../hosts/files.js'
import { must } from '../hosts/must.js'
import { fleetSchema, writeFleet } from '../state/fleet.js'
import {
  type identitySchema,
  type Member,
  memberPaths,
  memberSchema,
  readMade,
  writeMade,
  writeMembers,
} from '../state/members.js'
import { serverPaths } from '../state/server.js'
import { dockerAfterNetwork, dockerSettings } from '../templates/docker.js'
import { closeNetwork } from './close.js'
import { joinSwarm, leaveSwarm, removeBridge, swarmHere } from './docker.js'
import { forgetNames } from './names.js'
import { connect, disconnect, networkUnit, wireguardIdentity } from './network.js'
import { fleetIdentity, trust } from './trust.js'

const dockerUnits = ['docker.socket', 'docker.service', 'containerd.service']
const settings = '/etc/docker/daemon.json'
const dropIn = '/etc/systemd/system/docker.service.d/gatling.conf'

/** Returns the packages that this machine still needs to be in a fleet. */
const missingPackages = async (): Promise<readonly string[]> => {
  const hasKernel = (await runCommand(wireguard.isInKernel)).status === 0
  const hasDocker = ['/usr/bin/dockerd', '/usr/sbin/dockerd'].some(path => existsSync(path))
  const wanted = [
    ...['wireguard-tools', 'iptables', 'dnsmasq-base'],
    ...(hasKernel ? [] : ['wireguard-go']),
    // Debian 13 has Docker's client in a package of its own.
    ...(hasDocker ? [] : ['docker.io', 'docker-cli']),
  ]
  const found = await Promise.all(wanted.map(name => runCommand(apt.status(name))))
  return wanted.filter((_, index) => !found[index]?.stdout.startsWith('install ok installed'))
}

/** Installs what a machine of a fleet needs, and starts Docker. Docker that runs already keeps its settings. */
export const equip = async (): Promise<void> => {
  if ((await runCommand(systemd.isEnabled('docker.service'))).status !== 0) {
    writeMade({ ...readMade(), docker: true })
    if (!existsSync(settings)) writeForAll(settings, dockerSettings())
  }
  const missing = await missingPackages()
  if (missing.length > 0) {
    await must(apt.update)
    const known = await Promise.all(missing.map(name => runCommand(apt.known(name))))
    await must(apt.install(missing.filter((_, index) => known[index]?.status === 0)))
  }
  if (!existsSync(dropIn)) {
    writeForAll(dropIn, dockerAfterNetwork(networkUnit))
    await must(systemd.reload)
  }
  await must(systemd.enableNow(...dockerUnits))
}

const writeForAll = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  writeWhole(path, text, 0o644)
}

/** Makes this machine's keys, if they are missing. @returns what the others need to know of it. */
export const introduce = async (): Promise<Identity> => ({
  name: hostname().split('.')[0] ?? '',
  wireguard: await wireguardIdentity(),
  key: await fleetIdentity(),
  hostKeys: readdirSync('/etc/ssh')
    .filter(name => /^ssh_host_\w+_key\.pub$/.test(name))
    .map(name => (readIfThere(join('/etc/ssh', name)) ?? '').split(' ').slice(0, 2).join(' ').trim()),
})

type Identity = v.InferOutput<typeof identitySchema>

/** What the lead sends to each machine. */
export const knowledgeSchema = v.object({
  /** The name of the machine that gets it. */
  self: v.string(),
  /** The machines to be connected with. One that is being added is here first. */
  members: v.array(memberSchema),
  /** The machines that run apps; null: no change. */
  fleet: v.nullable(fleetSchema),
})
interface Knowledge {
  readonly self: string
  readonly members: readonly Member[]
  readonly fleet: Fleet | null
}

/** Makes this machine part of the fleet as the lead describes it. */
export const adopt = async ({ self, members, fleet }: Knowledge): Promise<void> => {
  const own = members.find(({ name }) => name === self)
  if (own === undefined) throw new Error(`${self} is not among the machines`)
  writeMembers(members)
  await connect(own, members)
  await trust(members.filter(({ name }) => name !== self))
  if (fleet === null) return
  writeFleet({ ...fleet, self })
  await closeNetwork()
}

/**
 * Takes this machine out of its fleet, even if it has joined only in part. Packages stay.
 * @param keysStay whether this machine keeps its own keys, for another try.
 */
export const leave = async (keysStay = false): Promise<void> => {
  const { docker } = readMade()
  if (await isDockerOn()) {
    if ((await swarmHere()) !== 'none') await leaveSwarm()
    if (docker) await removeBridge().catch(() => {})
  }
  if (docker) {
    // If the packages were not installed, there are no such units.
    for (const unit of dockerUnits) await runCommand(systemd.disableNow(unit))
    if (await isDockerOn()) await must(systemd.disableNow(...dockerUnits))
    if (readIfThere(settings) === dockerSettings()) rmSync(settings)
  }
  await forgetNames()
  rmSync(dropIn, { force: true })
  for (const path of [dropIn, settings]) removeEmpty(dirname(path))
  await must(systemd.reload)
  await disconnect()
  await trust([])
  for (const path of [serverPaths.fleet, serverPaths.earlyListening]) rmSync(path, { force: true })
  const kept = keysStay ? [basename(serverPaths.fleetKey), `${basename(serverPaths.fleetKey)}.pub`] : []
  for (const name of existsSync(memberPaths.folder) ? readdirSync(memberPaths.folder) : [])
    if (!kept.includes(name)) rmSync(join(memberPaths.folder, name), { recursive: true })
  removeEmpty(memberPaths.folder)
}

/** Removes a folder if there is nothing in it. */
const removeEmpty = (folder: string): void => {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder)
}

/** Makes this machine part of the Swarm of these managers. What is left of an earlier Swarm is dropped. */
export const enterSwarm = async ({ inside, managers, token }: Invitation): Promise<void> => {
  if ((await swarmHere()) !== 'none') await leaveSwarm()
  await joinSwarm(inside, managers, token)
}

/** What a machine needs to join the Swarm. The token is a secret until the lead has changed it. */
export const invitationSchema = v.object({
  inside: v.string(),
  managers: v.array(v.string()),
  token: v.string(),
})
type Invitation = v.InferOutput<typeof invitationSchema>

const isDockerOn = async (): Promise<boolean> =>
  (await runCommand(systemd.isActive('docker.service'))).status === 0
