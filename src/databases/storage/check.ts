import * as pgbackrest from '../../commands/pgbackrest.js'
import { runCommand } from '../../hosts/capture.js'
import { addressOf, type Storage } from '../../state/storage.js'
import { reasonsIn } from '../backups/tool.js'
import { storageRefused } from './errors.js'
import { whileReaching } from './reach.js'

/** Writes, reads and removes a file in the storage. @throws GatlingError STORAGE_REFUSED, with the storage's answer. */
export const checkStorage = (storage: Storage): Promise<void> =>
  whileReaching(storage, '', async config => {
    for (const command of pgbackrest.tryRepository(config)) {
      const { status, stdout, stderr } = await runCommand(command)
      if (status !== 0)
        throw storageRefused(addressOf(storage), storage.endpoint, reasonsIn(`${stdout}${stderr}`))
    }
  })
