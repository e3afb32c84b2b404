import { spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { accepts, freePort } from '../../src/hosts/ports.js'
import { startUpstream } from '../helpers/upstream.js'
import { collect, until } from '../helpers/world.js'

it('a port accepts connections while somebody listens on it', async () => {
  const upstream = await startUpstream('shop')
  expect(await accepts(upstream.port)).toBe(true)
  await upstream.close()
  expect(await accepts(upstream.port)).toBe(false)
})

it('the check of a port with a full queue takes seconds, not minutes', async () => {
  const port = await freePort()
  const listens = `require('net').createServer().listen({ port: ${port}, host: '127.0.0.1', backlog: 1 }, () => process.kill(process.pid, 'SIGSTOP'))`
  const program = spawn(process.execPath, ['-e', listens])
  const ended = collect(program)
  const sockets: Socket[] = []
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    program.kill('SIGKILL')
    await ended
  })
  await until(() => accepts(port), 'the program to listen')
  for (let more = 0; more < 8; more++) sockets.push(connect(port, '127.0.0.1').on('error', () => {}))
  await until(async () => !(await accepts(port)), 'the queue to be full', 20_000)
  const began = performance.now()
  expect(await accepts(port)).toBe(false)
  expect(performance.now() - began).toBeLessThan(5_000)
})
