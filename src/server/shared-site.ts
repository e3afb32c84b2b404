import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as systemd from '../commands/systemd.js'
import { runCommand } from '../hosts/capture.js'
import { readIfThere, writeWhole } from '../hosts/files.js'
import { nginxMaster, reloadNginx, testNginx } from '../hosts/nginx.js'
import { isListenedOn, listeningPorts } from '../hosts/procfs.js'
import { hasIpv6 } from '../runtimes/definitions.js'
import { serverPaths } from '../state/server.js'
import { nginxShared } from '../templates/nginx-shared.js'
import type { Change } from './change.js'

/**
 * Returns the change that writes nginx's settings for all sites of this machine. If nginx refuses the text, the old
 * text comes back, because nginx would then refuse every site.
 */
export const sharedSite = (): Change => {
  const path = serverPaths.shared
  return {
    about: `tell nginx what all sites share: ${path}`,
    isMade: async () => readIfThere(path) === (await sharedText()),
    make: async () => {
      const before = readIfThere(path)
      writeWhole(path, await sharedText(), 0o644)
      const refused = (await testNginx()) ?? (await reloadNginx())
      if (refused === null) return
      if (before === null) rmSync(path)
      else writeWhole(path, before, 0o644)
      throw new Error(`nginx refuses it: ${refused}`)
    },
    undo: async () => {
      if (!existsSync(path)) return
      rmSync(path)
      await runCommand(systemd.reloadOrRestart('nginx.service'))
    },
  }
}

const sharedText = async (): Promise<string> =>
  nginxShared({
    namesHash: !setsNamesHash(),
    log: serverPaths.answers,
    ipv6: hasIpv6(),
    tls: !isListenedOn(443) || listeningPorts(await nginxMaster()).includes(443),
  })

/** Tells whether another file has this setting, which nginx accepts only once. */
const setsNamesHash = (): boolean =>
  ['/etc/nginx/nginx.conf', ...filesIn('/etc/nginx/conf.d')]
    .filter(path => path !== serverPaths.shared)
    .some(path => /^\s*server_names_hash_bucket_size\b/m.test(readIfThere(path) ?? ''))

const filesIn = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).map(name => join(folder, name)) : []
