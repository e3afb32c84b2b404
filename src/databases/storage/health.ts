import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readPlain } from '../../hosts/files.js'
import type { Backups } from '../../state/backups.js'
import { serverPaths } from '../../state/server.js'
import { addressOf, type Storage } from '../../state/storage.js'
import type { Loss } from '../backups/choose.js'
import { reasonsIn } from '../backups/tool.js'
import { backupEveryMs, day, inOneLine, type Trouble } from '../backups/trouble.js'

/** Changes that are not in the storage yet. */
export interface Waiting {
  /** The time when the oldest of them was archived here. */
  readonly since: Date
  /** Why the storage does not accept them; null: unknown. */
  readonly reason: string | null
}

/** Returns the changes that are not in the storage yet; null: none. */
export const waitingFor = (project: string): Waiting | null => {
  const folder = serverPaths.backupFolder(project)
  const oldest = namesIn(join(folder, 'queue')).sort()[0]
  const found = oldest && statSync(join(folder, 'queue', oldest), { throwIfNoEntry: false })
  if (!found) return null
  const said = readPlain(join(folder, 'unsent'))
  return { since: found.mtime, reason: said === null ? null : (reasonsIn(said)[0] ?? null) }
}

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/**
 * How long the storage can take for a change before that is a trouble, in ms. PostgreSQL archives the next change after
 * a minute.
 */
const takenWithinMs = 5 * 60_000

/** Lists what is wrong with the backups in the storage. */
export const storageTroubles = (
  project: string,
  storage: Storage,
  noted: Backups['storage'],
  waiting: Waiting | null,
  losses: readonly Loss[],
  now: Date,
): readonly Trouble[] => {
  const address = addressOf(storage)
  const { last = null, good_at = null, proof = null } = noted ?? {}
  const remedy = `gatling db backup ${project}`
  const isLate = now.getTime() - Date.parse(good_at ?? storage.set_at) > backupEveryMs
  const lost = losses.filter(({ at }) => good_at === null || at > new Date(good_at)).at(-1)
  const troubles: (Trouble | null)[] = [
    last?.trouble != null
      ? {
          text: `${address} did not take the last backup, ${day(last.at)}: ${inOneLine(last.trouble)}`,
          remedy,
        }
      : isLate
        ? {
            text:
              good_at === null
                ? `${address} has no backup`
                : `the last good backup in ${address} is of ${day(good_at)}`,
            remedy,
          }
        : null,
    waiting && now.getTime() - waiting.since.getTime() > takenWithinMs
      ? {
          text: `${address} takes no changes since ${day(waiting.since.toISOString())}, so it cannot bring back what came later${waiting.reason === null ? '' : `: ${waiting.reason}`}`,
          remedy: 'journalctl -t gatling-db',
        }
      : null,
    lost
      ? {
          text: `changes until ${day(lost.at.toISOString())} never reached ${address}: a time after the last backup there cannot be restored from it`,
          remedy,
        }
      : null,
    proof?.trouble != null
      ? {
          text: `the last proof of a backup in ${address} failed, ${day(proof.at)}: ${inOneLine(proof.trouble)}`,
          remedy: `gatling db verify ${project}`,
        }
      : null,
  ]
  return troubles.filter(one => one !== null)
}
