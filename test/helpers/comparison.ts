import type { Comparison } from '../../src/stacks/phoenix/upgrade/engine.js'

/** Two releases between which nothing differs. */
export const nothingDiffers: Comparison = {
  findings: [],
  added: [],
  changed: [],
  removed: [],
  apps: [],
  static: false,
  migrating: [],
  preview: false,
  supervisors: [],
  mixing: [],
  starts: [],
}
