import { describe, expect, it } from 'vitest'
import { localHost } from '../../src/hosts/local.js'
import { failureOf } from '../helpers/failure.js'
import { isGone, until } from '../helpers/world.js'

const listening = () => {
  const said: string[] = []
  const host = localHost({
    environment: process.env,
    emit: event => {
      if (event.type === 'output') said.push(event.text)
    },
    signal: new AbortController().signal,
  })
  return { said, host }
}

describe('a command on this machine', () => {
  it('that tells of its progress on one line is heard once, with what a terminal shows then', async () => {
    const { said, host } = listening()
    await host.run({ argv: ['printf', 'Receiving:  9%%\\rReceiving: 100%%, done.\\r\\nplain\\n'] })
    expect(said).toEqual(['Receiving: 100%, done.', 'plain'])
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
    expect(error.message).toContain('did not end within 3 s and was stopped')
    const child = Number(said[0])
    expect(child).toBeGreaterThan(1)
    await until(() => isGone(child), 'the child to be gone')
  })
})
