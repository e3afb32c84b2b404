/** A problem in a line. */
export interface Problem {
  readonly line: number
  readonly what: string
}

/** A directive. */
export interface Statement {
  readonly line: number
  readonly name: string
  readonly args: readonly string[]
  /** The inner directives; null: the directive ends with a semicolon. */
  readonly block: readonly Statement[] | null
}

type Token = { readonly line: number } & (
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: ';' | '{' | '}' }
)

const token = new RegExp(
  [
    String.raw`(?<skip>[ \t\r\n]+|#[^\n]*)`,
    '(?<mark>[;{}])',
    // nginx accepts only these after a closing quote.
    String.raw`"(?<double>(?:\\.|[^\\"])*)"(?=[ \t\r\n;{)])`,
    String.raw`'(?<single>(?:\\.|[^\\'])*)'(?=[ \t\r\n;{)])`,
    String.raw`(?<bare>(?!["'])(?:\\.|\$\{?|[^ \t\r\n;{\\$])+)`,
  ].join('|'),
  'sy',
)
/** The largest sizes. nginx reads at most 4096 bytes of a word, and calls itself recursively for every block. */
const longest = { file: 100_000, word: 1_000, depth: 8 }

/** Reads a configuration as nginx does (ngx_conf_file.c). @returns the directives, or the first problem. */
export const readStatements = (text: string): Statement[] | Problem => {
  if (text.length > longest.file)
    return { line: 1, what: `the file is longer than ${longest.file} characters` }
  const tokens = readTokens(text)
  return 'what' in tokens ? tokens : readBlock({ tokens, at: 0 }, 0)
}

const readTokens = (text: string): Token[] | Problem => {
  const tokens: Token[] = []
  let line = 1
  for (let at = 0; at < text.length; ) {
    token.lastIndex = at
    const { 0: matched, groups = {} } = token.exec(text) ?? { 0: '' }
    if (matched === '') return { line, what: 'a quote or a word that does not end as nginx requires' }
    const unprintable = /[^\t\r\n\x20-\x7e\x80-\uffff]/.test(matched)
    if (unprintable) return { line, what: 'a control character' }
    const word = groups['double'] ?? groups['single'] ?? groups['bare']
    if (word !== undefined && word.length > longest.word)
      return { line, what: `a word longer than ${longest.word} characters` }
    if (word !== undefined) tokens.push({ kind: 'word', line, text: decode(word) })
    else if (groups['skip'] === undefined) tokens.push({ kind: matched as ';' | '{' | '}', line })
    line += matched.split('\n').length - 1
    at += matched.length
  }
  return tokens
}

const escapes: Readonly<Record<string, string>> = {
  t: '\t',
  r: '\r',
  n: '\n',
  '"': '"',
  "'": "'",
  '\\': '\\',
}
const decode = (word: string): string =>
  word.replace(/\\(.)/gs, (whole, char: string) => escapes[char] ?? whole)

const readBlock = (reader: { tokens: Token[]; at: number }, depth: number): Statement[] | Problem => {
  const statements: Statement[] = []
  let words: string[] = []
  let line = 1
  for (;;) {
    const next = reader.tokens[reader.at++]
    const lastLine = reader.tokens.at(-1)?.line ?? 1
    if (next === undefined) {
      if (depth > 0) return { line: lastLine, what: 'a block is not closed: } is missing' }
      return words.length > 0 ? { line, what: `${words[0]} is not ended: ; is missing` } : statements
    }
    if (next.kind === 'word') {
      if (words.length === 0) line = next.line
      words.push(next.text)
      continue
    }
    const [name, ...args] = words
    words = []
    if (next.kind === '}') {
      if (name !== undefined) return { line, what: `${name} is not ended: ; is missing` }
      return depth > 0 ? statements : { line: next.line, what: 'a } that closes nothing' }
    }
    if (name === undefined) return { line: next.line, what: `a ${next.kind} without a directive before it` }
    if (next.kind === ';') {
      statements.push({ line, name, args, block: null })
      continue
    }
    if (depth === longest.depth) return { line, what: `blocks in more than ${longest.depth} blocks` }
    const block = readBlock(reader, depth + 1)
    if ('what' in block) return block
    statements.push({ line, name, args, block })
  }
}
