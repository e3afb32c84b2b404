import { ago } from '../../core/ago.js'
import { size } from '../../core/size.js'
import { releasesOf } from '../../queries/releases.js'
import { listReleases, readApp } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { readPins, writePins } from '../../state/releases.js'
import { releaseNotThere } from '../errors.js'
import { print, printJson } from '../output.js'
import { table } from '../render.js'

/** Shows the releases, after it has pinned or unpinned one. */
export const releases = async (
  project: string,
  options: { json?: boolean; pin?: string; unpin?: string },
): Promise<void> => {
  const home = gatlingHome()
  readApp(home, project)
  if (options.pin !== undefined) pin(home, project, options.pin)
  if (options.unpin !== undefined) unpin(home, project, options.unpin)
  const facts = await releasesOf(home, project)
  if (options.json) return printJson(facts)
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

/** Pins a release. @throws GatlingError RELEASE_NOT_THERE. */
const pin = (home: string, project: string, wanted: string): void => {
  const there = listReleases(home, project)
  const number = Number(wanted)
  if (!there.includes(number)) throw releaseNotThere(project, wanted, there)
  writePins(home, project, [...readPins(home, project), number])
}

const unpin = (home: string, project: string, wanted: string): void =>
  writePins(
    home,
    project,
    readPins(home, project).filter(number => String(number) !== wanted),
  )
