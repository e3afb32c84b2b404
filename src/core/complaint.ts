/** How Elixir writes an error (Exception.format_banner/3); what is behind (EXIT) is mostly told again further down. */
const banner = /\*\* \((?!EXIT|exit|throw|stop)[\w.]+\) .*/
const exits = /\*\* \((?:EXIT[^)]*|exit|throw|stop)\) .*/
/** A line of a stack (Exception.format_stacktrace_entry/1): `(shop 0.1.0) lib/shop/cart.ex:5: Shop.Cart.add/2`. */
const frame = /^\s+(?:\((\w+)[^()]*\) )?(\S+\.(?:exs?|erl|[lh]?eex):\d+: .*)$/
/** A term in one line may be as long as an app's whole state. */
const longestLine = 300
const shownLines = 15

/**
 * What the last lines of an app say that went wrong: the first error and the line of the app's own code where it happened; of
 * an app that reports none, the last lines themselves.
 * @param own the apps of the repository.
 */
export const complaintOf = (lines: readonly string[], own: readonly string[]): readonly string[] => {
  const at = firstOf(lines, banner) ?? firstOf(lines, exits)
  if (at === undefined) return lines.slice(-shownLines).map(shortened)
  const said = (lines[at] ?? '').replace(/^.*?(?=\*\* \()/, '')
  const place = lines
    .slice(at + 1)
    .map(line => frame.exec(line))
    .find(found => found !== null && isOwn(found[1], found[2] ?? '', own))
  return [shortened(said), ...(place ? [`    ${shortened(place[0].trim())}`] : [])]
}

const firstOf = (lines: readonly string[], pattern: RegExp): number | undefined => {
  const at = lines.findIndex(line => pattern.test(line))
  return at < 0 ? undefined : at
}

/** A script, as config/runtime.exs, is of no app. */
const isOwn = (app: string | undefined, place: string, own: readonly string[]): boolean =>
  app === undefined ? /\.exs:\d+: /.test(place) : own.includes(app)

const shortened = (line: string): string =>
  line.length > longestLine ? `${line.slice(0, longestLine)} ...` : line

/** As System.fetch_env!/1 and what `mix phx.new` writes into config/runtime.exs say it. */
const missing =
  /environment variable "?([A-Za-z_]\w*)"? (?:is missing|is not set|not set|missing|because it is not set)/

/** The environment variable that a text says is missing; null: it says nothing of one. */
export const missingVariable = (text: string): string | null => missing.exec(text)?.[1] ?? null
