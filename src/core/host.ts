/**
 * A program that carries out several commands, one after the other. From descriptor 3 it reads the words of each
 * command except the first.
 */
export interface TaskRunner {
  readonly argv: readonly [string, ...string[]]
  /** Whether the program ends after this command. */
  readonly isLast: boolean
}

/** Changes that outlast a deploy that fails. */
export type Lasting = 'schema'

/** A program with its arguments; never a shell line. */
export interface Command {
  readonly argv: readonly [string, ...string[]]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Standard input. Without it the command has none. */
  readonly input?: string
  /** After this time the command is stopped, with all that it has started. */
  readonly timeoutMs?: number
  /**
   * Carries out this command together with its neighbours that name a runner. Without it the command gets its own
   * process.
   */
  readonly runner?: TaskRunner
  /** What the command changes and Gatling cannot undo. */
  readonly changes?: Lasting
  /** The person who pushed sees it only if it fails. */
  readonly quiet?: boolean
}

export interface HttpProbe {
  readonly port: number
  readonly path: string
  readonly hostName: string
  /** The scheme that the proxy reports to the app. */
  readonly scheme: 'http' | 'https'
  readonly timeoutMs: number
}

export interface HttpAnswer {
  readonly status: number
  /** The target of a redirect, as the answer has it. */
  readonly location: string | null
  readonly setsCookie: boolean
}

/** The machine a deploy works on. */
export interface Host {
  /**
   * Runs a command to its end, and copies its output line by line into the deploy's log.
   * @returns all its output.
   * @throws GatlingError if the command cannot start, fails or takes too long, or if the deploy is cancelled.
   */
  run(command: Command): Promise<string>
  /** Ends the programs that are kept for more commands. */
  rest(): Promise<void>
  /** Tells whether the command ends with status 0. Its output is not shown. */
  succeeds(command: Command): Promise<boolean>
  /** Writes a whole file, and its folder if needed. The file is replaced in one step. */
  write(path: string, text: string): Promise<void>
  /** Tells whether a program accepts connections on a local port, within a second. */
  accepts(port: number): Promise<boolean>
  /** Sends one GET to a local port. @returns the answer; null: none came in time. */
  probe(request: HttpProbe): Promise<HttpAnswer | null>
}
