import type { Instance } from '../core/service-manager.js'
import type { Placement, SecretFile } from '../core/stack.js'
import { runningOf } from '../stacks/stacks.js'
import { readManifest } from '../state/apps.js'
import { configOf, plainValues, secretsOf } from '../state/config.js'
import { appPaths } from '../state/paths.js'
import { hostNameOf } from '../state/serving.js'

/** What a keeper starts an instance with. */
export interface Start {
  readonly releaseName: string
  readonly environment: Record<string, string>
  readonly file: SecretFile | null
  /** What must not be kept of what it writes. */
  readonly secrets: Readonly<Record<string, string>>
}

/** Reads from an app's state what an instance is started with. @param innerPort see {@link Placement}; @param path its PATH. */
export const startOf = (home: string, instance: Instance, innerPort: number, path: string): Start => {
  const { project, slot, processes, release, config: kept = release } = instance
  const { deploy, data } = appPaths(home, project)
  const manifest = readManifest(home, project, release)
  const config = configOf(home, project, kept)
  const running = runningOf(manifest.stack)
  const placement: Placement = {
    project,
    slot,
    port: processes.web.port,
    innerPort,
    deployDir: deploy,
    homeDir: data,
    revision: manifest.revision,
    hostName: hostNameOf(home, project, release, kept),
    secret: config.cookie,
  }
  return {
    releaseName: manifest.release_name,
    environment: { ...running.environment(placement, plainValues(config), path), ...marksOf(placement) },
    file: running.file(placement),
    secrets: secretsOf(config),
  }
}

/** Returns the variables that Gatling finds an instance by, whatever its kind. */
const marksOf = ({ deployDir, slot, revision }: Placement): Record<string, string> => ({
  GATLING_REVISION: revision,
  GATLING_INSTANCE: `${deployDir}@${slot}`,
})
