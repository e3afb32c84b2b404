import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as pgbackrest from '../../commands/pgbackrest.js'
import { runCommand } from '../../hosts/capture.js'
import { writeWhole } from '../../hosts/files.js'
import { addressOf, type Storage } from '../../state/storage.js'
import { backupConfig } from '../../templates/pgbackrest.js'
import { reasonsIn } from '../backups/tool.js'
import { storageRefused } from './errors.js'

/** Writes, reads and removes a file in the storage. @throws GatlingError STORAGE_REFUSED, with what the storage said. */
export const checkStorage = async (storage: Storage): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'gatling-storage-'))
  const config = join(folder, 'conf')
  try {
    // Only root can read it.
    writeWhole(config, backupConfig({ repository: storage, locks: folder, clusters: [] }))
    for (const command of pgbackrest.tryRepository(config)) {
      const { status, stdout, stderr } = await runCommand(command)
      if (status !== 0)
        throw storageRefused(addressOf(storage), storage.endpoint, reasonsIn(`${stdout}${stderr}`))
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
