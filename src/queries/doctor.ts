import { closest } from '../core/suggest.js'
import { appChecks } from '../doctor/app/checks.js'
import { type AppFacts, appFacts } from '../doctor/app/facts.js'
import { examine } from '../doctor/examine.js'
import { type Finding, problem } from '../doctor/finding.js'
import { serverChecks } from '../doctor/server/checks.js'
import { serverFacts } from '../doctor/server/facts.js'
import { projectUnknown } from '../state/errors.js'
import { registeredProjects } from '../state/registered.js'

/** What `gatling doctor --json` prints. */
export interface Diagnosis {
  readonly server: readonly Finding[]
  readonly apps: readonly { readonly project: string; readonly findings: readonly Finding[] }[]
}

/**
 * Checks the server, and one of its apps or all. It changes nothing, and runs no code of an app.
 * @throws GatlingError PROJECT_UNKNOWN.
 */
export const diagnose = async (project: string | undefined): Promise<Diagnosis> => {
  const known = registeredProjects()
  if (project !== undefined && !known.includes(project))
    throw projectUnknown(project, closest(project, known), known)
  const server = await examine(serverChecks, serverFacts(known))
  const apps = []
  // The apps come one after the other, because all together would start dozens of programs.
  for (const one of project === undefined ? known : [project])
    apps.push({ project: one, findings: await examineApp(one) })
  return { server, apps }
}

const examineApp = (project: string): Promise<readonly Finding[]> => {
  let facts: AppFacts
  try {
    facts = appFacts(project)
  } catch (error) {
    const look = () =>
      problem(
        `its records cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        'Restore the file from a backup, or remove the app with `gatling unload` and push it again.',
      )
    return examine([{ name: 'state', look }], null)
  }
  return examine(appChecks, facts)
}

export const findingsIn = ({ server, apps }: Diagnosis): readonly Finding[] => [
  ...server,
  ...apps.flatMap(({ findings }) => findings),
]
