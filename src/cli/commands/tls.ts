import { isServer } from '../../state/server.js'
import { notAServer } from '../errors.js'
import { print } from '../output.js'

/** Enables https for an app. */
export const enable = async (
  project: string,
  { email, authority }: { email: string; authority?: string },
): Promise<void> => {
  if (!isServer()) throw notAServer('tls')
  const { enableTls } = await import('../../server/tls.js')
  const domains = await enableTls(project, email, authority)
  print(...domains.map(name => `https://${name}`))
}

export const disable = async (project: string): Promise<void> => {
  if (!isServer()) throw notAServer('tls')
  const { disableTls } = await import('../../server/tls.js')
  await disableTls(project)
  print(`${project} answers on http.`)
}

/** Makes nginx use renewed certificates. certbot calls it. */
export const useCertificates = async (): Promise<void> => {
  if (!isServer()) throw notAServer('tls')
  const { useRenewed } = await import('../../server/tls.js')
  await useRenewed()
}
