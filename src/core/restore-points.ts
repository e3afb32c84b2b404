/** A moment of an app's database, marked right before a release's migrations. */
export interface RestorePoint {
  readonly release: number
  /** The migrations that were pending at that moment, as {@link migrationKey} writes them. */
  readonly migrations: readonly string[]
}

/** The moments to which an app's database can be restored. */
export interface RestorePoints {
  /**
   * Marks this moment in the database that a release uses.
   * @returns false: Gatling did not make that database.
   * @throws GatlingError NO_RESTORE_POINT, or the database's own error.
   */
  mark(project: string, release: number, migrations: readonly string[]): Promise<boolean>
  /**
   * Lists the restore points of the live database, oldest first, and the name for the next restored database. null:
   * there is no such database.
   */
  list(project: string): Promise<{ readonly points: readonly RestorePoint[]; readonly next: string } | null>
}

/** Returns a text that identifies a migration within its app. */
export const migrationKey = ({
  repo,
  version,
}: {
  readonly repo: string
  readonly version: string
}): string => `${repo} ${version}`
