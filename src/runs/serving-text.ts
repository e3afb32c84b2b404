import { isLoaded, readApp } from '../state/apps.js'
import { describeLive, isServing, publicUrl } from '../state/serving.js'

/** Says what is live now, after a failed deploy. */
export const servingText = (home: string, project: string): string => {
  const live = isLoaded(home, project) ? readApp(home, project).live : null
  if (live && !isServing(home))
    return `nothing, because embedded mode is not running; \`gatling serve\` will start ${describeLive(live)}`
  return live
    ? `${describeLive(live)} still serves ${publicUrl(home, project, live.domains)}`
    : 'nothing is deployed, so nothing serves'
}
