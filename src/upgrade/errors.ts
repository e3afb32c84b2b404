import { error } from '../core/error.js'
import { indent } from '../core/error-text.js'
import { quantile } from '../core/latency.js'
import type { Answers } from '../core/proxy.js'
import { type Deploy, otherSchema, otherValues, withSwap } from './ask-again.js'

/** Leaves out repetitions. */
const different = (lines: readonly string[]): readonly string[] => [...new Set(lines)]

const wrote = (lines: readonly string[]): string => (lines.length > 0 ? `. It wrote:${indent(lines)}` : '')

export const bootCrash = error(
  'BOOT_CRASH',
  'The new release ended while it booted.',
  (deploy: Deploy, reason: string, lastLines: readonly string[]) => ({
    message: `the new release did not boot: it ${reason}${wrote(lastLines)}`,
    output: lastLines,
    hint:
      deploy.task === 'rollback'
        ? `The lines above say why. ${otherValues(deploy)}`
        : `The lines above say why. Fix the app or its limits, then push again. If a config value is missing, set it with \`gatling config set ${deploy.project}\`, then run \`gatling retry ${deploy.project}\`.`,
  }),
)

export const portTaken = error(
  'PORT_TAKEN',
  'Another program uses the port of the new release.',
  (port: number, lastLines: readonly string[]) => ({
    message: `the new release could not listen, because port ${port} or another port it wants is already in use${wrote(lastLines)}`,
    output: lastLines,
    hint: 'Make the app listen only on the port in PORT (see config/runtime.exs), because two versions run side by side for a moment. If it needs a fixed port, too, set `stop_first = true` in gatling.toml, [upgrade].',
  }),
)

export const neverHealthy = error(
  'NEVER_HEALTHY',
  'The new release booted, but did not pass its health check in time.',
  (
    deploy: Deploy,
    [path, port, seconds]: readonly [string, number, number],
    /** Status null: it did not answer at all. */
    { finding, status }: { readonly finding: string; readonly status: number | null },
    lastLines: readonly string[],
  ) => ({
    message: `the new release did not become healthy within ${seconds} s. GET ${path} on port ${port}: ${finding}${wrote(lastLines)}`,
    output: lastLines,
    hint:
      deploy.task === 'rollback'
        ? `This release was healthy before. ${otherValues(deploy)}`
        : status === null
          ? 'See that the app listens on PORT and that the path answers with a status below 500. gatling.toml sets path and time in [health].'
          : 'Fix the app so that this page answers with a status below 500, or name another page in gatling.toml, [health] path.',
  }),
)

export const diedSoon = error(
  'DIED_SOON',
  'The new release was healthy, then died while Gatling watched it.',
  (deploy: Deploy, reason: string, lastLines: readonly string[]) => ({
    message: `the new release was healthy, then ${reason}${wrote(lastLines)}`,
    output: lastLines,
    hint: fix(deploy, 'The lines above say why.'),
  }),
)

export const unhealthyUpgrade = error(
  'UNHEALTHY_UPGRADE',
  'The new version took over, but became unhealthy while Gatling watched it, so Gatling reverted to the old one.',
  (deploy: Deploy, finding: string, crashes: readonly string[]) => ({
    message: `after the new version took over, ${finding}${crashes.length > 0 ? `.\nCrashes in the code that changed:${indent(different(crashes).slice(0, 5))}` : ''}`,
    output: crashes,
    hint: `${fix(deploy, seeLogs(deploy))} gatling.toml sets how long a version is watched, as \`watch\` in [health] and [upgrade].`,
  }),
)

export const errorsRose = error(
  'ERRORS_ROSE',
  'The new version took over, but failed more requests than the old one, so Gatling reverted to the old one.',
  (deploy: Deploy, before: Answers, after: Answers) => ({
    message: `${share(after)} of ${after.requests.toLocaleString('en-US')} requests failed since the switch, ${share(before)} before`,
    hint: `${fix(deploy, seeLogs(deploy))} ${otherSchema(deploy)}gatling.toml sets how many more errors are allowed, as [health] errors.`,
  }),
)

export const answersSlowed = error(
  'ANSWERS_SLOWED',
  'The new version took over, but answered far more slowly than the old one, so Gatling reverted to the old one.',
  (deploy: Deploy, before: Answers, late: Answers) => ({
    message: `half of the requests took ${median(late)} ms or more after the switch, ${median(before)} ms before`,
    hint: `${fix(deploy, seeLogs(deploy))} gatling.toml sets how much slower answers can get, as [health] slower.`,
  }),
)

const median = ({ latency = [] }: Answers): string => String(Math.round(quantile(latency, 0.5) ?? 0))

const seeLogs = ({ project }: Deploy): string => `See \`gatling logs ${project}\`.`

const fix = (deploy: Deploy, where: string): string =>
  `${where} ${deploy.task === 'rollback' ? otherValues(deploy) : 'Fix the app, then push again.'}`

const share = ({ requests, errors }: Answers): string =>
  `${requests === 0 ? 0 : Number(((errors / requests) * 100).toFixed(1))} %`

export const hotImpossible = error(
  'HOT_IMPOSSIBLE',
  'You asked for a hot upgrade only, and the running app cannot be upgraded hot.',
  (deploy: Deploy, reasons: readonly string[]) => ({
    message: `the running app cannot be upgraded hot:${indent(reasons)}`,
    hint: `${deploy.task === 'plan' ? 'See what a swap would do' : 'Deploy it with a swap'}: ${withSwap(deploy)}, or mode = "auto" in gatling.toml, [upgrade].`,
  }),
)
