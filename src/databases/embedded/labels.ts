import { join } from 'node:path'
import { readIfThere, writeWhole } from '../../hosts/files.js'
import { copyUnfinished } from '../backups/errors.js'
import { type Embedded, runSql } from './cluster.js'
import { labelOf } from './url.js'

/** A database of an app: the first, or one that was restored beside it. */
export interface Labelled {
  readonly label: string
  /** ISO 8601. */
  readonly madeAt: string
}

/** Lists all databases of a running cluster. */
export const labelsOf = async (embedded: Embedded): Promise<readonly Labelled[]> => {
  const rows = await runSql(
    embedded,
    `SELECT datname, to_char((pg_stat_file('base/' || oid || '/PG_VERSION')).modification AT TIME ZONE 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM pg_database WHERE datname ~ '^app(_r[0-9]+)?$' ORDER BY oid`,
  )
  return rows.map(([name = '', madeAt = '']) => ({ label: labelOf(name), madeAt }))
}

/** Refuses a label that no database has. @throws GatlingError COPY_UNFINISHED. */
export const refuseMissing = async (embedded: Embedded, label: string): Promise<void> => {
  if (!(await labelsOf(embedded)).some(one => one.label === label))
    throw copyUnfinished(embedded.project, label)
}

const path = ({ folder }: Embedded): string => join(folder, 'serves')

/** Returns the label of the database that an app uses after it was unloaded and made again. */
export const notedLabel = (embedded: Embedded): string => readIfThere(path(embedded))?.trim() || 'r0'
export const noteLabel = (embedded: Embedded, label: string): void => writeWhole(path(embedded), `${label}\n`)
