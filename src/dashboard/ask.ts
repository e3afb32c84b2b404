import * as v from 'valibot'
import { runCommand } from '../hosts/capture.js'
import { type Followed, follow } from '../hosts/follow.js'
import type { Reach } from './reach.js'
import { notUnderstood, type Refusal, refusalOf } from './refusal.js'

/** The answer of a command, or why it gave none. */
export type Told<Value> = { readonly value: Value } | { readonly refusal: Refusal }

/** Runs commands. The page gets everything that it shows from a command, and keeps nothing. */
export interface Ask {
  /** Runs a command with `--json`. */
  json<Schema extends v.GenericSchema>(
    schema: Schema,
    ...words: readonly string[]
  ): Promise<Told<v.InferOutput<Schema>>>
  /** Runs a command that changes something. @param input its standard input. */
  run(words: readonly string[], input?: string): Promise<Told<null>>
  /** Starts a command that goes on writing, such as one that follows a log. */
  follow(...words: readonly string[]): Followed
}

export const createAsk = (reach: Reach): Ask => {
  /** Two tabs that ask the same at the same time get the same answer. */
  const underWay = new Map<string, Promise<Told<unknown>>>()

  const answerTo = async (words: readonly string[]): Promise<Told<unknown>> => {
    const { status, stdout, stderr } = await runCommand(reach.command(words))
    // `doctor` ends with 1 if it found something, but still writes its answer.
    const value = parsed(stdout)
    return value === undefined ? { refusal: refusalOf({ status, stderr }, reach) } : { value }
  }

  return {
    json: async (schema, ...words) => {
      const line = [...words, '--json']
      const key = line.join('\0')
      const asked = underWay.get(key) ?? answerTo(line).finally(() => underWay.delete(key))
      underWay.set(key, asked)
      const told = await asked
      if ('refusal' in told) return told
      const { success, output } = v.safeParse(schema, told.value)
      return success ? { value: output } : { refusal: notUnderstood(line) }
    },
    run: async (words, input = '') => {
      const ending = await runCommand({ ...reach.command(words), input })
      return ending.status === 0 ? { value: null } : { refusal: refusalOf(ending, reach) }
    },
    follow: (...words) => follow(reach.command(words)),
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
