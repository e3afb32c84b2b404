/** What is so on the machine, as `agent.mjs` finds it. */
export interface Facts {
  readonly state: {
    readonly branch: string | null
    readonly live: {
      readonly release: number
      readonly revision: string
      readonly slot: 'a' | 'b'
      readonly port: number
    } | null
  } | null
  readonly status: {
    readonly state: string
    readonly release: number | null
    readonly revision: string | null
  } | null
  readonly releases: readonly {
    readonly release: number
    readonly outcome: string
    readonly revision: string
  }[]
  /** The newest first. */
  readonly history: readonly {
    readonly number: number
    readonly state: string
    readonly task: string
    readonly revision: string
  }[]
  /** What commands said that had no JSON to give. */
  readonly said: readonly string[]
  readonly units: readonly {
    readonly name: string
    readonly load: string
    readonly active: string
    readonly sub: string
  }[]
  readonly ports: readonly { readonly port: number; readonly pid: number }[]
  /** What `nginx -t` has against its configuration; '' nothing. */
  readonly nginx: string
  readonly nginxActive: string
  readonly siteLink: string | null
  readonly siteThere: boolean
  readonly marker: boolean
  readonly current: string | null
  readonly currentThere: boolean
  /** Numbers of the releases in their folder, and of those put aside. */
  readonly onDisk: readonly number[]
  readonly failed: readonly number[]
  readonly configs: readonly number[]
  readonly runs: readonly number[]
  /** Slots whose instance would be started once only. */
  readonly trial: readonly string[]
  /** Whether systemd starts the app at boot. */
  readonly wanted: boolean
  readonly branch: string | null
  /** Files that only something unfinished leaves. */
  readonly left: readonly string[]
  readonly processes: readonly {
    readonly pid: number
    readonly state: string
    readonly own: boolean
    readonly run: string
    readonly instance: string
    readonly line: string
  }[]
}
