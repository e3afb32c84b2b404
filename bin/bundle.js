// The command is one file, dist/bundle/gatling.cjs, and a push starts it several times. Compiling the file takes longer
// than running it, so V8's compiled code is kept beside it. V8 accepts that code only if its version and flags are the
// same, and otherwise compiles again (vm.Script, cachedData). These files are CommonJS, because the loader of modules
// needs some ms to start.
const { existsSync, readFileSync, writeFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { dirname, join } = require('node:path')
const { Script } = require('node:vm')

const path = join(__dirname, '../dist/bundle/gatling.cjs')
const compiled = `${path}.compiled`

/**
 * Compiles the command. It reads the file as Latin-1, which is faster and gives the same text, because scripts/build.js
 * writes plain ASCII.
 * @param {Buffer} [cachedData]
 */
const scriptOf = cachedData => new Script(readFileSync(path, 'latin1'), { filename: path, cachedData })

/** @param {Script} script @returns {{ main: (argv: readonly string[]) => Promise<void> }} */
const exportsOf = script => {
  const module = { exports: {} }
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path))
  return /** @type {ReturnType<typeof exportsOf>} */ (module.exports)
}

/** The exports of src/cli/main.ts. */
exports.load = () => exportsOf(scriptOf(existsSync(compiled) ? readFileSync(compiled) : undefined))

/** Keeps the compiled code for the next starts. */
exports.keepCompiled = () => {
  const script = scriptOf()
  exportsOf(script)
  writeFileSync(compiled, script.createCachedData())
}
