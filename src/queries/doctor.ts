import { closest } from '../core/suggest.js'
import { appChecks } from '../doctor/app/checks.js'
import { type AppFacts, appFacts } from '../doctor/app/facts.js'
import { examine } from '../doctor/examine.js'
import { type Finding, problem } from '../doctor/finding.js'
import { serverChecks } from '../doctor/server/checks.js'
import { serverFacts } from '../doctor/server/facts.js'
import { registeredProjects } from '../runtimes/root.js'
import { projectUnknown } from '../state/errors.js'

/** What `gatling doctor --json` prints. */
export interface Diagnosis {
  readonly server: readonly Finding[]
  readonly apps: readonly { readonly project: string; readonly findings: readonly Finding[] }[]
}

/**
 * Looks at the server, and at one of its apps or at all; nothing is changed, and nothing of an app is run.
 * @throws GatlingError PROJECT_UNKNOWN.
 */
export const diagnose = async (project: string | undefined): Promise<Diagnosis> => {
  const known = registeredProjects()
  if (project !== undefined && !known.includes(project))
    throw projectUnknown(project, closest(project, known), known)
  const server = await examine(serverChecks, serverFacts(known))
  const apps = []
  // One after the other: all at once would be dozens of programs.
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
        `what is known of it cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        'Put the file back from a backup, or remove the app with `gatling unload` and push it anew.',
      )
    return examine([{ name: 'state', look }], null)
  }
  return examine(appChecks, facts)
}

export const findingsIn = ({ server, apps }: Diagnosis): readonly Finding[] => [
  ...server,
  ...apps.flatMap(({ findings }) => findings),
]
