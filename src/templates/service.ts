import type { ServiceDefinition } from '../core/service-manager.js'

/** The definition of an app's service in embedded mode: which app it is; what runs is in its state. */
export const embeddedService = ({ project }: ServiceDefinition): string =>
  `${JSON.stringify({ project }, null, 2)}\n`
