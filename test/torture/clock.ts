import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../helpers/world.js'
import type { Round } from './fault.js'
import { inOutage } from './round.js'

const source = fileURLToPath(new URL('clock.c', import.meta.url))
const library = '/usr/local/lib/clock.so'
const clock = '/usr/local/lib/clock'

/** Gives the machine of a round a clock that can be set. The machine reboots, so that every program has it. */
export const installClock = async (round: Round): Promise<void> => {
  const { agent, machine } = round.world
  if ((await agent.sh(`test -e ${clock} && echo there || true`)) !== '') return
  const bytes = (await compiled()).toString('base64')
  await agent.sh(`base64 -d >${library} <<<'${bytes}'; head -c 8 /dev/zero >${clock}; sync`)
  await agent.sh(`echo ${library} >/etc/ld.so.preload; sync`)
  await inOutage(round, () => machine.reboot())
}

/** Sets the clock of a machine that has one, at once for all programs. */
export const setClock = async ({ world }: Round, seconds: number): Promise<void> => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(seconds))
  await world.agent.sh(`base64 -d <<<${bytes.toString('base64')} | dd of=${clock} conv=notrunc status=none`)
}

const compiled = async (): Promise<Buffer> => {
  const folder = mkdtempSync(join(tmpdir(), 'gatling-clock-'))
  const target = join(folder, 'clock.so')
  try {
    const { code, text } = await run(['cc', '-shared', '-fPIC', '-O2', '-o', target, source])
    if (code !== 0) throw new Error(`a C compiler is needed to set a clock:\n${text}`)
    return readFileSync(target)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
