import type { Check, Finding, Said } from './finding.js'
import { warning } from './finding.js'

/** How long a check may take, in ms: longer than any of its commands. */
const deadlineMs = 8_000

/** Runs all checks. @returns their findings, in order. A check that fails is itself a finding. */
export const examine = async <Facts>(
  checks: readonly Check<Facts>[],
  facts: Facts,
): Promise<readonly Finding[]> => (await Promise.all(checks.map(check => findingsOf(check, facts)))).flat()

const findingsOf = async <Facts>(check: Check<Facts>, facts: Facts): Promise<readonly Finding[]> => {
  const answer = await inTime(check, facts).catch(notLookedAt)
  const said: readonly Said[] = answer === null ? [] : Array.isArray(answer) ? answer : [answer]
  return said.map(({ level, text, remedy }) => ({
    check: check.name,
    level,
    text: plain(text),
    remedy: remedy === null ? null : plain(remedy),
  }))
}

const inTime = async <Facts>(check: Check<Facts>, facts: Facts) => {
  const ms = check.deadlineMs ?? deadlineMs
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${ms / 1_000} s`)), ms)
  })
  try {
    return await Promise.race([Promise.resolve(facts).then(check.look), late])
  } finally {
    clearTimeout(timer)
  }
}

const notLookedAt = (error: unknown): Said =>
  warning(`could not be checked: ${error instanceof Error ? error.message : String(error)}`)

/** Cleans a text that an app can have written, so that it cannot move the cursor or look like another line. */
const plain = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}/gu, '?')
    .trim()
