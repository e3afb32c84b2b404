import * as config from '../config/errors.js'
import { isMaker } from '../core/error.js'
import * as core from '../core/errors.js'
import * as hook from '../core/hook-errors.js'
import * as backups from '../databases/backups/errors.js'
import * as embedded from '../databases/embedded/errors.js'
import * as databases from '../databases/errors.js'
import * as redis from '../databases/redis/errors.js'
import * as sqlite from '../databases/sqlite/errors.js'
import * as storage from '../databases/storage/errors.js'
import * as databaseUpgrade from '../databases/upgrade/errors.js'
import * as deploy from '../deploy/errors.js'
import * as fleetDeploys from '../fleet/deploy-errors.js'
import * as fleet from '../fleet/errors.js'
import * as hooks from '../hooks/errors.js'
import * as hosts from '../hosts/errors.js'
import * as keeper from '../keeper/errors.js'
import * as proxies from '../proxies/errors.js'
import * as push from '../push/errors.js'
import * as queries from '../queries/errors.js'
import * as runtimes from '../runtimes/errors.js'
import * as server from '../server/errors.js'
import * as stacks from '../stacks/errors.js'
import * as elixirs from '../stacks/phoenix/elixirs/errors.js'
import * as engine from '../stacks/phoenix/engine/errors.js'
import * as facts from '../stacks/phoenix/facts/errors.js'
import * as mix from '../stacks/phoenix/steps/errors.js'
import * as hot from '../stacks/phoenix/upgrade/errors.js'
import * as schema from '../stacks/phoenix/upgrade/schema-errors.js'
import * as state from '../state/errors.js'
import * as upgrade from '../upgrade/errors.js'
import * as cli from './errors.js'

/** The files of errors: one in each room, or one for each topic of a room. */
const files: readonly Readonly<Record<string, unknown>>[] = [
  backups,
  cli,
  config,
  core,
  databases,
  databaseUpgrade,
  deploy,
  elixirs,
  embedded,
  engine,
  facts,
  fleet,
  fleetDeploys,
  hook,
  hooks,
  hosts,
  hot,
  keeper,
  mix,
  proxies,
  push,
  queries,
  redis,
  runtimes,
  schema,
  server,
  sqlite,
  stacks,
  state,
  storage,
  upgrade,
]

/** Every error. */
export const everyError = files.flatMap(file => Object.values(file)).filter(isMaker)

/** Writes the text of docs/errors.md. */
export const errorReference = (): string => {
  const rows = [...everyError]
    .sort((one, other) => (one.code < other.code ? -1 : 1))
    .map(({ code, about }) => `| \`${code}\` | ${about} |`)
  return `# Errors

Every error says what happened and what to do next. The error of a deploy also says what is live. Codes never change.
Commands exit with 0 when they succeed, 1 when Gatling refused something or something failed, 2 for a wrong command
line, and 70 for a bug of Gatling.

| code | what happened |
| --- | --- |
${rows.join('\n')}
`
}
