import { nameChecks, phoenixChecks } from '../../stacks/phoenix/doctor/checks.js'
import type { Check } from '../finding.js'
import { backups } from './backups.js'
import { ownDatabase } from './database.js'
import { diskUse, lastDeploy, leftUnits } from './deploys.js'
import type { AppFacts } from './facts.js'
import { certificate, domains } from './names.js'
import { ownRedis } from './redis.js'
import { answers, listens, memory, runs, state } from './running.js'

/** The checks of an app, in order. */
export const appChecks: readonly Check<AppFacts>[] = [
  { name: 'state', look: state },
  { name: 'runs', look: runs },
  { name: 'answers', look: answers },
  { name: 'listens', look: listens },
  { name: 'memory', look: memory },
  { name: 'domains', look: domains },
  ...nameChecks,
  { name: 'certificate', look: certificate },
  ...phoenixChecks,
  { name: 'own_database', look: ownDatabase },
  { name: 'backups', look: backups },
  { name: 'own_redis', look: ownRedis },
  { name: 'last_deploy', look: lastDeploy },
  { name: 'left_units', look: leftUnits },
  { name: 'disk_use', look: diskUse },
]
