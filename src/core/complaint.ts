/**
 * Matches an error as Elixir writes it (Exception.format_banner/3). The text after (EXIT) usually appears again further
 * down.
 */
const banner = /\*\* \((?!EXIT|exit|throw|stop)[\w.]+\) .*/
const exits = /\*\* \((?:EXIT[^)]*|exit|throw|stop)\) .*/
/** Matches a line of a stack (Exception.format_stacktrace_entry/1): `(shop 0.1.0) lib/shop/cart.ex:5: Shop.Cart.add/2`. */
const frame = /^\s+(?:\((\w+)[^()]*\) )?(\S+\.(?:exs?|erl|[lh]?eex):\d+: .*)$/
/** One line can contain an app's whole state as a term. */
const longestLine = 300
const shownLines = 15

/**
 * Finds the first error in the last lines of an app, and the line of the app's own code where it happened. Without an
 * error it returns the last lines.
 * @param own the apps of the repository.
 */
export const complaintOf = (lines: readonly string[], own: readonly string[]): readonly string[] => {
  const at = firstOf(lines, banner) ?? firstOf(lines, exits)
  if (at === undefined) return lines.slice(-shownLines).map(shortened)
  const message = (lines[at] ?? '').replace(/^.*?(?=\*\* \()/, '')
  const place = lines
    .slice(at + 1)
    .map(line => frame.exec(line))
    .find(found => found !== null && isOwn(found[1], found[2] ?? '', own))
  return [shortened(message), ...(place ? [`    ${shortened(place[0].trim())}`] : [])]
}

const firstOf = (lines: readonly string[], pattern: RegExp): number | undefined => {
  const at = lines.findIndex(line => pattern.test(line))
  return at < 0 ? undefined : at
}

/**
 * Tells whether a line of a stack is of the app's own code. A script, such as config/runtime.exs, has no app in its
 * line.
 */
const isOwn = (app: string | undefined, place: string, own: readonly string[]): boolean =>
  app === undefined ? /\.exs:\d+: /.test(place) : own.includes(app)

const shortened = (line: string): string =>
  line.length > longestLine ? `${line.slice(0, longestLine)} ...` : line

/** Matches the words of System.fetch_env!/1, and those that `mix phx.new` writes into config/runtime.exs. */
const missing =
  /environment variable "?([A-Za-z_]\w*)"? (?:is missing|is not set|not set|missing|because it is not set)/

/** Finds the environment variable that a text reports as missing; null: the text names none. */
export const missingVariable = (text: string): string | null => missing.exec(text)?.[1] ?? null
