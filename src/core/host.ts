/** A program that carries out several commands, one after the other. It reads the words after the first of each from descriptor 3. */
export interface TaskRunner {
  readonly argv: readonly [string, ...string[]]
  /** It ends after this command. */
  readonly isLast: boolean
}

/** Changes that outlast a deploy that fails. */
export type Lasting = 'schema'

/** A program with its arguments; never a shell line. */
export interface Command {
  readonly argv: readonly [string, ...string[]]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Standard input; else there is none. */
  readonly input?: string
  /** It is stopped, with all it has started, when it takes longer. */
  readonly timeoutMs?: number
  /** Carries it out, with the commands before and after it that name one; else it gets a process of its own. */
  readonly runner?: TaskRunner
  /** What it changes and Gatling cannot undo. */
  readonly changes?: Lasting
  /** Not shown to the person who pushed unless it fails. */
  readonly quiet?: boolean
}

export interface HttpProbe {
  readonly port: number
  readonly path: string
  readonly hostName: string
  /** What the proxy says the request came over. */
  readonly scheme: 'http' | 'https'
  readonly timeoutMs: number
}

export interface HttpAnswer {
  readonly status: number
  /** Where it leads to, as the answer has it. */
  readonly location: string | null
  readonly setsCookie: boolean
}

/** The machine a deploy works on. */
export interface Host {
  /**
   * Runs a command to its end, its output line by line into the deploy's log.
   * @returns all it wrote.
   * @throws GatlingError when it cannot start, ends with another status than 0, takes too long, or the deploy is cancelled.
   */
  run(command: Command): Promise<string>
  /** Ends what is kept for more commands. */
  rest(): Promise<void>
  /** Whether the command ends with status 0; its output is not shown. */
  succeeds(command: Command): Promise<boolean>
  /** Writes a whole file, its folder included; it is replaced in one step. */
  write(path: string, text: string): Promise<void>
  /** Tells whether something takes connections on a local port, within a second. */
  accepts(port: number): Promise<boolean>
  /** The answer to one GET to a local port, or null when nothing answered in time. */
  probe(request: HttpProbe): Promise<HttpAnswer | null>
}
