import { costOf, hasGroupInGroup } from './nginx-pattern.js'
import type { Problem, Statement } from './nginx-read.js'

/** The limit for a whole file: a request can meet every pattern, and all apps share the workers and the memory. */
const most = { looks: 2_000, zones: 16, zoneKilobytes: 20 * 1_024, variables: 20 }

/** Finds what exceeds one app's share of nginx in a file. */
export const limitProblems = (statements: readonly Statement[]): Problem[] => {
  const all = statements.flatMap(withInner)
  return [...patternProblems(all), ...zoneProblems(all), ...valueProblems(statements, all)]
}

const withInner = (one: Statement): Statement[] => [one, ...(one.block ?? []).flatMap(withInner)]

// --- patterns

const patternProblems = (all: readonly Statement[]): Problem[] => {
  let sum = 0
  return all.flatMap(one =>
    patternsOf(one).flatMap(pattern => {
      const cost = costOf(pattern)
      if (typeof cost === 'string') return [says(one, cost)]
      const before = sum
      sum += cost
      return sum > most.looks && before <= most.looks
        ? [
            says(
              one,
              `has one pattern too many: all of them may have ${most.looks} letters, without those that begin with ^ and repeat nothing`,
            ),
          ]
        : []
    }),
  )
}

/** Returns the regular expressions that nginx reads in a directive. */
const patternsOf = ({ name, args }: Statement): string[] => {
  const [first = '', second] = args
  if (name === 'rewrite') return [first]
  if (name === 'if') {
    const { operator, value } = conditionOf(args)
    return /^!?~\*?$/.test(operator ?? '') ? [value ?? ''] : []
  }
  if (name === 'location' && second !== undefined) return first.startsWith('~') ? [second] : []
  const found = /^proxy_(redirect$|cookie_)/.test(name) || name === 'location' ? args : [name]
  return found.filter(word => word.startsWith('~')).map(word => word.replace(/^~\*?/, ''))
}

/** Splits `($variable ~ value)` into its parts. nginx accepts the brackets with or without spaces. */
export const conditionOf = (args: readonly string[]) => {
  const words = [...args]
  const first = words.shift() ?? ''
  if (first !== '(') words.unshift(first.replace(/^\(/, ''))
  const last = words.pop() ?? ''
  if (last !== ')') words.push(last.replace(/\)$/, ''))
  const [variable = '', operator, value, ...more] = words
  return { variable, operator, value, more }
}

// --- zones of memory

const zoneProblems = (all: readonly Statement[]): Problem[] => {
  const zones = all.filter(({ name }) => name.endsWith('_zone'))
  const kilobytes = zones.reduce((sum, { args }) => sum + zoneKilobytes(args), 0)
  const [last] = zones.slice(-1)
  if (!last || (zones.length <= most.zones && kilobytes <= most.zoneKilobytes)) return []
  return [
    says(
      last,
      `is one zone too many: an app may have ${most.zones}, of ${most.zoneKilobytes / 1_024}m together`,
    ),
  ]
}

const zoneKilobytes = (args: readonly string[]): number => {
  const [, size = '0', unit] =
    args.map(arg => /^zone=[^:]*:(\d+)([km])$/.exec(arg)).find(match => match) ?? []
  return Number(size) * (unit === 'm' ? 1_024 : 1)
}

// --- values: a value that is joined with itself again and again would double each time

const valueProblems = (statements: readonly Statement[], all: readonly Statement[]): Problem[] => {
  const own = all.flatMap(({ name, args }) =>
    name === 'set' ? args.slice(0, 1) : name === 'map' ? args.slice(1) : [],
  )
  const grown = new Set(own.map(name => name.toLowerCase()))
  const isGrowing = (name: string): boolean => grown.has(`$${name}`) || growing.test(name)
  const entries = statements.filter(({ name }) => name === 'map').flatMap(({ block }) => block ?? [])
  const values = [
    ...all.flatMap(one => (one.name === 'set' ? [{ one, value: one.args[1] ?? '' }] : [])),
    ...statements.flatMap(one => (one.name === 'map' ? [{ one, value: one.args[0] ?? '' }] : [])),
    ...entries.map(one => ({ one, value: one.args[0] ?? '' })),
  ]
  return [
    ...all
      .filter(({ name, args }) => [name, ...args].some(word => variablesIn(word).length > most.variables))
      .map(one => says(one, `has more than ${most.variables} variables in a word`)),
    ...values
      .filter(({ value }) => variablesIn(value).filter(isGrowing).length > 1)
      .map(({ one }) => says(one, 'joins several values that can themselves be joined values')),
    ...all.filter(({ name }) => name === 'rewrite').flatMap(one => rewriteProblems(one, isGrowing)),
  ]
}

/** Variables of nginx that this or an earlier directive can have made longer. `$1` is a part of such a variable. */
const growing = /^([1-9]|args|query_string|arg_\w+|uri|document_uri|request_filename)$/

/** Returns the variables in a word, in small letters, as nginx does. */
const variablesIn = (word: string): string[] =>
  [...word.matchAll(/\$(?:\{(\w+)\}|([1-9]|\w+))/g)].map(([, braced, bare = '']) =>
    (braced ?? bare).toLowerCase(),
  )

const rewriteProblems = (one: Statement, isGrowing: (name: string) => boolean): Problem[] => {
  const [pattern = '', becomes = ''] = one.args
  const used = variablesIn(becomes).filter(isGrowing)
  const groups = used.filter(name => /^[1-9]$/.test(name))
  const isOnce =
    groups.length === new Set(groups).size && groups.length === used.length && !hasGroupInGroup(pattern)
  const [, query = ''] = /\?(.*)$/s.exec(becomes) ?? []
  return [
    ...(used.length > 1 && !isOnce
      ? [says(one, 'may use one variable, or each group of its pattern once, if no group is within another')]
      : []),
    // nginx adds the old query, unless there is a ? at the end (ngx_http_rewrite_module).
    ...(variablesIn(query).some(isGrowing) && !becomes.endsWith('?')
      ? [
          says(
            one,
            'puts a part of the request into its query, to which nginx adds the old one: end it with ?',
          ),
        ]
      : []),
  ]
}

const says = ({ line, name }: Statement, what: string): Problem => ({ line, what: `${name} ${what}` })
