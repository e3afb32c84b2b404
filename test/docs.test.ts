import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorReference } from '../src/cli/error-reference.js'
import { commandReference, rightsReference } from '../src/cli/reference.js'
import { commands } from '../src/cli/table.js'
import { lists as phoenix } from '../src/stacks/phoenix/lists.js'
import { reasonReference } from '../src/stacks/phoenix/upgrade/reasons.js'
import { env } from './helpers/env.js'
import {
  commentsOf,
  complaintAbout,
  complaintAboutComment,
  docstringsWithoutVerb,
  sentencesOf,
  testNamesOf,
} from './helpers/prose.js'
import { root, run } from './helpers/world.js'

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const { stdout } = await run(['git', 'ls-files', '*.md'], { cwd: root })
const { stdout: sourceFiles } = await run(
  ['git', 'ls-files', 'src', 'elixir', 'erlang', 'bench', 'scripts', 'test'],
  { cwd: root },
)
const documents = stdout.split('\n').filter(Boolean)

/** Returns the anchors that GitHub gives the headings of a document. */
const anchorsOf = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )

describe('the documentation', () => {
  it('lists the errors of the source', () => {
    expect(read('docs/errors.md')).toBe(errorReference())
  })

  it('lists the reasons of the source against a hot upgrade', () => {
    expect(read('docs/hot-upgrades.md')).toContain(reasonReference())
  })

  it('lists the commands and rights of the table', () => {
    expect(read('docs/commands.md')).toBe(commandReference())
    expect(read('docs/server.md')).toContain(rightsReference())
  })

  it('begins every help text with a verb and ends it without a full stop', () => {
    const texts = commands.flatMap(({ about, options = [] }) => [
      about,
      ...options.map(({ description }) => description),
    ])
    for (const text of texts)
      expect(text).toMatch(/^(?!(the|a|an|what|where|who|how|which|another|for|as|only|also)\b)[a-z].*[^.]$/)
  })

  it('names every step in the README, in the order of the lists', () => {
    const rows = [...read('README.md').matchAll(/^\| *(`\w+`)? *\| *(`\w+`)? *\|/gm)]
    const column = (at: number) => rows.flatMap(row => row[at]?.replaceAll('`', '') ?? [])
    expect(column(1)).toEqual(phoenix.deploy.map(({ name }) => name))
    expect(column(2)).toEqual(phoenix.upgrade.map(({ name }) => name))
  })

  it('names every field of env', () => {
    const text = read('docs/hooks.md')
    for (const field of Object.keys(env)) expect(text).toContain(`\`${field}\``)
  })

  it.each(documents)('has each code block on its own lines in %s', path => {
    const fences = read(path)
      .split('\n')
      .filter(line => line.includes('```'))
    expect(fences.filter(line => !/^ *```\w*$/.test(line))).toEqual([])
    expect(fences.length % 2).toBe(0)
  })

  it('has no dead links', () => {
    expect(documents.length).toBeGreaterThan(5)
    for (const file of documents) {
      for (const [, path = '', anchor] of read(file).matchAll(/\]\((?!https?:)([^)#]*)#?([^)]*)\)/g)) {
        const target = path === '' ? file : join(dirname(file), path)
        expect(existsSync(join(root, target)), `${file}: ${target}`).toBe(true)
        if (anchor) expect(anchorsOf(read(target)), `${file}: ${target}`).toContain(anchor)
      }
    }
  })
})

/** Lists the quoted texts of a source that have four words or more, with X for each inserted value. */
const textsIn = (source: string): readonly string[] => {
  const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  return [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`|"((?:[^"\\\n]|\\.)*)"/g)]
    .map(([, single, template, double]) => single ?? template ?? double ?? '')
    .map(text => text.replace(/\$\{[^}]*\}/g, 'X').replaceAll('\\`', '`'))
    .filter(text => text.split(' ').length >= 4)
}

describe('plain English', () => {
  const complaintsAbout = (markdown: string): readonly string[] =>
    sentencesOf(markdown).flatMap(sentence => {
      const complaint = complaintAbout(sentence)
      return complaint === null ? [] : [`line ${sentence.line}: ${complaint}: ${sentence.text}`]
    })

  it('is in the messages and hints of errors', () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    const texts = files
      .filter(file => /errors\.ts$/.test(file))
      .flatMap(file => read(`src/${file}`).match(/(?<=(?:message|hint): ).*/g) ?? [])
    expect(texts.length).toBeGreaterThan(100)
    const plain = texts.map(text =>
      text.replace(/\$\{[^}]*\}|\\`[^`]*\\`/g, 'X').replace(/^['"`]|['"`],?$/g, ''),
    )
    // A key without a right "may not" do something, which is right.
    expect(plain.flatMap(complaintsAbout).filter(one => !one.includes('"may not"'))).toEqual([])
  })

  it('is in the help', () => {
    const texts = commands.flatMap(({ about, options = [] }) => [
      about,
      ...options.map(({ description }) => description),
    ])
    expect(texts.length).toBeGreaterThan(100)
    expect(texts.flatMap(complaintsAbout)).toEqual([])
  })

  it('is in what commands, setup and doctor print', () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    const texts = files
      .filter(
        file => /(^|\/)doctor\/|^cli\/commands\/|^server\/setup\.ts$/.test(file) && file.endsWith('.ts'),
      )
      .flatMap(file => textsIn(read(`src/${file}`)))
    expect(texts.length).toBeGreaterThan(100)
    expect(texts.flatMap(complaintsAbout)).toEqual([])
  })

  const sources = sourceFiles.split('\n').filter(file => /\.(ts|js|erl|exs|sh)$/.test(file))
  const complaintsAboutComments = (texts: readonly string[], file: string): readonly string[] =>
    texts.flatMap(sentencesOf).flatMap(sentence => {
      const complaint = complaintAboutComment(sentence)
      return complaint === null ? [] : [`${file}: ${complaint}: ${sentence.text}`]
    })

  it('is in the comments of the source', () => {
    expect(sources.length).toBeGreaterThan(600)
    const complaints = sources.flatMap(file =>
      complaintsAboutComments(commentsOf(read(file), file.split('.').at(-1) ?? ''), file),
    )
    expect(complaints).toEqual([])
  })

  it('begins the docstring of every function with a verb', () => {
    const files = sources.filter(file => /^(src|simulation|test\/helpers)\/.*\.ts$/.test(file))
    expect(files.length).toBeGreaterThan(400)
    const found = files.flatMap(file => docstringsWithoutVerb(read(file)).map(text => `${file}: ${text}`))
    expect(found).toEqual([])
  })

  it('asks for a verb only in the docstring of a function', () => {
    const sourceOf = (docstring: string, head: string): string => `/**\n * ${docstring}\n */\n${head}\n`
    expect(docstringsWithoutVerb(sourceOf('What it is.', 'export const a = async (\n  b: C,'))).toEqual([
      'What it is.',
    ])
    expect(docstringsWithoutVerb(sourceOf('The b.', 'function a() {'))).toEqual(['The b.'])
    expect(docstringsWithoutVerb(sourceOf('Returns b.', 'const a = () => b'))).toEqual([])
    expect(docstringsWithoutVerb(sourceOf('The b.', 'const a = (2 + b) * 3'))).toEqual([])
    expect(docstringsWithoutVerb(sourceOf('What it is.', 'export interface A {'))).toEqual([])
  })

  it('is in the names of tests', () => {
    const tests = sources.filter(file => /^test\/.*\.(test|contract)\.ts$|^test\/contracts\//.test(file))
    const names = tests.flatMap(file => testNamesOf(read(file)))
    expect(names.length).toBeGreaterThan(1_000)
    expect(tests.flatMap(file => complaintsAboutComments(testNamesOf(read(file)), file))).toEqual([])
  })

  it.each([
    ['ts', '/** Makes it\n * anew. */\nconst a = 1\n', 'anew'],
    ['ts', '  // It runs once,\n  // lest it fails.\n', 'lest'],
    ['erl', '%% Whoever asks.\n', 'Whoever'],
    ['exs', '# It shall run.\n', 'shall'],
    ['js', '/** Of the app. */\n', 'begins with "Of"'],
  ])('rejects a comment of a .%s file: %j', (ending, source, word) => {
    expect(complaintsAboutComments(commentsOf(source, ending), 'a')).toEqual([expect.stringContaining(word)])
  })

  it.each(documents)('is in %s', path => {
    expect(complaintsAbout(read(path))).toEqual([])
  })

  it.each([
    ['has more than 35 words', `It ${'really '.repeat(34)}ends.`, '36 words'],
    ['goes on in the next line', `It ${'really '.repeat(17)}\n${'really '.repeat(17)}ends.`, '36 words'],
    ['begins badly', 'It works. Also the last hook can fail.', 'begins with "Also"'],
    ['has an old word', 'Push again when it is mended.', '"mended"'],
    ['is in a list', '- Good.\n- Whoever runs it waits.', '"Whoever"'],
    ['is in a cell', '| a | What serves goes on. |', 'begins with "What"'],
  ])('rejects a sentence that %s', (_, markdown, complaint) => {
    expect(complaintsAbout(markdown)).toEqual([expect.stringContaining(complaint)])
  })

  it.each([
    ['code', '```sh\nWhat is mended shall last\n```\n\nSee `lest`.'],
    ['a question', 'What is it?'],
    ['cells that are short each', `| ${'word '.repeat(20)}| ${'word '.repeat(20)}|`],
    ['items that are short each', `- ${'word '.repeat(20)}\n- ${'word '.repeat(20)}`],
    ['the address of a link', 'See [the page](https://example.com/lest).'],
  ])('accepts %s', (_, markdown) => {
    expect(complaintsAbout(markdown)).toEqual([])
  })
})
