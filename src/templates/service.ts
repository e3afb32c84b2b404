/** The definition of an app's service in embedded mode: which app it is; what runs is in its state. */
export const embeddedService = (project: string): string => `${JSON.stringify({ project }, null, 2)}\n`
