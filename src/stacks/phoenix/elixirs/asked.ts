import { parse as parseToml } from 'smol-toml'
import * as v from 'valibot'
import { type ElixirRequest, parseElixir } from '../../../core/elixir-version.js'

/** What says which Elixir an app wants: mise reads all of them, asdf the last. */
export const versionFiles = ['mise.toml', '.mise.toml', '.tool-versions'] as const

/** What an app asks for, and in which file. */
export interface AskedElixir extends ElixirRequest {
  readonly from: string
}

/**
 * Which Elixir an app asks for: gatling.toml, else the first of {@link versionFiles} that names one. null: none, or by a word
 * that is no version, as `latest` or `ref:main` are, or `[build] path`.
 * @param read the text of a file in the app's root; null: it is not there.
 */
export const askedElixir = (read: (name: string) => string | null): AskedElixir | null => {
  for (const from of ['gatling.toml', ...versionFiles]) {
    const word = wordIn(from, read(from) ?? '')
    if (word === null) continue
    const wish = parseElixir(word)
    return wish === null ? null : { ...wish, from }
  }
  return null
}

const wordIn = (name: string, text: string): string | null => {
  if (name === '.tool-versions') return inToolVersions(text)
  return inToml(text, name === 'gatling.toml' ? gatlingSchema : miseSchema)
}

/** `elixir 1.18.4-otp-27 1.17.3`: the first is meant, the others are what asdf falls back to. */
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

/** A file that mise alone can read asks for nothing here. */
const inToml = (text: string, schema: typeof gatlingSchema | typeof miseSchema): string | null => {
  try {
    const found = v.safeParse(schema, parseToml(text))
    return found.success ? found.output : null
  } catch {
    return null
  }
}
