/** A sentence of a document, and the line its paragraph begins in. */
export interface Sentence {
  readonly line: number
  readonly text: string
}

/** Splits a markdown text into sentences, without its code. A heading, a list item and a cell of a table end the sentence before. */
export const sentencesOf = (markdown: string): readonly Sentence[] => {
  const blank = (text: string): string => text.replace(/[^\n]/g, '')
  const plain = markdown
    .replace(/^( *)```.*?^\1```$/gms, blank)
    .replace(/<!--.*?-->/gs, blank)
    .replace(/`[^`]+`/g, code => `code${blank(code)}`)
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_]+(?=\S)|(?<=\S)[*_]+/g, '')
  const paragraphs: { line: number; text: string }[] = []
  let open = false
  plain.split('\n').forEach((raw, at) => {
    const text = raw.trim()
    const isBlock = /^(#|\||[-*+] |\d+\. )/.test(text)
    const cells = text.startsWith('|') ? text.split('|') : [text.replace(/^(#+|[-*+]|\d+\.) /, '')]
    const last = paragraphs.at(-1)
    if (open && last && text !== '' && !isBlock) last.text += ` ${text}`
    else paragraphs.push(...cells.map(cell => ({ line: at + 1, text: cell.trim() })))
    open = text !== '' && !/^[#|]/.test(text)
  })
  return paragraphs.flatMap(({ line, text }) =>
    text
      .split(/(?<=[.!?]["')]*)\s+(?=["'(]*(?:[A-Z0-9]|code))/)
      .filter(sentence => /\w/.test(sentence))
      .map(sentence => ({ line, text: sentence })),
  )
}

/** How many words a sentence has at most. */
const longest = 35
const opening = /^(?:Who|Whoever|What|Of|By it|Also|Nor)\b(?!.*\?$)/
const words =
  /\b(?:anew|lest|mend(?:s|ed|ing)?|shall|ill|whoever|(?:is|are|was|were) said|insist(?:s|ed)?|told of|tells? of|let(?:s|ting)? go of|any more|all the same|may not)\b/i

/** Says what is wrong with a sentence; null: nothing. A text without a full stop, such as a heading, can begin as it likes. */
export const complaintAbout = ({ text }: Sentence): string | null => {
  const count = text.split(/\s+/).filter(word => /\w/.test(word)).length
  if (count > longest) return `${count} words`
  const word = words.exec(text)?.[0]
  if (word) return `"${word}"`
  return opening.exec(text) && /[.:]$/.test(text) ? `begins with "${opening.exec(text)?.[0]}"` : null
}

/** Old words that no comment and no name of a test may have. */
const oldWords =
  /\b(?:anew|lest|mend(?:s|ed|ing)?|shall|whoever|insist(?:s|ed|ing)?|told of|tells? of|let(?:s|ting)? go of|any more|all the same)\b/i

/** How no sentence of a comment begins; `What` can begin a docstring that is a noun. */
const commentOpening = /^(?:Who|Whoever|Of|By it|Also|Nor)\b(?=.*[.:]$)/

/** Says what is wrong with a comment or the name of a test: an old word, a bad opening, far too many words; null: nothing. */
export const complaintAboutComment = ({ text }: Sentence): string | null => {
  const count = text.split(/\s+/).filter(word => /\w/.test(word)).length
  const word = oldWords.exec(text)?.[0]
  const begins = commentOpening.exec(text)?.[0]
  if (word) return `"${word}"`
  if (begins) return `begins with "${begins}"`
  return count > longest ? `${count} words` : null
}

/** Lists the comments of a source without indented lines, which are samples and tables. @param ending of its name: ts, js, erl, exs or sh. */
export const commentsOf = (source: string, ending: string): readonly string[] => {
  const prose = (comment: string): string => comment.replace(/^ {2,}.*$/gm, '')
  if (ending === 'ts' || ending === 'js') {
    const found = source.matchAll(/^[ \t]*\/\*\*?([\s\S]*?)\*\/|^((?:[ \t]*\/\/.*\n)+)/gm)
    return [...found].map(([, block, lines]) =>
      prose((block ?? lines ?? '').replace(/^[ \t]*(?:\*|\/\/) ?/gm, '').replace(/^@/gm, '\n@')),
    )
  }
  const sign = ending === 'erl' ? '%' : '#'
  const found = source.matchAll(new RegExp(`(?:^[ \\t]*${sign}+(?: .*)?\\n)+`, 'gm'))
  return [...found].map(([lines]) => prose(lines.replace(new RegExp(`^[ \\t]*${sign}+ ?`, 'gm'), '')))
}

/** Lists the names of the tests of a source. */
export const testNamesOf = (source: string): readonly string[] =>
  [...source.matchAll(/^\s*(?:it|test|describe)\b[^\n]*?\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"([^"\n]*)")/gm)].map(
    ([, single, double]) => single ?? double ?? '',
  )

/** The beginning of a function. A value in parentheses does not begin with a parameter. */
const functionHead =
  /^\s*(?:export )?(?:default )?(?:(?:async )?function\b|const \w+ = (?:async )?(?:<[^(]*>)?\(\s*(?:\)|\{|(?:\.\.\.)?\w+\??\s*[:,)]))/

/** How the docstring of a function does not begin, because a verb says what the function does. */
const noun = /^(?:What|Whether|How|Where|Which|The|A|An|Every|Those|That|This|It|null)\b/

/** Lists the docstrings of functions in a TypeScript source that do not begin with a verb. */
export const docstringsWithoutVerb = (source: string): readonly string[] =>
  [...source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n/g)].flatMap(
    ({ 0: whole, 1: inside = '', index }) => {
      const text = inside.replace(/\s*\n[ \t]*\*? ?/g, ' ').trim()
      const after = source.slice(index + whole.length, index + whole.length + 300)
      return functionHead.test(after) && noun.test(text) ? [text] : []
    },
  )
