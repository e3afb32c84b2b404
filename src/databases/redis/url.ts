import { readValue, removeValue, writeValue } from '../value.js'

const key = 'REDIS_URL'

/** Reads the REDIS_URL of an app; null: none is set. */
export const readUrl = (project: string): string | null => readValue(project, key)

export const writeUrl = (project: string, url: string): Promise<void> =>
  writeValue(project, key, url, kept => placeIn(kept) === placeIn(url))

/** Returns an address without its password. */
const placeIn = (url: string): string => url.replace(/^redis:\/\/:[\w-]*@/, '')

export const removeUrl = (project: string): Promise<void> => removeValue(project, key)
