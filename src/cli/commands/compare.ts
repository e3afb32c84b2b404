import pc from 'picocolors'
import { ago } from '../../core/ago.js'
import { count } from '../../core/count.js'
import { notDeployed } from '../../deploy/errors.js'
import { comparisonOf, type ReleaseComparison } from '../../queries/compare.js'
import { isWhole, listReleases, readApp } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { releaseNotThere } from '../errors.js'
import { print, printJson } from '../output.js'
import { releaseCells, section, table } from '../render.js'

/** Shows the differences between two releases. @param to the second release; undefined: the live one. */
export const compare = async (
  project: string,
  from: string,
  to: string | undefined,
  options: { json?: boolean },
): Promise<void> => {
  const home = gatlingHome()
  const { live } = readApp(home, project)
  if (!live) throw notDeployed(project)
  const there = listReleases(home, project).filter(number => isWhole(home, project, number))
  const numberOf = (wanted: string): number => {
    const number = Number(wanted)
    if (!there.includes(number)) throw releaseNotThere(project, wanted, there)
    return number
  }
  const pair = [numberOf(from), to === undefined ? live.release : numberOf(to)] as const
  const found = await comparisonOf(home, project, live, pair)
  if (options.json) printJson(found)
  else print(...linesOf(found))
}

const linesOf = ({ project, from, to, commits, config, code }: ReleaseComparison): readonly string[] => {
  const commitLines = (those: typeof commits.added): readonly string[] =>
    table(those.map(({ revision, subject, by, at }) => [revision.slice(0, 7), by, ago(at), subject]))
  const { modules, migrations } = code ?? { modules: null, migrations: null }
  const parts = [
    ...section(`${count(commits.added.length, 'commit')} more`, commitLines(commits.added)),
    ...section(`${count(commits.removed.length, 'commit')} less`, commitLines(commits.removed)),
    ...section('modules', [
      ...(modules?.changed ?? []),
      ...signed('+', modules?.added),
      ...signed('-', modules?.removed),
    ]),
    ...section('apps with another version', code?.apps ?? []),
    ...section('migrations', [...signed('+', migrations?.added), ...signed('-', migrations?.removed)]),
    ...section('config values', config),
    ...section('static files', code?.files ? ['differ'] : []),
  ]
  return [
    `${pc.bold(project)}: from release ${from.release} to release ${to.release}`,
    '',
    ...table([
      ['from', ...releaseCells(from)],
      ['to', ...releaseCells(to)],
    ]),
    ...(parts.length === 0 ? ['', 'Nothing differs.'] : parts),
  ]
}

const signed = (sign: string, names: readonly string[] = []): string[] => names.map(name => `${sign}${name}`)
