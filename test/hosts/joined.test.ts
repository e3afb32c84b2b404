import { expect, it } from 'vitest'
import type { Command } from '../../src/core/host.js'
import { runJoined } from '../../src/hosts/joined.js'

const sh = (script: string): Command => ({ argv: ['sh', '-c', script] })

it('gives each of two programs what the other writes', async () => {
  const [one, other] = await runJoined(sh('echo question; read a; echo "$a" >&2'), sh('read q; echo "to $q"'))
  expect(one).toEqual({ status: 0, stderr: 'to question\n' })
  expect(other.status).toBe(0)
})

it('ends when one of them ends while the other still writes', async () => {
  const [one, other] = await runJoined(
    sh('head -c 10000000 /dev/zero; read end || exit 3'),
    sh('head -c 10 >/dev/null; echo full >&2; exit 1'),
  )
  expect(one.status).toBe(3)
  expect(other).toEqual({ status: 1, stderr: 'full\n' })
})
