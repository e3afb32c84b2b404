import * as du from '../../commands/du.js'
import { size } from '../../doctor/sizes.js'
import { runCommand } from '../../hosts/capture.js'
import { listReleases, readApp } from '../../state/apps.js'
import { appPaths, gatlingHome } from '../../state/paths.js'
import { type ReleaseRecord, readPins, releaseRecords, writePins } from '../../state/releases.js'
import { recordsGone, releaseNotThere } from '../errors.js'
import { print, printJson } from '../output.js'
import { ago, table } from '../render.js'

/** How many are listed, beside those on disk. */
const listed = 20

/** The releases, the newest first: what became of each, and which are still there. */
export const releases = async (
  project: string,
  options: { json?: boolean; pin?: string; unpin?: string },
): Promise<void> => {
  const home = gatlingHome()
  const { live } = readApp(home, project)
  if (options.pin !== undefined) pin(home, project, options.pin)
  if (options.unpin !== undefined) {
    writePins(
      home,
      project,
      readPins(home, project).filter(number => String(number) !== options.unpin),
    )
  }
  const records = releaseRecords(home, project)
  const shown = records.filter(({ path }, index) => path !== null || index >= records.length - listed)
  const pins = readPins(home, project)
  const bytes = await sizesOf(home, project)
  const facts = shown.reverse().map(record => factsOf(record, live?.release ?? null, pins, bytes))
  if (options.json) return printJson(facts)
  if (facts.length === 0 && live) throw recordsGone(project, appPaths(home, project).runs, live.release)
  if (facts.length === 0) return print(`${project} has no release yet.`)
  const rows = facts.map(one => [
    String(one.release),
    one.outcome,
    one.mode ?? '-',
    one.revision.slice(0, 7),
    one.by,
    ago(one.at),
    one.bytes === null ? '-' : size(one.bytes),
    [...(one.serves ? ['serves'] : []), ...(one.pinned ? ['pinned'] : []), one.subject].join(', '),
  ])
  print(...table([['RELEASE', 'OUTCOME', 'MODE', 'COMMIT', 'BY', 'WHEN', 'SIZE', ''], ...rows]))
}

/** @throws GatlingError RELEASE_NOT_THERE. */
const pin = (home: string, project: string, wanted: string): void => {
  const there = listReleases(home, project)
  const number = Number(wanted)
  if (!there.includes(number)) throw releaseNotThere(project, wanted, there)
  writePins(home, project, [...readPins(home, project), number])
}

const sizesOf = async (home: string, project: string): Promise<ReadonlyMap<string, number>> =>
  du.parseSizes((await runCommand(du.sizes(appPaths(home, project).deploy))).stdout)

const factsOf = (
  { release, run, outcome, path }: ReleaseRecord,
  live: number | null,
  pins: readonly number[],
  bytes: ReadonlyMap<string, number>,
) => ({
  release,
  outcome,
  serves: release === live,
  pinned: pins.includes(release),
  mode: run.result?.mode ?? null,
  revision: run.request.revision,
  subject: run.request.subject,
  by: run.request.pusher,
  at: run.request.at,
  bytes: path === null ? null : (bytes.get(path) ?? null),
})
