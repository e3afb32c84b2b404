import { existsSync } from 'node:fs'
import * as v from 'valibot'
import type { Live } from '../core/live.js'
import { createApp } from '../server/apps.js'
import { commitLive, isWhole, neededConfigs, readApp } from '../state/apps.js'
import { configSchema, keepValues, writeConfig } from '../state/config.js'
import { isMade } from '../state/registered.js'
import { serverPaths } from '../state/server.js'

/** The schema of what the lead sends before a release. It has secrets, so it goes from root to root. */
export const equipmentSchema = v.object({
  /** The present config values of the app. */
  config: configSchema,
  /** The release whose values follow: the one that is sent gets them. */
  release: v.pipe(v.number(), v.integer(), v.minValue(0)),
  kept: configSchema,
})
export type Equipment = v.InferOutput<typeof equipmentSchema>

/**
 * Makes an app ready to receive a release on this machine: its user, folders, ports and door, unless they exist, and its
 * config values.
 */
export const equip = async (project: string, { config, release, kept }: Equipment): Promise<void> => {
  const { home } = serverPaths
  if (!isMade(project) || !existsSync(serverPaths.config(project))) await createApp(project)
  writeConfig(home, project, config)
  keepValues(home, project, release, kept, neededConfigs(home, project))
}

/**
 * Makes a received release live in the state of this machine. It starts nothing: the keeper does that when it converges
 * the app. The slot is that of the lead: in a fleet a slot means one version, so that old and new do not meet (phoenix.md).
 * @throws Error if the release was not received.
 */
export const adopt = (home: string, project: string, live: Live): void => {
  const before = readApp(home, project).live
  if (!isWhole(home, project, live.release))
    throw new Error(`release ${live.release} of ${project} is not here`)
  if (before?.release === live.release && before.config === live.config && before.slot === live.slot) return
  commitLive(home, project, live)
}
