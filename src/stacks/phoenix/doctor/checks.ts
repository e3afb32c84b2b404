import type { AppFacts } from '../../../doctor/app/facts.js'
import type { Check } from '../../../doctor/finding.js'
import type { ServerFacts } from '../../../doctor/server/facts.js'
import { database, secretKeyBase } from './config.js'
import { elixir } from './elixir.js'
import { elixirs, elixirsDeadlineMs } from './elixirs.js'
import { erlangPorts } from './erlang.js'
import { hex } from './hex.js'
import { hostName } from './host-name.js'
import { ownName } from './own-name.js'
import { elixirDeadlineMs, elixirProgram } from './program.js'

/** Looks only at an app that has a process, or is not deployed yet: a folder of files has none of it. */
const ofProcess =
  (look: Check<AppFacts>['look']): Check<AppFacts>['look'] =>
  facts =>
    facts.live?.processes.length === 0 ? null : look(facts)

/** What is looked at of the names of a Phoenix app. */
export const nameChecks: readonly Check<AppFacts>[] = [{ name: 'host_name', look: ofProcess(hostName) }]

/** What is looked at of its values and its build. */
export const phoenixChecks: readonly Check<AppFacts>[] = [
  { name: 'secret_key_base', look: ofProcess(secretKeyBase) },
  { name: 'database', look: ofProcess(database) },
  { name: 'elixir', look: ofProcess(elixir) },
  { name: 'hex', look: ofProcess(hex) },
]

/** What builds of Phoenix apps need of a server. */
export const buildChecks: readonly Check<ServerFacts>[] = [
  { name: 'elixir', look: elixirProgram, deadlineMs: elixirDeadlineMs },
  { name: 'elixirs', look: elixirs, deadlineMs: elixirsDeadlineMs },
]

/** What talking to their nodes needs of it. */
export const nodeChecks: readonly Check<ServerFacts>[] = [{ name: 'own_name', look: ownName }]

/** What a server has open for them. */
export const portChecks: readonly Check<ServerFacts>[] = [{ name: 'erlang_ports', look: erlangPorts }]
