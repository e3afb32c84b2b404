import { createHash } from 'node:crypto'
import type { Problem, Statement } from './nginx-read.js'

/**
 * Adds a hash of the content to the names of shared memory zones. In a reload nginx keeps a zone by its name. It
 * refuses the reload of all sites if the key of a zone has changed (ngx_http_limit_req_init_zone).
 * @returns the file with the new names, or a problem: a zone that the file does not make.
 */
export const nameZones = (statements: readonly Statement[]): readonly Statement[] | Problem => {
  const names = new Map(statements.flatMap(one => zoneOf(one)))
  const strange = statements.map(one => unknownZone(one, names)).find(problem => problem !== null)
  return strange ?? statements.map(one => renamed(one, names))
}

const zoneOf = ({ name, args }: Statement): (readonly [string, string])[] => {
  const zone = name.endsWith('_zone') ? zoneIn(name, args) : null
  if (zone === null) return []
  const content = [name, ...args.filter(arg => !/^(zone|rate)=/.test(arg))].join(' ')
  return [[zone, `${zone}_${createHash('sha256').update(content).digest('hex').slice(0, 8)}`]]
}

/** Returns the zone that a directive makes or uses. */
const zoneIn = (name: string, args: readonly string[]): string | null => {
  if (name === 'limit_conn') return args[0] ?? null
  const isOfZones = /^limit_(req|req_zone|conn_zone)$/.test(name)
  return isOfZones
    ? (args.map(arg => /^zone=([^:]*)/.exec(arg)?.[1]).find(zone => zone !== undefined) ?? null)
    : null
}

const unknownZone = (one: Statement, names: ReadonlyMap<string, string>): Problem | null => {
  const zone = zoneIn(one.name, one.args)
  if (zone !== null && !names.has(zone))
    return {
      line: one.line,
      what: `${one.name} uses the zone ${zone}, which no ${one.name}_zone of this file makes`,
    }
  return one.block?.map(inner => unknownZone(inner, names)).find(problem => problem !== null) ?? null
}

const renamed = (one: Statement, names: ReadonlyMap<string, string>): Statement => {
  const zone = zoneIn(one.name, one.args)
  const name = zone === null ? undefined : names.get(zone)
  const rename = (arg: string, at: number): string => {
    if (one.name === 'limit_conn') return at === 0 ? (name ?? arg) : arg
    return arg.replace(/^zone=[^:]*/, `zone=${name}`)
  }
  return {
    ...one,
    args: name === undefined ? one.args : one.args.map(rename),
    block: one.block?.map(inner => renamed(inner, names)) ?? null,
  }
}
