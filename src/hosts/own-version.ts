import { readFileSync } from 'node:fs'

const manifest = new URL('../../package.json', import.meta.url)

/** The version of the Gatling that runs. */
export const ownVersion = (): string => String(JSON.parse(readFileSync(manifest, 'utf8')).version)
