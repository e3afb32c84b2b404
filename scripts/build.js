// Compiles src/ to dist/, and bundles the command into one file there. An installed package has no src/, so there is
// nothing to do.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** @param {string} path relative to the repository */
const at = path => fileURLToPath(new URL(`../${path}`, import.meta.url))

const compile = () => {
  const tsc = [at('node_modules/typescript/bin/tsc')]
  return spawnSync(process.execPath, tsc, { cwd: at(''), stdio: 'inherit' }).status ?? 1
}

const file = 'dist/bundle/gatling.cjs'

/** Escapes all characters outside ASCII; see bin/bundle.js. @param {string} text */
const ascii = text =>
  text.replace(/[\u0080-\uffff]/g, found => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)

/**
 * Modules of Node.js that take some ms to load. Most commands need none of them, but one file would load them all at
 * its start.
 */
const slowModules = ['node:http', 'node:crypto', 'node:readline/promises', 'node:stream/consumers']

/** Changes the program so that each slow module is loaded at its first use. @param {string} text */
const lazy = text =>
  text.replace(/^let (\w+) = require\("([^"]+)"\);$/gm, (line, name, module) =>
    slowModules.includes(module)
      ? `let ${name} = new Proxy({}, { get: (_, name) => require("${module}")[name] });`
      : line,
  )

/** Writes a module as the function that Node.js makes of it, so that no start has to copy its text. @param {string} text */
const wrapped = text => `(function (exports, require, module, __filename, __dirname) {${text}\n})`

/**
 * Bundles the command into one file. Every push starts the command, and to find and read its hundred files would take
 * longer than its work.
 */
const bundle = async () => {
  const { build } = await import('rolldown')
  await build({
    cwd: at(''),
    input: 'src/cli/main.ts',
    platform: 'node',
    // jiti loads its compiler from its own folder. The list of tldts is long, and only a deploy needs it. httpxy and
    // @hono/node-server load HTTP/2, and only embedded mode needs them.
    external: ['jiti', 'tldts', 'httpxy', '@hono/node-server'],
    // The bundle lies as deep as the modules, because they name other files relative to themselves.
    output: {
      file,
      format: 'cjs',
      // A script with cached compiled code cannot use import() (node:vm), but it can use require().
      dynamicImportInCjs: false,
      codeSplitting: false,
      banner: '// @ts-nocheck',
    },
  })
  writeFileSync(at(file), wrapped(lazy(ascii(readFileSync(at(file), 'utf8')))))
  const { keepCompiled } = await import('../bin/bundle.js')
  keepCompiled()
}

if (existsSync(at('src'))) {
  rmSync(at('dist'), { recursive: true, force: true })
  process.exitCode = compile()
  if (process.exitCode === 0) await bundle()
}
