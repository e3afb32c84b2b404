// Runs one `gatling` command line after the other, each as bin/gatling.js would; see gatling.ts.
import { Readable, Writable } from 'node:stream'
import { load } from '../../bin/bundle.js'

const { main } = load()

/** @typedef {{ argv: string[], cwd: string, env: Record<string, string>, input: string }} Call */

/** @param {(text: string) => void} write */
const output = write =>
  new Writable({
    decodeStrings: false,
    write: (text, _, done) => {
      write(String(text))
      done()
    },
  })

/** @param {Call} call */
const run = async ({ argv, cwd, env, input }) => {
  const said = { stdout: '', stderr: '', text: '' }
  const streams = {
    stdin: Readable.from(input === '' ? [] : [Buffer.from(input)]),
    stdout: output(text => {
      said.stdout += text
      said.text += text
    }),
    stderr: output(text => {
      said.stderr += text
      said.text += text
    }),
  }
  for (const [name, value] of Object.entries(streams))
    Object.defineProperty(process, name, { configurable: true, value })
  Object.assign(process.env, env)
  process.chdir(cwd)
  process.exitCode = 0
  await main(argv)
  await end()
  const code = process.exitCode
  process.exitCode = 0
  for (const name of Object.keys(env)) delete process.env[name]
  Object.assign(process.env, own)
  return { code, ...said }
}

const own = { ...process.env }
/** The number of resources that keep this process alive between two calls. */
const idle = process.getActiveResourcesInfo().length

/** Waits until nothing is open, because a separate process would wait for its timers, connections and programs, too. */
const end = async () => {
  const deadline = Date.now() + 20_000
  while (left().length > 0) {
    if (Date.now() > deadline) throw new Error(`still open: ${left().join(', ')}`)
    await new Promise(resolve => setImmediate(resolve))
  }
}
const left = () => process.getActiveResourcesInfo().slice(idle)

process.on('message', async call => {
  process.send?.(await run(/** @type {Call} */ (call)))
})
process.on('disconnect', () => process.exit())
