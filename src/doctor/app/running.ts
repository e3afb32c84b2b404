import { type Health, healthOf } from '../../core/health.js'
import { size } from '../../core/size.js'
import { probe } from '../../hosts/http-probe.js'
import { type Answer, ok, problem, type Said, warning } from '../finding.js'
import { isLoopback, type Listener, listeners, written } from '../listeners.js'
import { percent } from '../sizes.js'
import { numberIn, type Properties, unitsNamed } from '../units.js'
import { type AppFacts, domainsOf, liveUnit, portOf } from './facts.js'

export const state = ({ live, isSeated }: AppFacts): Answer => {
  if (live === null) return ok('it was never deployed')
  return isSeated
    ? ok(`release ${live.release} is live, in slot ${live.slot}`)
    : ok(`release ${live.release} is ready, and other machines of the fleet run it`)
}

export const runs = async (facts: AppFacts): Promise<Answer> => {
  const unit = await liveUnit(facts)
  if (unit === null) return null
  const app = `${facts.project}.service`
  const units = await unitsNamed([app], ['UnitFileState'])
  return [runsFinding(facts.project, unit), ...bootFindings(facts.project, units.get(app) ?? {})]
}

export const runsFinding = (project: string, { ActiveState, SubState, NRestarts }: Properties): Said => {
  const restarts = numberIn(NRestarts) ?? 0
  if (ActiveState !== 'active')
    return problem(
      `it does not run: systemd says ${ActiveState || 'nothing of it'}${SubState ? ` (${SubState})` : ''}${restarts > 0 ? `, after ${times(restarts)}` : ''}`,
      `gatling logs ${project}; systemctl start ${project}`,
    )
  return restarts === 0
    ? ok('it runs')
    : warning(`it runs, but has died and was restarted: ${times(restarts)}`, `gatling logs ${project}`)
}

const times = (restarts: number): string => (restarts === 1 ? '1 restart' : `${restarts} restarts`)

export const bootFindings = (project: string, { UnitFileState }: Properties): readonly Said[] =>
  UnitFileState === 'enabled'
    ? []
    : [warning('it will not be started at boot', `systemctl enable ${project}.service`)]

export const answers = async (facts: AppFacts): Promise<Answer> => {
  const port = portOf(facts)
  if (port === null) return null
  const hostName = domainsOf(facts)[0] ?? 'localhost'
  const scheme = facts.registered.tls === null ? 'http' : 'https'
  const asked = { port, path: '/', hostName, scheme, timeoutMs: answerWithinMs } as const
  return answerFinding(facts.project, port, await healthOf(probe, asked))
}

const answerWithinMs = 4_000

export const answerFinding = (project: string, port: number, health: Health): Said => {
  if (health.status === null)
    return problem(
      `it does not answer on port ${port} within ${answerWithinMs / 1_000} s`,
      `gatling logs ${project}. It must listen on the port in the variable PORT.`,
    )
  if (!health.healthy) return warning(`on port ${port}, ${health.finding}`, `gatling logs ${project}`)
  if (health.forcesHttps)
    return warning(
      'it redirects http to https, and has no certificate',
      `gatling tls enable ${project} --email <address>`,
    )
  return ok(`it answers on port ${port}, with status ${health.status} for /`)
}

export const listens = async (facts: AppFacts): Promise<Answer> => {
  const port = portOf(facts)
  return port === null ? null : listensFinding(port, await listeners())
}

/** Checks that the app cannot be reached past nginx. If it does not listen at all, another check reports that. */
export const listensFinding = (port: number, all: readonly Listener[]): Said | null => {
  const here = all.filter(listener => listener.port === port)
  if (here.length === 0) return null
  const open = here.filter(({ address }) => !isLoopback(address))
  return open.length === 0
    ? ok('it can be reached only through nginx')
    : warning(
        `it can be reached past nginx, on ${open.map(written).join(', ')}, unless a firewall is in between`,
        'In config/runtime.exs, at the endpoint: http: [ip: {127, 0, 0, 1}, port: port]',
      )
}

export const memory = async (facts: AppFacts): Promise<Answer> => {
  const unit = await liveUnit(facts)
  if (unit === null) return null
  return memoryFinding(numberIn(unit['MemoryCurrent']), numberIn(unit['MemoryMax']))
}

const nearlyAll = 0.85

export const memoryFinding = (used: number | null, limit: number | null): Said | null => {
  if (used === null) return null
  if (limit === null) return ok(`it takes ${size(used)} of memory; it has no limit`)
  const text = `it takes ${size(used)} of the ${size(limit)} of memory that it may use (${percent(used, limit)}), cached files included`
  return used > limit * nearlyAll
    ? warning(
        text,
        'Give it more in gatling.toml: [limits] memory = "1G". Beyond its limit the kernel kills it.',
      )
    : ok(text)
}
