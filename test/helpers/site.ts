import type { Site } from '../../src/core/proxy.js'

/** Makes a site that has only names. */
export const site = (project: string, domains: readonly string[]): Site => ({
  project,
  domains,
  own: null,
  maxBody: '10M',
  files: false,
})
