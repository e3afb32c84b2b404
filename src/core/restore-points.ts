/** A moment of an app's database, marked right before the migrations of a release. */
export interface RestorePoint {
  readonly release: number
  /** Those that were pending at that moment, each as {@link migrationKey} writes it. */
  readonly migrations: readonly string[]
}

/** What an app's database can be taken back to. */
export interface RestorePoints {
  /**
   * Marks this moment in the database that a release uses.
   * @returns false: that is not a database of Gatling's.
   * @throws GatlingError NO_RESTORE_POINT, or why the database did not take it.
   */
  mark(project: string, release: number, migrations: readonly string[]): Promise<boolean>
  /** Lists those of the database that serves, oldest first, with the name that the next restored database gets. null: there is no such database. */
  list(project: string): Promise<{ readonly points: readonly RestorePoint[]; readonly next: string } | null>
}

/** What tells a migration from the others of an app. */
export const migrationKey = ({
  repo,
  version,
}: {
  readonly repo: string
  readonly version: string
}): string => `${repo} ${version}`
