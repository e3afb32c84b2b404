import type { GatlingError } from '../core/error.js'
import { bytesIn, mostBody } from '../core/size.js'
import { closest } from '../core/suggest.js'
import type { OwnNginx } from '../templates/nginx-site.js'
import { nginxConfInvalid } from './errors.js'
import { conditionOf, limitProblems } from './nginx-limits.js'
import { type Problem, readStatements, type Statement } from './nginx-read.js'
import { ownServer, render } from './nginx-write.js'
import { nameZones } from './nginx-zones.js'

export interface NginxConfFacts {
  readonly project: string
  readonly domains: readonly string[]
}

/**
 * Reads an app's own nginx.conf, which nginx will include as root. It refuses everything that is not known to be
 * harmless. The result is written from the parsed directives, so nginx reads nothing unchecked.
 * @throws GatlingError NGINX_CONF_INVALID naming every problem with its line.
 */
export const parseNginxConf = (text: string, facts: NginxConfFacts): OwnNginx => {
  const statements = readStatements(text)
  if ('what' in statements) throw refuse([statements])
  const problems = [...statements.flatMap(one => checkTop(one, facts)), ...limitProblems(statements)]
  if (problems.length > 0) throw refuse(problems)
  const named = nameZones(statements)
  if ('what' in named) throw refuse([named])
  const servers = named.filter(({ name }) => name === 'server')
  return {
    shared: named
      .filter(one => !servers.includes(one))
      .map(one => render(one))
      .join(''),
    servers: servers.map(ownServer),
  }
}

const refuse = (problems: readonly Problem[]): GatlingError =>
  nginxConfInvalid([...new Set(problems.map(({ line, what }) => `line ${line}: ${what}`))], [...known].sort())

/** Says what is wrong with a directive's arguments; null: nothing. */
type Check = (args: readonly string[], facts: NginxConfFacts) => string | null

const anything: Check = () => null
const every =
  (pattern: RegExp, instead: string): Check =>
  args =>
    args.every(arg => pattern.test(arg)) ? null : `takes ${instead}`

/**
 * Tells whether a name that all apps share begins with this project. No part after the last underscore belongs to the
 * project's name.
 */
const ownName = (name: string, { project }: NginxConfFacts): boolean =>
  name.startsWith(`${project}_`) && /^[a-z0-9]+$/.test(name.slice(project.length + 1))
const ownNames = ({ project }: NginxConfFacts): string => `${project}_ and then letters and digits`

/** Variables of nginx that an app could redefine for all apps. */
const nginxsOwn = /^\$(arg|cookie|fastcgi|gatling|http|limit|memcached|proxy|sent|ssl|upstream)_/

const listen: Check = args => {
  const [address = '', ...options] = args
  const [, port] = /^(?:\[::\]:|\*:|0\.0\.0\.0:)?(80|443)$/.exec(address) ?? []
  const isAllowed = options.every(option => port === '443' && /^(ssl|http2)$/.test(option))
  return port && isAllowed ? null : 'takes 80, or 443 ssl; Gatling adds the certificate'
}

const serverName: Check = (args, { domains }) => {
  const strange = args.filter(name => !domains.includes(name.toLowerCase()))
  return strange.length > 0
    ? `may name only what the file domains does, which ${strange.join(', ')} is not in`
    : null
}

const proxyPass: Check = (args, { project }) => {
  const [url = ''] = args
  return args.length === 1 && (url === `http://${project}` || url.startsWith(`http://${project}/`))
    ? null
    : `may lead only to the app itself: http://${project}, with a path or without`
}

const zone =
  (isDefinition: boolean): Check =>
  (args, facts) => {
    const zones = args.flatMap(arg => /^zone=([^:]*)(?::(.*))?$/.exec(arg)?.slice(1) ?? [])
    if (zones.length !== 2 || !ownName(zones[0] ?? '', facts)) return `takes one zone=${ownNames(facts)}`
    const isSized = /^([1-9]\d{1,3}k|[1-9]m|10m)$/.test(zones[1] ?? '')
    return isDefinition && !isSized ? 'takes a zone of at most 10m, like zone=name:1m' : null
  }

const limitConn: Check = ([name = ''], facts) =>
  ownName(name, facts) ? null : `takes a zone whose name begins with ${ownNames(facts)}`

const set: Check = ([name = '']) =>
  /^\$[a-z]\w*$/i.test(name) && !nginxsOwn.test(name.toLowerCase())
    ? null
    : 'may not set a variable of nginx itself'

