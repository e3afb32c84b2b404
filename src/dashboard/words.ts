import { number, pipe, regex, safeParse, string, transform } from 'valibot'

/** A text of an address or a form becomes a word of a command line only if it cannot be an option or another app. */
const project = pipe(string(), regex(/^[a-z][a-z0-9_]{0,39}$/))
const count = pipe(string(), regex(/^[1-9]\d{0,8}$/), transform(Number), number())
const key = pipe(string(), regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/))

export const projectIn = (text: unknown): string | null => outputOf(safeParse(project, text))
export const numberIn = (text: unknown): number | null => outputOf(safeParse(count, text))
export const keyIn = (text: unknown): string | null => outputOf(safeParse(key, text))

const outputOf = <Output>(
  result: { readonly success: true; readonly output: Output } | { readonly success: false },
): Output | null => (result.success ? result.output : null)
