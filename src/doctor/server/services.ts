import * as systemd from '../../commands/systemd.js'
import { answerOf } from '../ask.js'
import { type Answer, ok, problem, type Said, warning } from '../finding.js'
import { type Properties, unitsNamed } from '../units.js'
import type { ServerFacts } from './facts.js'

export const failedUnits = async ({ projects }: ServerFacts): Promise<Answer> =>
  failedFinding(await answerOf(systemd.failedUnits), projects)

/** Other units that apps depend on. */
const others = ['nginx.service', 'ssh.service', 'sshd.service', 'certbot.service', 'epmd.service']

/** @param list the output of systemctl; each line begins with a unit. */
export const failedFinding = (list: string, projects: readonly string[]): Said => {
  const isOurs = (unit: string): boolean =>
    unit.startsWith('gatling-') || projects.includes(unit.replace(/(@[ab])?\.service$/, ''))
  const failed = list
    .split('\n')
    .map(line => line.trim().split(/\s+/)[0] ?? '')
    .filter(unit => isOurs(unit) || others.includes(unit))
  return failed.length === 0
    ? ok('no unit of Gatling, its apps, nginx, ssh or certbot has failed')
    : problem(`failed: ${failed.join(', ')}`, failed.map(unit => `journalctl -u ${unit}`).join('; '))
}

export const doors = async ({ projects }: ServerFacts): Promise<Answer> => {
  const units = await unitsNamed(projects.map(doorOf), ['ActiveState', 'UnitFileState'])
  return doorFindings(projects, units)
}

const doorOf = (project: string): string => `gatling-door@${project}.socket`

export const doorFindings = (
  projects: readonly string[],
  units: ReadonlyMap<string, Properties>,
): Said | readonly Said[] | null => {
  if (projects.length === 0) return null
  const found = projects.flatMap(project => {
    const { ActiveState, UnitFileState } = units.get(doorOf(project)) ?? {}
    if (ActiveState !== 'active')
      return [problem(`the door of ${project} is closed: it cannot be deployed`, 'gatling setup')]
    return UnitFileState === 'enabled'
      ? []
      : [warning(`the door of ${project} will be closed after a reboot`, 'gatling setup')]
  })
  return found.length === 0 ? ok("every app's door is open") : found
}

const timers = ['certbot.timer', 'snap.certbot.renew.timer']

export const certbotTimer = async ({ apps }: ServerFacts): Promise<Answer> =>
  apps.some(app => app.tls !== null)
    ? timerFinding(await unitsNamed(timers, ['ActiveState', 'UnitFileState']))
    : null

export const timerFinding = (units: ReadonlyMap<string, Properties>): Said => {
  const found = timers.map(timer => units.get(timer) ?? {})
  if (!found.some(unit => unit['ActiveState'] === 'active'))
    return problem(
      'certificates will not be renewed: no timer of certbot runs',
      'systemctl enable --now certbot.timer',
    )
  return found.some(unit => unit['ActiveState'] === 'active' && unit['UnitFileState'] === 'enabled')
    ? ok('certificates are renewed by certbot.timer')
    : warning("certbot's timer will not run after a reboot", 'systemctl enable certbot.timer')
}
