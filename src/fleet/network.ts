import { existsSync, rmSync } from 'node:fs'
import * as systemd from '../commands/systemd.js'
import * as wireguard from '../commands/wireguard.js'
import { runCommand } from '../hosts/capture.js'
import { readIfThere, writeWhole } from '../hosts/files.js'
import { must, succeeded } from '../hosts/must.js'
import { type Member, memberPaths } from '../state/members.js'
import { wireguardConfig } from '../templates/wireguard.js'

/** The device of the fleet network. */
const device = 'gatling0'
export const networkUnit = `wg-quick@${device}.service`
const configuration = `/etc/wireguard/${device}.conf`

/** Returns this machine's public key in the fleet network. Its private key never leaves it. */
export const wireguardIdentity = async (): Promise<string> => {
  const { wireguardKey } = memberPaths
  if (!existsSync(wireguardKey))
    writeWhole(wireguardKey, succeeded(wireguard.newKey, await runCommand(wireguard.newKey)), 0o600)
  const asking = wireguard.publicKey(readIfThere(wireguardKey) ?? '')
  return succeeded(asking, await runCommand(asking)).trim()
}

/** Connects this machine with the others. Connections to machines that stay go on. */
export const connect = async (self: Member, members: readonly Member[]): Promise<void> => {
  const key = (readIfThere(memberPaths.wireguardKey) ?? '').trim()
  const others = members.filter(({ name }) => name !== self.name)
  writeWhole(configuration, wireguardConfig(key, self.number, others), 0o600)
  if ((await runCommand(systemd.isActive(networkUnit))).status === 0) await must(wireguard.sync(device))
  await must(systemd.enableNow(networkUnit))
}

/** Takes this machine out of the fleet network. */
export const disconnect = async (): Promise<void> => {
  if (!existsSync(configuration)) return
  await must(systemd.disableNow(networkUnit))
  rmSync(configuration)
}

/** Returns for each machine, by its public key, the seconds since it was last heard of; Infinity: never. */
export const secondsSinceHandshake = async (): Promise<ReadonlyMap<string, number>> => {
  const { stdout } = await runCommand(wireguard.handshakes(device))
  const rows = stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split('\t'))
  return new Map(
    rows.map(([key = '', at = '0']) => [key, at === '0' ? Infinity : Date.now() / 1_000 - Number(at)]),
  )
}
