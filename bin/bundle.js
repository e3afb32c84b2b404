// The command is one file, dist/bundle/gatling.cjs, and a push starts it several times. To compile the file takes longer than
// to run it. So what V8 has compiled is kept beside it. V8 takes that only if its version and flags are the same, and else
// compiles again (vm.Script, cachedData). These files are CommonJS, because the loader of modules takes node some ms to start.
const { existsSync, readFileSync, writeFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { dirname, join } = require('node:path')
const { Script } = require('node:vm')

const path = join(__dirname, '../dist/bundle/gatling.cjs')
const compiled = `${path}.compiled`

/** Read as Latin-1, which is faster and the same: scripts/build.js writes plain ASCII. @param {Buffer} [cachedData] */
const scriptOf = cachedData =>
  new Script(
    `(function (exports, require, module, __filename, __dirname) {${readFileSync(path, 'latin1')}\n})`,
    { filename: path, cachedData },
  )

/** @param {Script} script @returns {{ main: (argv: readonly string[]) => Promise<void> }} */
const exportsOf = script => {
  const module = { exports: {} }
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path))
  return /** @type {ReturnType<typeof exportsOf>} */ (module.exports)
}

/** What src/cli/main.ts exports. */
exports.load = () => exportsOf(scriptOf(existsSync(compiled) ? readFileSync(compiled) : undefined))

/** Keeps what this node compiles, for the next starts. */
exports.keepCompiled = () => {
  const script = scriptOf()
  exportsOf(script)
  writeFileSync(compiled, script.createCachedData())
}
