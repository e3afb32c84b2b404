/**
 * Returns the path of a file or folder of Gatling's own package, like `elixir/schema.exs`. This file and the bundle are
 * equally deep in the package.
 */
export const ownFile = (path: string): string =>
  decodeURIComponent(new URL(`../../${path}`, import.meta.url).pathname)
