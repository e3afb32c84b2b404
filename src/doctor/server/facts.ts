import { type Registered, readRegistered } from '../../state/server.js'

export interface ServerFacts {
  readonly projects: readonly string[]
  /** The apps whose file of root can be read. Each other app has its own finding. */
  readonly apps: readonly Registered[]
}

export const serverFacts = (projects: readonly string[]): ServerFacts => ({
  projects,
  apps: projects.flatMap(project => {
    try {
      return readRegistered(project) ?? []
    } catch {
      return []
    }
  }),
})
