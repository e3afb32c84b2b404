import { readFileSync } from 'node:fs'

const manifest = new URL('../../package.json', import.meta.url)

/** Returns the version of this Gatling. */
export const ownVersion = (): string => String(JSON.parse(readFileSync(manifest, 'utf8')).version)
