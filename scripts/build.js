// Compiles src/ to dist/, and what the command runs to one file of it. Installed as a package there is no src/ and
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

/** The same program with its other characters escaped: bin/bundle.js says why. @param {string} text */
const ascii = text =>
  text.replace(/[\u0080-\uffff]/g, found => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Modules of node that take it some ms to load. Most commands need none of them, and one file would load them all at its start. */
const slowModules = ['node:http', 'node:crypto', 'node:readline/promises', 'node:stream/consumers']

/** The same program, in which each slow module is loaded when something of it is first used. @param {string} text */
const lazy = text =>
  text.replace(/^let (\w+) = require\("([^"]+)"\);$/gm, (line, name, module) =>
    slowModules.includes(module)
      ? `let ${name} = new Proxy({}, { get: (_, name) => require("${module}")[name] });`
      : line,
  )

/** Every push starts the command: finding and reading its hundred files would take longer than what they do. */
const bundle = async () => {
  const { build } = await import('rolldown')
  await build({
    cwd: at(''),
    input: 'src/cli/main.ts',
    platform: 'node',
    // jiti loads its compiler from its own folder. The list of tldts is long, and only a deploy needs it. httpxy loads HTTP/2,
    // and only embedded mode needs it; so does @hono/node-server.
    external: ['jiti', 'tldts', 'httpxy', '@hono/node-server'],
    // As deep as the modules, which name other files by their own place.
    output: {
      file,
      format: 'cjs',
      // A script whose compiled form was kept cannot import() (node:vm); it can require().
      dynamicImportInCjs: false,
      codeSplitting: false,
      banner: '// @ts-nocheck',
    },
  })
  writeFileSync(at(file), lazy(ascii(readFileSync(at(file), 'utf8'))))
  const { keepCompiled } = await import('../bin/bundle.js')
  keepCompiled()
}

if (existsSync(at('src'))) {
  rmSync(at('dist'), { recursive: true, force: true })
  process.exitCode = compile()
  if (process.exitCode === 0) await bundle()
}
