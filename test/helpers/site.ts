import type { Site } from '../../src/core/proxy.js'

/** A site with nothing of its own but its names. */
export const site = (project: string, domains: readonly string[]): Site => ({
  project,
  domains,
  own: null,
  maxBody: '10M',
  files: false,
})
