import type { Reporter, TestCase } from 'vitest/node'

/** Marks a line with a result among other output. */
export const mark = 'result: '

export interface Said {
  readonly name: string
  /** The errors of the test; empty: it passed. */
  readonly errors: readonly string[]
}

/** Reports how each test ended to the parent process, in a line of JSON. */
export default class SayResults implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const { state, errors } = test.result()
    if (state === 'skipped') return
    const said: Said = { name: test.name, errors: (errors ?? []).map(inWords) }
    process.stdout.write(`${mark}${JSON.stringify(said)}\n`)
  }
}

const inWords = ({ message, diff, stack }: { message: string; diff?: string; stack?: string }): string =>
  [message, diff, stack].filter(Boolean).join('\n')
