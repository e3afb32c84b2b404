import { type Registered, readRegistered } from '../../state/server.js'

export interface ServerFacts {
  readonly projects: readonly string[]
  /** Those of them that root's own file can be read of; the others have a finding of their own. */
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
