import type { ServiceDefinition } from '../core/service-manager.js'

/**
 * Writes the definition of an app's service in embedded mode. It names the app; the state contains the version that
 * runs.
 */
export const embeddedService = ({ project }: ServiceDefinition): string =>
  `${JSON.stringify({ project }, null, 2)}\n`
