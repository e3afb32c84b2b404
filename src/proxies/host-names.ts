/** Returns the name in a Host header. */
export const nameIn = (hostHeader: string): string =>
  hostHeader.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')

/** Finds the app for a Host header: by its name, by a wildcard, or, for this machine's own names, the only app. */
export const projectOf = (
  hostHeader: string,
  domains: ReadonlyMap<string, readonly string[]>,
): string | null => {
  const name = nameIn(hostHeader)
  const wildcard = name.replace(/^[^.]+\./, '*.')
  const owner = (wanted: string) => [...domains].find(([, names]) => names.includes(wanted))?.[0]
  const exact = owner(name) ?? owner(wildcard)
  if (exact !== undefined) return exact
  const only = domains.size === 1 ? [...domains.keys()][0] : undefined
  return only !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(name) ? only : null
}
