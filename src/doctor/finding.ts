type Level = 'ok' | 'warning' | 'problem'

/** The result of a check. */
export interface Finding {
  /** The name of the check. */
  readonly check: string
  readonly level: Level
  /** One line. */
  readonly text: string
  /** What to do about it. */
  readonly remedy: string | null
}

export type Said = Omit<Finding, 'check'>

/** A check of one thing. It changes nothing. */
export interface Check<Facts> {
  readonly name: string
  /** How long it may take, in ms. */
  readonly deadlineMs?: number
  /** Checks. @returns null: there is nothing to check. */
  readonly look: (facts: Facts) => Answer | Promise<Answer>
}

export type Answer = Said | readonly Said[] | null

export const ok = (text: string): Said => ({ level: 'ok', text, remedy: null })
export const warning = (text: string, remedy: string | null = null): Said => ({
  level: 'warning',
  text,
  remedy,
})
export const problem = (text: string, remedy: string | null = null): Said => ({
  level: 'problem',
  text,
  remedy,
})
