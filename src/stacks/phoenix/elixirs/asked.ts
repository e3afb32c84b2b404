import { parse as parseToml } from 'smol-toml'
import * as v from 'valibot'
import { type ElixirRequest, parseElixir } from '../../../core/elixir-version.js'

/** The files that name an app's Elixir. mise reads all of them, asdf only the last. */
export const versionFiles = ['mise.toml', '.mise.toml', '.tool-versions'] as const

/** The Elixir that an app asks for, and the file that names it. */
export interface AskedElixir extends ElixirRequest {
  readonly from: string
}

/**
 * Finds the Elixir that an app asks for, in gatling.toml or else in the first of {@link versionFiles} that names one.
 * @returns null: it asks for none, or for a word that is not a version, such as `latest` or `ref:main`, or it has
 * `[build] path`.
 * @param read returns the text of a file in the app's root; null: the file does not exist.
 */
export const askedElixir = (read: (name: string) => string | null): AskedElixir | null => {
  for (const from of ['gatling.toml', ...versionFiles]) {
    const word = wordIn(from, read(from) ?? '')
    if (word === null) continue
    const request = parseElixir(word)
    return request === null ? null : { ...request, from }
  }
  return null
}

const wordIn = (name: string, text: string): string | null => {
  if (name === '.tool-versions') return inToolVersions(text)
  return inToml(text, name === 'gatling.toml' ? gatlingSchema : miseSchema)
}

/** Reads a line like `elixir 1.18.4-otp-27 1.17.3`. The first version counts; the others are fallbacks of asdf. */
const inToolVersions = (text: string): string | null => /^\s*elixir[ \t]+([^\s#]+)/m.exec(text)?.[1] ?? null

/** The part of gatling.toml that matters here; parseSettings checks the whole. */
const gatlingSchema = v.pipe(
  v.object({ build: v.object({ path: v.optional(v.string()), elixir: v.optional(v.string()) }) }),
  v.transform(({ build }) => build.path ?? build.elixir ?? null),
)

const tool = v.union([
  v.string(),
  v.pipe(
    v.object({ version: v.string() }),
    v.transform(({ version }) => version),
  ),
])
const tools = v.pipe(
  v.tupleWithRest([tool], tool),
  v.transform(([first]) => first),
)
const miseSchema = v.pipe(
  v.object({ tools: v.object({ elixir: v.union([tool, tools]) }) }),
  v.transform(file => file.tools.elixir),
)

/** Reads a version from a TOML file; null: the file names none, or only mise can read it. */
const inToml = (text: string, schema: typeof gatlingSchema | typeof miseSchema): string | null => {
  try {
    const found = v.safeParse(schema, parseToml(text))
    return found.success ? found.output : null
  } catch {
    return null
  }
}
