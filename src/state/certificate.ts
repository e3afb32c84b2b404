import { X509Certificate } from 'node:crypto'
import { readIfThere } from '../hosts/files.js'

/** certbot's name for the certificate of an app. */
export const certificateOf = (project: string): string => `gatling-${project}`

/** Where certbot keeps it; only root may read there. */
export const certificatePaths = (project: string) => {
  const folder = `/etc/letsencrypt/live/${certificateOf(project)}`
  return { certificate: `${folder}/fullchain.pem`, key: `${folder}/privkey.pem` }
}

/** When an app's certificate ends; null: it has none. */
export const certificateEnds = (project: string): Date | null => {
  const text = readIfThere(certificatePaths(project).certificate)
  return text === null ? null : new Date(new X509Certificate(text).validTo)
}
