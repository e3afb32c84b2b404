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

/** Looks only at a Phoenix app, and at an app that is not deployed yet: it can become one. */
const ofPhoenix =
  (look: Check<AppFacts>['look']): Check<AppFacts>['look'] =>
  facts =>
    facts.stack === null || facts.stack === 'phoenix' ? look(facts) : null

/** The checks of a Phoenix app's names. */
export const nameChecks: readonly Check<AppFacts>[] = [{ name: 'host_name', look: ofPhoenix(hostName) }]

/** The checks of its config values and its build. */
export const phoenixChecks: readonly Check<AppFacts>[] = [
  { name: 'secret_key_base', look: ofPhoenix(secretKeyBase) },
  { name: 'database', look: ofPhoenix(database) },
  { name: 'elixir', look: ofPhoenix(elixir) },
  { name: 'hex', look: ofPhoenix(hex) },
]

/** The checks of what builds of Phoenix apps need on a server. */
export const buildChecks: readonly Check<ServerFacts>[] = [
  { name: 'elixir', look: elixirProgram, deadlineMs: elixirDeadlineMs },
  { name: 'elixirs', look: elixirs, deadlineMs: elixirsDeadlineMs },
]

/** The checks of what Gatling needs to talk to their nodes. */
export const nodeChecks: readonly Check<ServerFacts>[] = [{ name: 'own_name', look: ownName }]

/** The checks of open ports. */
export const portChecks: readonly Check<ServerFacts>[] = [{ name: 'erlang_ports', look: erlangPorts }]
