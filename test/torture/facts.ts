/** The facts of the machine, as `agent.mjs` finds them. */
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
  /** Newest first. */
  readonly history: readonly {
    readonly number: number
    readonly state: string
    readonly task: string
    readonly revision: string
  }[]
  /** The output of commands that gave no JSON. */
  readonly said: readonly string[]
  readonly units: readonly {
    readonly name: string
    readonly load: string
    readonly active: string
    readonly sub: string
  }[]
  readonly ports: readonly { readonly port: number; readonly pid: number }[]
  /** The complaint of `nginx -t` about its configuration; '': none. */
  readonly nginx: string
  readonly nginxActive: string
  readonly siteLink: string | null
  readonly siteThere: boolean
  readonly marker: boolean
  readonly current: string | null
  readonly currentThere: boolean
  /** The numbers of the releases in their folder; `failed`: of those put aside. */
  readonly onDisk: readonly number[]
  readonly failed: readonly number[]
  readonly configs: readonly number[]
  readonly runs: readonly number[]
  /** The slots whose instance systemd would not restart. */
  readonly trial: readonly string[]
  /** Whether systemd starts the app at boot. */
  readonly wanted: boolean
  readonly branch: string | null
  /** Unfinished files. */
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

interface ClusterName {
  readonly version: string
  readonly name: string
  readonly port: number
}

/** The facts of the databases on the machine. A cluster's id is `<version>-<name>`. */
export interface DatabaseFacts {
  /** The output of commands that gave no JSON. */
  readonly said: readonly string[]
  /** The notes of root about the database; `backupRecord`: about its backups. */
  readonly record: {
    readonly cluster: ClusterName
    readonly created?: true
    readonly rotating?: string
  } | null
  readonly backupRecord: {
    readonly promoting: string | null
    readonly copies: readonly {
      readonly label: string
      readonly state: string
      readonly cluster: ClusterName
      readonly upgraded_from?: string
      readonly served: readonly { readonly until: string | null }[]
    }[]
  } | null
  readonly info: { readonly cluster: string; readonly running: boolean } | null
  readonly backups: {
    /** Oldest first. */
    readonly backups: readonly { readonly id: string; readonly of: string; readonly ended_at: string }[]
    readonly copies: readonly { readonly label: string; readonly serves: boolean }[]
  } | null
  readonly troubles: readonly string[]
  readonly clusters: readonly { readonly id: string; readonly port: number; readonly running: boolean }[]
  /** The clusters that have files of each kind. Sockets show only the name. */
  readonly places: Readonly<Record<string, readonly string[]>>
  /** The files and folders of single apps, by kind. */
  readonly projects: Readonly<Record<string, readonly string[]>>
  readonly inFolder: readonly string[]
  readonly inRepository: readonly { readonly stanza: string; readonly backups: readonly string[] }[]
  readonly units: readonly { readonly name: string; readonly active: string }[]
  readonly left: readonly string[]
  readonly processes: readonly string[]
}
