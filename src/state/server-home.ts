/** Where a server's apps are. */
export const serverHome = '/var/lib/gatling'
