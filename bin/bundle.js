// The command is one file, dist/bundle/gatling.cjs, and a push starts it several times. To compile the file takes longer than
// to run it. So what V8 has compiled is kept beside it. V8 takes that only if its version and flags are the same, and else
// compiles anew (vm.Script, cachedData).
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'

const path = fileURLToPath(new URL('../dist/bundle/gatling.cjs', import.meta.url))
const compiled = `${path}.compiled`

/** @param {Buffer} [cachedData] */
const scriptOf = cachedData =>
  new Script(
    `(function (exports, require, module, __filename, __dirname) {${readFileSync(path, 'utf8')}\n})`,
    { filename: path, cachedData },
  )

/** @param {Script} script @returns {{ main: (argv: readonly string[]) => Promise<void> }} */
const exportsOf = script => {
  const module = { exports: {} }
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path))
  return /** @type {ReturnType<typeof exportsOf>} */ (module.exports)
}

/** What src/cli/main.ts exports. */
export const load = () => exportsOf(scriptOf(existsSync(compiled) ? readFileSync(compiled) : undefined))

/** Keeps what this node compiles, for the next starts. */
export const keepCompiled = () => {
  const script = scriptOf()
  exportsOf(script)
  writeFileSync(compiled, script.createCachedData())
}
