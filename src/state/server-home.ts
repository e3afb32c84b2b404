/** The home of a server. */
export const serverHome = '/var/lib/gatling'
