/** Returns the name in a Host header. */
export const nameIn = (hostHeader: string): string =>
  hostHeader.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')

/** Finds the app for a name: by the name, by a wildcard, or, for this machine's own names, the only app. */
export const projectOf = (name: string, domains: ReadonlyMap<string, readonly string[]>): string | null => {
  const owner = ownerOf(name, domains) ?? ownerOf(name.replace(/^[^.]+\./, '*.'), domains)
  if (owner !== null) return owner
  const [only, ...others] = domains.keys()
  return only !== undefined && others.length === 0 && isOwnName(name) ? only : null
}

const ownerOf = (name: string, domains: ReadonlyMap<string, readonly string[]>): string | null => {
  for (const [project, names] of domains) if (names.includes(name)) return project
  return null
}

const isOwnName = (name: string): boolean => /^(localhost|127\.0\.0\.1|\[::1\])$/.test(name)
