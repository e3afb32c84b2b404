import { lstatSync, statSync } from 'node:fs'
import * as nginxProgram from '../../commands/nginx.js'
import { complaintsSince, nginxMaster, takingWorkers } from '../../hosts/nginx.js'
import { startedAt } from '../../hosts/procfs.js'
import { serverPaths } from '../../state/server.js'
import { ask } from '../ask.js'
import { type Answer, ok, problem, type Said, warning } from '../finding.js'

/** Checks that nginx uses its present files. If it refuses a reload, it tells nobody. */
export const nginxReload = async (): Promise<Answer> => {
  const master = await nginxMaster()
  const began = takingWorkers(master).flatMap(pid => startedAt(pid) ?? [])
  const { status, stdout } = await ask(nginxProgram.dump)
  // Other checks report an nginx that does not run, or that refuses its files.
  if (status !== 0 || began.length === 0) return null
  const since = Math.max(...began)
  return reloadFinding(since, changedFiles(stdout), complaintsSince(master, since))
}

interface ChangedFile {
  readonly path: string
  /** In epoch ms. */
  readonly changed: number
}

/**
 * Returns each file that nginx reads, and the folder of sites, with the times of their changes. A copied file keeps its
 * mtime, but not its ctime.
 */
const changedFiles = (dump: string): ChangedFile[] => [
  ...filesIn(dump).map(path => ({
    path,
    changed: Math.max(statSync(path).ctimeMs, lstatSync(path).ctimeMs),
  })),
  { path: serverPaths.enabledSites, changed: statSync(serverPaths.enabledSites).mtimeMs },
]

/** Matches a certificate that nginx reads only at a reload, because its path has no variable. */
const certificateLine = /(?:^|[;{}])\s*ssl_certificate(?:_key)?\s+["']?(\/[^;"'$]+)["']?;/gm

/** Returns the paths of the files in a dump of nginx, and of the certificates that these files name. */
export const filesIn = (dump: string): string[] => [
  ...new Set(
    [/^# configuration file (\/.*):$/gm, certificateLine].flatMap(pattern =>
      [...dump.matchAll(pattern)].map(([, path = '']) => path),
    ),
  ),
]

/** How much the clocks of processes and of files can differ, in ms. */
const blurMs = 200

/**
 * @param since when nginx last began to use its files, in epoch ms.
 * @param refusals why it refused a reload, from its logs.
 */
export const reloadFinding = (
  since: number,
  files: readonly ChangedFile[],
  refusals: readonly string[],
): Said => {
  if (refusals.length > 0)
    return problem(
      `nginx refuses to be reloaded, so no change of a site takes effect: ${refusals.join('; ')}`,
      'Correct this; then: systemctl reload nginx, and gatling doctor',
    )
  const newer = files.filter(({ changed }) => changed > since + blurMs).map(({ path }) => path)
  return newer.length === 0
    ? ok('nginx uses what its files say')
    : warning(
        `nginx does not use its present files; changed since it read them: ${newer.join(', ')}`,
        'systemctl reload nginx; then gatling doctor',
      )
}
