/** What an app may use of the machine. */
export interface Limits {
  /** `512M`, `2G`; null: no limit. */
  readonly memory: string | null
  /** Percent of one processor; null: no limit. */
  readonly cpu: number | null
  /** Processes and threads. */
  readonly tasks: number
}
