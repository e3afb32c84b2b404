import * as v from 'valibot'
import * as du from '../../commands/du.js'
import { outcomes } from '../../core/event.js'
import { appPaths } from '../../state/paths.js'
import { serverPaths } from '../../state/server.js'
import { namesIn, textIn } from '../app-files.js'
import { ask } from '../ask.js'
import { type Answer, ok, type Said, warning } from '../finding.js'
import { size } from '../sizes.js'
import type { AppFacts } from './facts.js'

/** That much of how a deploy ended (state/runs.ts). */
const resultSchema = v.object({
  outcome: v.picklist(outcomes),
  step: v.nullable(v.string()),
  error: v.nullable(v.object({ code: v.string() })),
})
type Result = v.InferOutput<typeof resultSchema>

export const lastDeploy = ({ project, root }: AppFacts): Answer => {
  const number = Math.max(
    ...namesIn(root, 'runs')
      .filter(name => /^\d{1,15}$/.test(name))
      .map(Number),
  )
  if (!Number.isFinite(number)) return null
  const text = textIn(root, 'runs', String(number), 'result.json')
  return deployFinding(project, number, text === null ? null : v.parse(resultSchema, JSON.parse(text)))
}

export const deployFinding = (project: string, number: number, result: Result | null): Said => {
  if (result === null)
    return ok(`deploy ${number} is under way, or was interrupted: gatling history ${project} tells`)
  const { outcome, step, error } = result
  if (outcome === 'ok' || outcome === 'skipped') return ok(`the last deploy, ${number}, went well`)
  const where = `${step === null ? '' : ` in ${step}`}${error === null ? '' : ` (${error.code})`}`
  return warning(
    `the last deploy, ${number}, ended ${outcome}${where}; what ran before it runs on`,
    `gatling history ${project} ${number}`,
  )
}

/** Without Hex a build fetches it first, from builds.hex.pm. */
export const hex = ({ root }: AppFacts): Answer => {
  const isNeeded = textIn(root, 'build', 'mix.lock')?.includes('{:hex,') ?? false
  const isThere = archiveFolders(root).some(folder =>
    namesIn(root, ...folder, 'archives').some(name => name.startsWith('hex-')),
  )
  return isNeeded && !isThere
    ? ok('Hex is not there for its builds; the next deploy fetches it from builds.hex.pm')
    : null
}

/** The machine's Elixir has one of its own, and so has each that Gatling installed. */
const archiveFolders = (root: string): readonly string[][] => {
  const own = ['home', '.mix']
  return [own, ...namesIn(root, ...own, 'gatling').map(name => [...own, 'gatling', name])]
}

const duPatience = 5

export const diskUse = async ({ project, root }: AppFacts): Promise<Answer> => {
  const { releases, build } = appPaths(serverPaths.home, project)
  const answer = await ask(du.sizes(root), duPatience)
  return diskFinding(du.parseSizes(answer.stdout), { root, releases, build })
}

export const diskFinding = (
  sizes: ReadonlyMap<string, number>,
  { root, releases, build }: { root: string; releases: string; build: string },
): Said | null => {
  const total = sizes.get(root)
  if (total === undefined) return null
  const parts = [
    ...[{ what: 'releases', bytes: sizes.get(releases) }],
    ...[{ what: 'what its builds keep', bytes: sizes.get(build) }],
  ].flatMap(({ what, bytes }) => (bytes === undefined ? [] : [`${what} ${size(bytes)}`]))
  return ok(`it takes ${size(total)} of the disk${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`)
}