const map: Check = ([, name = ''], facts) =>
  ownName(name.slice(1), facts) && name.startsWith('$') && !nginxsOwn.test(name)
    ? null
    : `takes a variable whose name is $${ownNames(facts)}`

/** Checks a condition. Tests like `-f` are refused, because they would reveal which files exist. */
const condition: Check = args => {
  const { variable, operator, value, more } = conditionOf(args)
  if (!variable.startsWith('$')) return 'can test only variables, so it must begin with one'
  const isComparison =
    /^(!?=|!?~\*?)$/.test(operator ?? '=') && (operator === undefined) === (value === undefined)
  return isComparison && more.length === 0 ? null : 'takes ($a), ($a = b) or ($a ~ b)'
}

const location: Check = ([first = '', second]) => {
  const isModifier = /^(=|~|~\*|\^~)?$/.test(first)
  if (isModifier === (second === undefined)) return 'takes a path, optionally after =, ~, ~* or ^~'
  return first.startsWith('@gatling')
    ? 'must not begin with @gatling: these names are for Gatling itself'
    : null
}

/** Checks a size above 0. @param most in bytes. */
const size =
  (most: number, instead: string): Check =>
  args =>
    args.every(arg => bytesIn(arg) > 0 && bytesIn(arg) <= most) ? null : `takes ${instead}`

/** Limits buffers, because nginx can use this much memory for every connection. */
const buffers: Check = ([count = '', each = '']) =>
  /^\d{1,2}$/.test(count) && bytesIn(each) > 0 && Number(count) * bytesIn(each) <= 1_024 ** 2
    ? null
    : 'takes a number of buffers and a size, of 1m together at most, like 8 32k'

/** Limits times, because a waiting request keeps a connection, and all apps share a limited number of these. */
const time: Check = args =>
  args.every(arg => seconds(arg) <= 86_400) ? null : 'takes times of a day at most, like 60s'

const seconds = (time: string): number => {
  const [, count, unit = 's'] = /^(\d{1,9})(ms|s|m|h|d)?$/.exec(time) ?? []
  return Number(count) * ({ ms: 0.001, m: 60, h: 3_600, d: 86_400 }[unit] ?? 1)
}

const topNames = ['server', 'map', 'limit_req_zone', 'limit_conn_zone']
const top = new Map<string, Check>([
  ['limit_req_zone', zone(true)],
  ['limit_conn_zone', zone(true)],
])

const serverNames = ['listen', 'server_name']

const inner = new Map<string, Check>([
  ['absolute_redirect', anything],
  ['access_log', every(/^off$/, 'nothing but off: nginx opens logs as root')],
  ['add_header', anything],
  ['allow', anything],
  ['break', anything],
  ['charset', every(/^[\w-]+$/, 'the name of a character set')],
  ['client_body_timeout', time],
  ['client_max_body_size', size(mostBody, 'a size from 1 to 10g: nginx keeps bodies on disk')],
  ['default_type', anything],
  ['deny', anything],
  ['error_page', anything],
  ['expires', anything],
  ['gzip', anything],
  ['gzip_comp_level', anything],
  ['gzip_min_length', anything],
  ['gzip_proxied', anything],
  ['gzip_types', anything],
  ['gzip_vary', anything],
  ['internal', anything],
  ['keepalive_timeout', time],
  ['limit_conn', limitConn],
  ['limit_conn_status', anything],
  ['limit_rate', anything],
  ['limit_rate_after', anything],
  ['limit_req', zone(false)],
  ['limit_req_status', anything],
  ['proxy_buffer_size', size(256 * 1_024, 'a size of 256k at most')],
  ['proxy_buffering', anything],
  ['proxy_buffers', buffers],
  ['proxy_busy_buffers_size', size(512 * 1_024, 'a size of 512k at most')],
  ['proxy_connect_timeout', time],
  ['proxy_cookie_domain', anything],
  ['proxy_cookie_flags', anything],
  ['proxy_cookie_path', anything],
  ['proxy_hide_header', anything],
  ['proxy_http_version', anything],
  ['proxy_intercept_errors', anything],
  ['proxy_pass', proxyPass],
  ['proxy_pass_header', anything],
  ['proxy_read_timeout', time],
  ['proxy_redirect', anything],
  ['proxy_request_buffering', anything],
  ['proxy_send_timeout', time],
  ['proxy_set_header', anything],
  ['real_ip_header', anything],
  ['real_ip_recursive', anything],
  ['return', anything],
  ['rewrite', anything],
  ['satisfy', anything],
  ['send_timeout', time],
  ['server_tokens', anything],
  ['set', set],
  // nginx would not start if it could not look up a name.
  ['set_real_ip_from', every(/^[\da-f.:/]+$/i, 'addresses, not names')],
])
const innerNames = [...inner.keys(), 'location', 'if']

