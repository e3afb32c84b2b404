/** One thing that makes a machine a server. */
export interface Change {
  /** What `make` does, after "to". */
  readonly about: string
  readonly isMade: () => boolean | Promise<boolean>
  readonly make: () => void | Promise<void>
  /** Takes it back; what was there before Gatling stays. */
  readonly undo: () => void | Promise<void>
  /** Its own code may be in the way of it. */
  readonly ofApp?: true
}
