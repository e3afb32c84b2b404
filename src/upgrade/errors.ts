import { error } from '../core/error.js'
import { indent } from '../core/error-text.js'
import type { Answers } from '../core/proxy.js'
import { correct, type Deploy, otherSchema, otherValues } from './ask-again.js'

export const bootCrash = error(
  'BOOT_CRASH',
  'The new release ended while it was booting.',
  (deploy: Deploy, reason: string, lastLines: readonly string[]) => ({
    message: `the new release did not boot: it ${reason}${lastLines.length > 0 ? `; it wrote:${indent(lastLines)}` : ''}`,
    hint:
      deploy.task === 'rollback'
        ? `How it ended and what it wrote say why. ${otherValues(deploy)}`
        : 'How it ended and what it wrote say why; set missing values with `gatling config set`, then `gatling retry`; or correct the app or its limits and push again.',
  }),
)

export const portTaken = error(
  'PORT_TAKEN',
  'The new release found its port taken by another program.',
  (port: number, lastLines: readonly string[]) => ({
    message: `the new release could not listen: port ${port} or another port it wants is already in use; it wrote:${indent(lastLines)}`,
    hint: 'Let the app listen only on the port in PORT (two versions run side by side for a moment); see config/runtime.exs. Where it needs a fixed port, too: `stop_first = true` in gatling.toml, [upgrade].',
  }),
)

export const neverHealthy = error(
  'NEVER_HEALTHY',
  'The new release booted, but did not answer its health check in time.',
  (
    deploy: Deploy,
    [path, port, seconds]: readonly [string, number, number],
    /** Status null: it did not answer at all. */
    { finding, status }: { readonly finding: string; readonly status: number | null },
    lastLines: readonly string[],
  ) => ({
    message: `the new release never became healthy: GET ${path} on port ${port} for ${seconds} s: ${finding}${lastLines.length > 0 ? `; it wrote:${indent(lastLines)}` : ''}`,
    hint:
      deploy.task === 'rollback'
        ? `It has been good before. ${otherValues(deploy)}`
        : status === null
          ? 'See that the app listens on PORT and that the path answers below 500; path and time are set in gatling.toml, [health].'
          : 'Correct the app, so that this page answers below 500; or name another page in gatling.toml, [health] path.',
  }),
)

export const diedSoon = error(
  'DIED_SOON',
  'The new release was healthy, then died while it was watched.',
  (deploy: Deploy, reason: string, lastLines: readonly string[]) => ({
    message: `the new release was healthy, then ${reason}${lastLines.length > 0 ? `; it wrote:${indent(lastLines)}` : ''}`,
    hint: correct(deploy, 'How it ended and what it wrote say why'),
  }),
)

export const unhealthyUpgrade = error(
  'UNHEALTHY_UPGRADE',
  'The new version took over, and then something went wrong while it was watched; the old one was brought back.',
  (deploy: Deploy, finding: string, crashes: readonly string[]) => ({
    message: `after the new version took over ${finding}${crashes.length > 0 ? `; crashes in the code that changed:${indent(crashes.slice(0, 5))}` : ''}`,
    hint: `${correct(deploy, 'See `gatling logs`')} How long it is watched is set in gatling.toml, \`watch\` in [health] and [upgrade].`,
  }),
)

export const errorsRose = error(
  'ERRORS_ROSE',
  'The new version took over, and answered more requests with errors than the one before, which was brought back.',
  (deploy: Deploy, before: Answers, after: Answers) => ({
    message: `${share(after)} of ${after.requests.toLocaleString('en-US')} requests failed since the switch, ${share(before)} before`,
    hint: `${correct(deploy, 'See `gatling logs`')} ${otherSchema(deploy)}How many more errors are let pass is set in gatling.toml, [health] errors.`,
  }),
)

const share = ({ requests, errors }: Answers): string =>
  `${requests === 0 ? 0 : Number(((errors / requests) * 100).toFixed(1))} %`
