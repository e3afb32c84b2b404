import type { Site } from '../core/proxy.js'

/** Writes an app's site in embedded mode. */
export const embeddedSite = ({ project, domains, maxBody }: Site): string =>
  `${JSON.stringify({ project, domains, maxBody }, null, 2)}\n`
