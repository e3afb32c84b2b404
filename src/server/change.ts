/** One thing that makes a machine a server. */
export interface Change {
  /** What `make` does, as text after "to". */
  readonly about: string
  readonly isMade: () => boolean | Promise<boolean>
  readonly make: () => void | Promise<void>
  /** Undoes the change. What existed before Gatling stays. */
  readonly undo: () => void | Promise<void>
  /** Set if an app's own code can make the change fail. */
  readonly ofApp?: true
}
