import * as v from 'valibot'
import * as du from '../../commands/du.js'
import * as systemd from '../../commands/systemd.js'
import { outcomes } from '../../core/event.js'
import { size } from '../../core/size.js'
import { appPaths } from '../../state/paths.js'
import { serverPaths } from '../../state/server.js'
import { namesIn, textIn } from '../app-files.js'
import { answerOf, ask } from '../ask.js'
import { type Answer, ok, type Said, warning } from '../finding.js'
import type { AppFacts } from './facts.js'

/** The part of a deploy's result that doctor reads (state/runs.ts). */
const resultSchema = v.object({
  outcome: v.picklist(outcomes),
  step: v.nullable(v.string()),
  error: v.nullable(v.object({ code: v.string() })),
  at: v.string(),
})
type Result = v.InferOutput<typeof resultSchema>

export const lastDeploy = ({ project, root, live }: AppFacts): Answer => {
  const number = Math.max(
    ...namesIn(root, 'runs')
      .filter(name => /^\d{1,15}$/.test(name))
      .map(Number),
  )
  if (!Number.isFinite(number))
    return live === null
      ? null
      : warning(
          `the records of its deploys are gone, but release ${live.release} is live`,
          'Restore its folder runs from a backup. Without one, the next deploy begins new records.',
        )
  return deployFinding(project, number, resultOf(root, number))
}

const resultOf = (root: string, number: number): Result | null => {
  const text = textIn(root, 'runs', String(number), 'result.json')
  return text === null ? null : v.parse(resultSchema, JSON.parse(text))
}

export const deployFinding = (project: string, number: number, result: Result | null): Said => {
  if (result === null)
    return ok(`deploy ${number} is running, or was interrupted: see gatling history ${project}`)
  const { outcome, step, error } = result
  if (outcome === 'ok' || outcome === 'skipped') return ok(`the last deploy, ${number}, went well`)
  const where = `${step === null ? '' : ` in ${step}`}${error === null ? '' : ` (${error.code})`}`
  return warning(
    `the last deploy, ${number}, ended ${outcome}${where}; what ran before it runs on`,
    `gatling history ${project} ${number}`,
  )
}

export const leftUnits = async ({ project, root }: AppFacts): Promise<Answer> =>
  leftFindings(project, await answerOf(systemd.unitsLike(`gatling-deploy-${project}-*.service`)), number =>
    resultOf(root, number),
  )

/** How long a deploy may take to end after it has written its result, in ms. */
const lastWordsMs = 60_000

/** @param list the units of its deploys; each line begins with the name of one. */
export const leftFindings = (
  project: string,
  list: string,
  resultOf: (number: number) => Pick<Result, 'at'> | null,
): readonly Said[] =>
  [...list.matchAll(/^\s*(gatling-deploy-\w+-(\d{1,15})\.service)\s/gm)].flatMap(([, unit, number]) => {
    const result = resultOf(Number(number))
    if (result === null || Date.now() - Date.parse(result.at) < lastWordsMs) return []
    return [
      warning(
        `deploy ${number} of ${project} has ended, but its unit ${unit} has not: something that it started runs on`,
        `systemctl status ${unit} shows what runs; systemctl stop ${unit} ends it`,
      ),
    ]
  })

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
