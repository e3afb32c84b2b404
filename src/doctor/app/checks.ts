import { database, secretKeyBase } from '../../stacks/phoenix/doctor/config.js'
import { elixir } from '../../stacks/phoenix/doctor/elixir.js'
import type { Check } from '../finding.js'
import { diskUse, hex, lastDeploy, leftUnits } from './deploys.js'
import type { AppFacts } from './facts.js'
import { certificate, domains, hostName } from './names.js'
import { answers, listens, memory, runs, state } from './running.js'

/** What is looked at of an app, in order. */
export const appChecks: readonly Check<AppFacts>[] = [
  { name: 'state', look: state },
  { name: 'runs', look: runs },
  { name: 'answers', look: answers },
  { name: 'listens', look: listens },
  { name: 'memory', look: memory },
  { name: 'domains', look: domains },
  { name: 'host_name', look: hostName },
  { name: 'certificate', look: certificate },
  { name: 'secret_key_base', look: secretKeyBase },
  { name: 'database', look: database },
  { name: 'elixir', look: elixir },
  { name: 'hex', look: hex },
  { name: 'last_deploy', look: lastDeploy },
  { name: 'left_units', look: leftUnits },
  { name: 'disk_use', look: diskUse },
]
