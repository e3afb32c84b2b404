import { type Cluster, clusterName, clusterPort, type Meeting, slotAddress } from '../core/cluster.js'
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

/**
 * Reads from an app's state what an instance is started with.
 * @param innerPort see {@link Placement}; @param path its PATH; @param cluster null: it is not for other machines.
 */
export const startOf = (
  home: string,
  instance: Instance,
  innerPort: number,
  path: string,
  cluster: Cluster | null = null,
): Start => {
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
    meeting: cluster && meetingOf(cluster, instance, manifest.mixed),
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

/** Returns how an instance meets the others. @param mixed whether it joins those of other versions, too. */
const meetingOf = (cluster: Cluster, { project, slot }: Instance, mixed: boolean): Meeting => ({
  address: slotAddress(cluster.inside, cluster, slot),
  port: clusterPort(cluster),
  name: clusterName(project, mixed ? null : slot),
})

/** Returns the variables that Gatling finds an instance by, whatever its kind. */
const marksOf = ({ deployDir, slot, revision }: Placement): Record<string, string> => ({
  GATLING_REVISION: revision,
  GATLING_INSTANCE: `${deployDir}@${slot}`,
})
