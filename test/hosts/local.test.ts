import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { localHost } from '../../src/hosts/local.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'
import { isGone, root, run, until } from '../helpers/world.js'

const newFolder = temporaryFolders()

const recording = (patience?: number) => {
  const said: string[] = []
  const warnings: string[] = []
  const host = localHost({
    environment: process.env,
    emit: event => {
      if (event.type === 'output') said.push(event.text)
      if (event.type === 'warning') warnings.push(event.text)
    },
    ...(patience === undefined ? {} : { patience }),
    signal: new AbortController().signal,
  })
  return { said, warnings, host }
}

describe('a command on this machine', () => {
  it('ends with its process, even when a child still holds its output', async () => {
    const script = `
      const { localHost } = await import(process.argv[1])
      const said = []
      const signal = new AbortController().signal
      const host = localHost({ environment: process.env, emit: event => said.push(event.text), signal })
      await host.run({ argv: ['sh', '-c', 'setsid sleep 600 & echo $!'] })
      console.log(said.at(-1))`
    const local = pathToFileURL(join(root, 'dist', 'hosts', 'local.js')).href
    const { code, stdout } = await run([process.execPath, '--input-type=module', '-e', script, local])
    expect(code).toBe(0)
    const left = Number(stdout)
    expect(isGone(left)).toBe(false)
    process.kill(left, 'SIGKILL')
  })

  it('that rewrites a line gives only the last text of the line', async () => {
    const { said, host } = recording()
    await host.run({ argv: ['printf', 'Receiving:  9%%\\rReceiving: 100%%, done.\\r\\nplain\\n'] })
    expect(said).toEqual(['Receiving: 100%, done.', 'plain'])
  })

  it('that was killed by SIGKILL gets a hint about memory', async () => {
    const error = await failureOf(() => recording().host.run({ argv: ['sh', '-c', 'kill -9 $$'] }))
    expect(error.message).toContain('was killed by SIGKILL')
    expect(error.hint).toContain('`[build] memory`')
  })

  it.each([
    [
      'node',
      ['node', '-e', `require('child_process').exec(process.argv[1], (_, out) => console.log(out.trim()))`],
    ],
    ['a BEAM', ['elixir', '-e', 'IO.puts(elem(System.cmd("sh", ["-c" | System.argv()]), 0))']],
  ] as const)('of %s does not wait for a program that still holds a pipe', async (_, argv) => {
    const { said, warnings, host } = recording(300)
    await host.run({ argv: [...argv, 'setsid sleep 600 & echo $!'] })
    const left = Number(said[0])
    expect(left).toBeGreaterThan(1)
    await until(() => isGone(left), 'the end of what was left')
    expect(warnings).toEqual([expect.stringMatching(/^`sleep 600` still held the output of a program/)])
  })

  it('does not stop a server that its own programs use', async () => {
    const { said, warnings, host } = recording(100)
    const socket = join(newFolder(), 'socket')
    const serves = `require('net').createServer(() => {}).listen('${socket}')`
    const uses = `require('net').connect('${socket}'); setTimeout(() => process.exit(), 1000)`
    const script = `(setsid node -e "$1" >/dev/null 2>&1 & echo $!)
      until [ -S "$3" ]; do sleep .05; done
      node -e "$2"`
    await host.run({ argv: ['sh', '-c', script, 'sh', serves, uses, socket] })
    expect(warnings).toEqual([])
    const server = Number(said[0])
    expect(isGone(server)).toBe(false)
    process.kill(server, 'SIGKILL')
  })

  it('does not stop a program that it waits for itself', async () => {
    const { said, warnings, host } = recording(100)
    await host.run({ argv: ['sh', '-c', '(setsid sh -c "sleep 1; echo late" | cat) 2>&1'] })
    expect(said).toEqual(['late'])
    expect(warnings).toEqual([])
  })

  it.each([
    ['that ends on SIGTERM', '', ''],
    ['that ignores SIGTERM', "trap '' TERM; ", ''],
    ['whose programs have their own process group, as those of a BEAM', '', 'setsid '],
  ])('%s is stopped at its timeout, with its children', async (_, deaf, own) => {
    const { said, host } = recording()
    const script = `${deaf}${own}sleep 1000 & echo $!; wait; sleep 1000`
    const error = await failureOf(() => host.run({ argv: ['sh', '-c', script], timeoutMs: 3_000 }))
    expect(error.code).toBe('COMMAND_LATE')
    expect(error.message).toContain('did not end within 3 s, so Gatling stopped it')
    const child = Number(said[0])
    expect(child).toBeGreaterThan(1)
    await until(() => isGone(child), 'the child to be gone')
  })
})
