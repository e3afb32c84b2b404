import * as nginxProgram from '../../commands/nginx.js'
import { ask, isMissing, saidBy } from '../ask.js'
import { type Answer, ok, problem, type Said, warning } from '../finding.js'
import { type Listener, listeners } from '../listeners.js'
import { type Properties, unitsNamed } from '../units.js'
import type { ServerFacts } from './facts.js'

export const nginx = async (): Promise<Answer> => {
  const tested = await ask(nginxProgram.test)
  if (isMissing(tested)) return problem('nginx is not installed', 'gatling setup')
  const units = await unitsNamed(['nginx.service'], ['ActiveState', 'UnitFileState'])
  return nginxFindings(
    tested.status === 0 ? null : complaintIn(saidBy(tested)),
    units.get('nginx.service') ?? {},
  )
}

/** Shortens an error of nginx: without the time, the process and the conclusion. */
const complaintIn = (said: string): string =>
  said.replace(/^.*?\[emerg\] (\d+#\d+: )?/, '').replace(/ nginx: configuration file .*$/, '')

/** @param refused why `nginx -t` refuses the configuration; null: it accepts it. */
export const nginxFindings = (refused: string | null, unit: Properties): readonly Said[] => [
  unit['ActiveState'] === 'active'
    ? ok('nginx runs')
    : problem('nginx does not run: no app can be reached', 'systemctl start nginx; journalctl -u nginx'),
  ...(unit['UnitFileState'] === 'enabled' || unit['UnitFileState'] === undefined
    ? []
    : [warning('nginx is not started at boot', 'systemctl enable nginx')]),
  refused === null ? ok('nginx accepts its configuration') : configurationFinding(refused),
]

const configurationFinding = (refused: string): Said => {
  const [, file, line] = / in (\/[^\s:]+):(\d+)/.exec(refused) ?? []
  return problem(
    `nginx refuses its configuration, so it would not start again, and no site can be changed: ${refused}`,
    file ? `Correct ${file}, line ${line}; then: nginx -t` : 'nginx -t',
  )
}

export const webPorts = async ({ apps }: ServerFacts): Promise<Answer> => {
  const found = await listeners()
  const isHttps = apps.some(app => app.tls !== null)
  return [portFinding(80, found, true), portFinding(443, found, isHttps)]
}

/** @param isNeeded whether a site answers there. */
export const portFinding = (port: number, all: readonly Listener[], isNeeded: boolean): Said => {
  const here = all.filter(listener => listener.port === port)
  const others = [...new Set(here.flatMap(({ programs }) => programs))].filter(name => name !== 'nginx')
  if (here.length === 0)
    return isNeeded
      ? problem(`nobody listens on port ${port}`, 'systemctl status nginx')
      : ok(`nobody listens on port ${port}: no app has a certificate`)
  if (others.length > 0) {
    const text = `${others.join(', ')}, not nginx, listens on port ${port}`
    const remedy = `Stop it, or let it listen on another port; then: systemctl restart nginx`
    return isNeeded ? problem(text, remedy) : warning(text, remedy)
  }
  return here.every(({ programs }) => programs.length === 0)
    ? warning(`a program listens on port ${port}, but doctor cannot tell which`)
    : ok(`nginx listens on port ${port}`)
}
