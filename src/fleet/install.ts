import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename } from 'node:path'
import { memberPaths } from '../state/members.js'
import { serverPaths } from '../state/server.js'
import { asRoot, type Root, sendTrees } from './root.js'
import { fleetIdentity, keyOfNode } from './trust.js'

/** Where this machine's program is unpacked there, until setup has installed it. */
const scratch = '/root/.gatling-add'

/** Notes there that this machine makes that one a server, and that only this machine gets in. */
export const claimThere = async (root: Root): Promise<void> => {
  const key = keyOfNode(shortName(), await fleetIdentity())
  const { folder, made } = memberPaths
  await asRoot(
    root,
    `umask 077 && mkdir -p ${folder} && chmod 755 ${serverPaths.etc} && cat >${serverPaths.keys} &&
    { [ -e ${made} ] || echo '{"server":true,"docker":false}' >${made}; }`,
    JSON.stringify([key]),
  )
}

/** Sends this machine's Gatling and its Node.js. */
export const sendGatling = async (root: Root): Promise<void> => {
  await asRoot(root, `rm -rf ${scratch}`)
  await sendTrees(root, [serverPaths.package, process.execPath], scratch)
}

/** Sends the Elixirs that `gatling elixir install` has put here. */
export const sendElixirs = async (root: Root): Promise<void> => {
  const { elixirs, lib } = serverPaths
  if (existsSync(elixirs)) await sendTrees(root, [elixirs], lib)
}

/** Makes that machine a server by `gatling setup`. @param options of setup, as this machine needs them. */
export const setupThere = async (root: Root, options: string): Promise<void> => {
  await asRoot(root, `NO_COLOR=1 ${unpacked} setup ${options} && rm -rf ${scratch}`)
}

/** Removes the server that setup has made there, even in part: only a server can be torn down. */
export const undoSetupThere = async (root: Root): Promise<void> => {
  const { gatling, server, etc } = serverPaths
  await asRoot(
    root,
    `g=${gatling}; [ -x $g ] || g='${unpacked}'
    if $g --version >/dev/null 2>&1; then echo '{}' >${server}; $g teardown --yes || exit; fi; rm -rf ${scratch} ${etc}`,
  )
}

/** The program that was sent. */
const unpacked = `${scratch}/${basename(process.execPath)} ${scratch}/package/bin/gatling.js`

const shortName = (): string => hostname().split('.')[0] ?? ''