const known = new Set([...topNames, ...serverNames, ...innerNames])

/** Directives that people can look for, and why each is missing. */
const refused: readonly (readonly [RegExp, (facts: NginxConfFacts) => string])[] = [
  [/^upstream$/, ({ project }) => `: the app is the upstream ${project}, which Gatling writes`],
  [/^ssl_|^http2$/, () => ": certificates are Gatling's work, see `gatling tls`"],
  [/^include$/, () => ': this file must contain the whole configuration'],
  [
    /^(root|alias|index|try_files|autoindex|types|gzip_static)$/,
    () => ': files are served by the app, digested ones by Gatling',
  ],
  [/^auth_basic/, () => ': nginx would read a file of passwords; let the app ask, with Plug.BasicAuth'],
  [/_log$|^log_/, () => ': nginx writes its logs as root'],
  [/^(http|events|stream)$/, () => ': begin with server, and Gatling puts it in the right place'],
]

const checkTop = (one: Statement, facts: NginxConfFacts): Problem[] => {
  const { name, args, block } = one
  if (!topNames.includes(name)) return [notHere(one, 'outside of server', facts)]
  const isBlock = name === 'server' || name === 'map'
  if ((block !== null) !== isBlock) return [wrongEnd(one, isBlock)]
  if (name === 'map') return checkMap(one, facts)
  if (name !== 'server') return [...says(one, top.get(name)?.(args, facts)), ...regexes(one)]
  const named = (block ?? []).some(child => child.name === 'server_name' && child.args.length > 0)
  return [
    ...says(one, args.length > 0 ? 'takes no arguments' : null),
    ...says(one, named ? null : 'needs a server_name'),
    ...(block ?? []).flatMap(child => checkInner(child, 'server', facts)),
  ]
}

const checkMap = (one: Statement, facts: NginxConfFacts): Problem[] => [
  ...says(one, one.args.length === 2 ? map(one.args, facts) : 'takes two variables'),
  ...regexes(one),
  ...(one.block ?? []).flatMap(entry => [
    ...says(entry, isEntry(entry) ? null : 'is not an entry of a map, which has a value and its result'),
    ...regexes(entry),
  ]),
]

const isEntry = ({ name, args, block }: Statement): boolean =>
  block === null &&
  name !== 'include' &&
  (args.length === 1 || (args.length === 0 && /^(hostnames|volatile)$/.test(name)))

const checkInner = (one: Statement, parent: string, facts: NginxConfFacts): Problem[] => {
  const { name, args, block } = one
  const isOfServer = serverNames.includes(name)
  if (isOfServer ? parent !== 'server' : !innerNames.includes(name))
    return [notHere(one, `in ${parent}`, facts)]
  const isBlock = name === 'location' || name === 'if'
  if ((block !== null) !== isBlock) return [wrongEnd(one, isBlock)]
  const check = { location, if: condition, listen, server_name: serverName }[name] ?? inner.get(name)
  return [
    ...says(one, check?.(args, facts)),
    ...regexes(one),
    ...(block ?? []).flatMap(child => checkInner(child, name, facts)),
  ]
}

const says = ({ line, name }: Statement, what: string | null | undefined): Problem[] =>
  what ? [{ line, what: `${name} ${what}` }] : []

/**
 * Refuses named groups of regular expressions. Such a group is a variable of all apps, and would replace an existing
 * one.
 */
const regexes = (one: Statement): Problem[] =>
  says(
    one,
    [one.name, ...one.args].some(word => /\(\?(P?<(?![=!])|')/.test(word))
      ? 'may not name the groups of a regular expression: use $1'
      : null,
  )

const wrongEnd = ({ line, name }: Statement, isBlock: boolean): Problem => ({
  line,
  what: isBlock ? `${name} takes a block: { ... }` : `${name} takes no block, but ends with ;`,
})

const notHere = ({ line, name }: Statement, where: string, facts: NginxConfFacts): Problem => {
  if (known.has(name)) return { line, what: `${name} does not belong ${where}` }
  const reason = refused.find(([pattern]) => pattern.test(name))?.[1](facts)
  const near = reason ? undefined : closest(name, [...known])
  return { line, what: `${name} is not allowed${reason ?? (near ? `; did you mean ${near}?` : '')}` }
}
