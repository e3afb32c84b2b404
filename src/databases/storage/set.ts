import { ensure } from '../../core/action.js'
import type { EventBody } from '../../core/event.js'
import { addressOf, parseStorage, readStorage, type Storage, writeStorage } from '../../state/storage.js'
import { installTool } from '../backups/protect.js'
import { newPassword } from '../verifier.js'
import { checkStorage } from './check.js'
import { storageUnclear } from './errors.js'
import { takeUpChange } from './take-up.js'

export interface WantedStorage {
  /** `s3://bucket/path`. */
  readonly address: string
  /** The host; null: Amazon's, of the region. */
  readonly endpoint: string | null
  readonly region: string
  readonly key: string
  readonly secret: string
  /** The passphrase; null: the present one, or a new one. */
  readonly passphrase: string | null
}

/**
 * Makes the backups of every database of this server go to a storage as well, after the storage has accepted a test
 * file.
 * @throws GatlingError STORAGE_UNCLEAR or STORAGE_REFUSED: nothing was changed.
 */
export const setStorage = async (
  wanted: WantedStorage,
  emit: (event: EventBody) => void,
): Promise<Storage> => {
  const storage = storageFrom(wanted)
  await ensure(installTool, emit)
  await checkStorage(storage)
  const before = readStorage()
  writeStorage(storage)
  await takeUpChange(before !== null && placeOf(before) !== placeOf(storage))
  return storage
}

const placeOf = (storage: Storage): string => `${storage.endpoint} ${addressOf(storage)}`

/** Checks the answers of a person. @throws GatlingError STORAGE_UNCLEAR. */
const storageFrom = ({ address, endpoint, region, key, secret, passphrase }: WantedStorage): Storage => {
  const [, bucket, path = ''] = /^s3:\/\/([^/]+)(\/.*)?$/.exec(address) ?? []
  if (bucket === undefined) throw storageUnclear(`${JSON.stringify(address)} is not an address of a storage`)
  if (endpoint?.startsWith('http://')) throw storageUnclear('the storage must speak https')
  if (key === '' || secret === '') throw storageUnclear('the access key or the secret key is missing')
  const storage = parseStorage({
    bucket,
    path: path.replace(/\/+$/, ''),
    endpoint: (endpoint ?? `s3.${region}.amazonaws.com`).replace(/^https:\/\/|\/+$/g, ''),
    region,
    key,
    secret,
    passphrase: passphrase ?? readStorage()?.passphrase ?? newPassword(),
    set_at: new Date().toISOString(),
  })
  if (!storage)
    throw storageUnclear(
      'the address, the endpoint, the region or a key has characters that they cannot have',
    )
  return storage
}
