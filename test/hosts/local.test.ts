import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { localHost } from '../../src/hosts/local.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'
import { isGone, root, run, until } from '../helpers/world.js'

const newFolder = temporaryFolders()

const listening = (patience?: number) => {
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
  it('ends with its process, whatever that has left with its output, and lets this process end', async () => {
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

  it('that shows its progress on one line is heard once, with what a terminal shows at the end', async () => {
    const { said, host } = listening()
    await host.run({ argv: ['printf', 'Receiving:  9%%\\rReceiving: 100%%, done.\\r\\nplain\\n'] })
    expect(said).toEqual(['Receiving: 100%, done.', 'plain'])
  })

  it('that the kernel can have killed names what to do about memory', async () => {
    const error = await failureOf(() => listening().host.run({ argv: ['sh', '-c', 'kill -9 $$'] }))
    expect(error.message).toContain('was killed by SIGKILL')
    expect(error.hint).toContain('`[build] memory`')
  })

  it.each([
    [
      'node',
      ['node', '-e', `require('child_process').exec(process.argv[1], (_, out) => console.log(out.trim()))`],
    ],
    ['a BEAM', ['elixir', '-e', 'IO.puts(elem(System.cmd("sh", ["-c" | System.argv()]), 0))']],
  ] as const)('of %s is not held up by a program that another has left with a pipe', async (_, argv) => {
    const { said, warnings, host } = listening(300)
    await host.run({ argv: [...argv, 'setsid sleep 600 & echo $!'] })
    const left = Number(said[0])
    expect(left).toBeGreaterThan(1)
    await until(() => isGone(left), 'the end of what was left')
    expect(warnings).toEqual([expect.stringMatching(/^`sleep 600` still held the output of a program/)])
  })

  it('leaves a server alone that its own programs talk to', async () => {
    const { said, warnings, host } = listening(100)
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

  it('goes on with the programs that it waits for itself, however they do with their output', async () => {
    const { said, warnings, host } = listening(100)
    await host.run({ argv: ['sh', '-c', '(setsid sh -c "sleep 1; echo late" | cat) 2>&1'] })
    expect(said).toEqual(['late'])
    expect(warnings).toEqual([])
  })

  it.each([
    ['that ends when it is told to', '', ''],
    ['that does not listen', "trap '' TERM; ", ''],
    ['whose programs are in a group of their own, as those of a BEAM', '', 'setsid '],
  ])('%s is stopped when its time is over, with all it has started', async (_, deaf, own) => {
    const { said, host } = listening()
    const script = `${deaf}${own}sleep 1000 & echo $!; wait; sleep 1000`
    const error = await failureOf(() => host.run({ argv: ['sh', '-c', script], timeoutMs: 3_000 }))
    expect(error.code).toBe('COMMAND_LATE')
    expect(error.message).toContain('did not end within 3 s, so Gatling stopped it')
    const child = Number(said[0])
    expect(child).toBeGreaterThan(1)
    await until(() => isGone(child), 'the child to be gone')
  })
})
