import { isLocalName } from '../../../core/local-name.js'
import { type AppFacts, domainsOf } from '../../../doctor/app/facts.js'
import { covers } from '../../../doctor/app/names.js'
import { type Answer, ok, type Said, warning } from '../../../doctor/finding.js'
import { readConfig } from '../../../state/config.js'
import { serverPaths } from '../../../state/server.js'

export const hostName = (facts: AppFacts): Answer => {
  const set = readConfig(serverPaths.home, facts.project).values['PHX_HOST']
  return hostFinding(facts.project, set ?? null, domainsOf(facts))
}

/** Checks PHX_HOST. Phoenix accepts WebSockets only from pages of that host (Phoenix.Socket, check_origin). */
export const hostFinding = (
  project: string,
  set: { readonly value: string; readonly secret: boolean } | null,
  names: readonly string[],
): Said | null => {
  if (names.length === 0) return null
  if (set !== null && !names.some(name => covers(name, set.value.toLowerCase())))
    return warning(
      `PHX_HOST is ${set.secret ? 'set to a name' : set.value}, which is none of ${names.join(', ')}: WebSockets of pages from these names get 403`,
      `gatling config unset ${project} PHX_HOST, then gatling redeploy ${project}: PHX_HOST becomes the first domain again`,
    )
  const name = set === null ? names[0] : names.find(one => covers(one, set.value.toLowerCase()))
  const others = names.filter(one => one !== name && !isLocalName(one))
  return ok(
    others.length === 0
      ? `PHX_HOST is ${name}`
      : `PHX_HOST is ${name}; for WebSockets of pages from ${others.join(', ')} the app needs check_origin`,
  )
}
