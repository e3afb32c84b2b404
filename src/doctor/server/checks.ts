import { buildChecks, nodeChecks, portChecks } from '../../stacks/phoenix/doctor/checks.js'
import type { Check } from '../finding.js'
import type { ServerFacts } from './facts.js'
import { fleet } from './fleet.js'
import { clock, disk, memory } from './machine.js'
import { nginxReload } from './nginx-reload.js'
import { gitProgram, installedProgram, node } from './programs.js'
import { certbotTimer, doors, failedUnits } from './services.js'
import { sshd, sshLogin, sudoRule } from './ssh.js'
import { nginx, webPorts } from './web.js'

/** The checks of a server, in order. */
export const serverChecks: readonly Check<ServerFacts>[] = [
  { name: 'node', look: node },
  { name: 'git', look: gitProgram },
  ...buildChecks,
  { name: 'installed_program', look: installedProgram },
  { name: 'sshd', look: sshd },
  { name: 'ssh_login', look: sshLogin },
  { name: 'sudo_rule', look: sudoRule },
  { name: 'nginx', look: nginx },
  { name: 'nginx_reload', look: nginxReload },
  { name: 'web_ports', look: webPorts },
  ...portChecks,
  { name: 'failed_units', look: failedUnits },
  { name: 'doors', look: doors },
  { name: 'certbot_timer', look: certbotTimer },
  { name: 'disk', look: disk },
  { name: 'memory', look: memory },
  { name: 'clock', look: clock },
  { name: 'fleet', deadlineMs: 20_000, look: fleet },
  ...nodeChecks,
]
