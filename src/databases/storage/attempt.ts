import { GatlingError } from '../../core/error.js'
import type { Stored } from '../../state/backups.js'
import { addressOf, type Storage } from '../../state/storage.js'
import { storageMissed } from './errors.js'

/**
 * Makes a backup in the storage elsewhere, and notes how that ended.
 * @throws GatlingError STORAGE_MISSED.
 */
export const storing = async (
  project: string,
  storage: Storage,
  make: () => Promise<void>,
  note: (change: Partial<Stored>) => Promise<void>,
): Promise<void> => {
  const began = new Date().toISOString()
  try {
    await make()
  } catch (error) {
    const trouble = error instanceof GatlingError ? error.message : String(error)
    await note({ last: { at: new Date().toISOString(), trouble } })
    throw storageMissed(project, addressOf(storage), trouble)
  }
  await note({ last: { at: new Date().toISOString(), trouble: null }, good_at: began })
}

/** Returns the notes about the storage, with a change. */
export const withStored = (known: Stored | null, change: Partial<Stored>): Stored => ({
  last: null,
  good_at: null,
  proof: null,
  ...known,
  ...change,
})
