import type { EventBody } from '../core/event.js'
import { isLocalName } from '../core/local-name.js'

/** Warns about an app that only a browser on the server itself could reach; null: the app has a name. */
export const nameless = (project: string, url: string): EventBody | null => {
  const { hostname } = new URL(url)
  if (!isLocalName(hostname)) return null
  return {
    type: 'warning',
    text: `nobody else can reach ${project} at ${hostname}. Write its name into the file \`domains\`, commit it and push`,
  }
}
