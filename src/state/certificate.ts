import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readIfThere } from '../hosts/files.js'
import { serverPaths } from './server.js'

/** Returns certbot's name for the certificate of an app. */
export const certificateOf = (project: string): string => `gatling-${project}`

/**
 * Returns the paths of an app's certificate and key: in certbot's folder, or where the lead of the fleet put them. Only
 * root can read them.
 */
export const certificatePaths = (project: string) => {
  const sent = serverPaths.fleetCertificate(project)
  const folder = existsSync(sent) ? sent : `/etc/letsencrypt/live/${certificateOf(project)}`
  return { certificate: `${folder}/fullchain.pem`, key: `${folder}/privkey.pem` }
}

/** Returns when an app's certificate ends; null: it has none. */
export const certificateEnds = (project: string): Date | null => {
  const text = readIfThere(certificatePaths(project).certificate)
  return text === null ? null : new Date(new X509Certificate(text).validTo)
}
