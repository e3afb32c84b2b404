/** Values shorter than this cannot be hidden: they would blank out ordinary words and numbers. */
export const shortestMaskable = 4

/**
 * Makes the function that blanks out secrets wherever text leaves Gatling.
 * A value is also found line by line, and as JSON, Elixir and URLs write it.
 */
export const masker = (
  ...secrets: readonly Readonly<Record<string, string>>[]
): ((text: string) => string) => {
  const spellings = new Map<string, string>()
  for (const [key, value] of secrets.flatMap(Object.entries<string>)) {
    for (const spelling of spellingsOf(value)) spellings.set(spelling, `[${key}]`)
  }
  if (spellings.size === 0) return text => text
  const longestFirst = [...spellings.keys()].sort((one, other) => other.length - one.length)
  const pattern = new RegExp(longestFirst.map(escapeRegExp).join('|'), 'g')
  return text => text.replace(pattern, found => spellings.get(found) ?? '[secret]')
}

const spellingsOf = (value: string): string[] =>
  [value, ...value.split(/\r?\n/)]
    .flatMap(plain => [
      plain,
      JSON.stringify(plain).slice(1, -1),
      JSON.stringify(plain).slice(1, -1).replaceAll('#{', '\\#{'),
      encodeURIComponent(plain),
    ])
    .filter(spelling => spelling.length >= shortestMaskable)

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
