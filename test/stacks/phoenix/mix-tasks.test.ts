import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Command, Host } from '../../../src/core/host.js'
import { cancelled } from '../../../src/deploy/errors.js'
import { localHost } from '../../../src/hosts/local.js'
import { oneVm } from '../../../src/stacks/phoenix/commands/mix.js'
import { failureOf } from '../../helpers/failure.js'
import { isGone, until } from '../../helpers/world.js'

const mixExs = `defmodule Shop.MixProject do
  use Mix.Project
  def project, do: [app: :shop, version: "1.0.0", aliases: [both: ["wander", "pid"]]]
end

defmodule Mix.Tasks.Pid do
  use Mix.Task
  def run(args), do: IO.puts(Enum.join(["#{System.pid()} in #{File.cwd!()}" | args], ", "))
end

defmodule Mix.Tasks.Wander do
  use Mix.Task
  def run(_), do: File.cd!("/")
end

defmodule Mix.Tasks.Halt do
  use Mix.Task
  def run(_), do: System.halt(0)
end

defmodule Mix.Tasks.Stop do
  use Mix.Task
  def run([status]), do: System.stop(String.to_integer(status))
end

defmodule Mix.Tasks.Litter do
  use Mix.Task
  def run(_) do
    spawn_link(fn -> Process.sleep(300) && exit(:boom) end)
    Agent.start_link(fn -> nil end, name: Litter)
    {:ok, device} = StringIO.open("")
    Process.group_leader(self(), device)
  end
end

defmodule Mix.Tasks.Tidy do
  use Mix.Task
  def run(args) do
    nil = Process.whereis(Litter)
    Process.sleep(500)
    IO.inspect({System.argv(), args})
  end
end

defmodule Mix.Tasks.Refuse do
  use Mix.Task
  def run(_), do: Mix.raise("not so fast")
end

defmodule Mix.Tasks.Ask do
  use Mix.Task
  def run(_), do: IO.inspect(IO.gets("Shall I? "))
end

defmodule Mix.Tasks.Tell do
  use Mix.Task
  def run(_) do
    IO.puts(System.pid())
    for n <- 1..5_000, do: IO.puts(n)
    IO.puts(:stderr, "and one more")
    IO.write("no line")
  end
end

defmodule Mix.Tasks.Sleep do
  use Mix.Task
  def run(_) do
    IO.puts(System.pid())
    System.cmd("sh", ["-c", "sleep 1000 & echo $! >child; wait"])
  end
end
`

describe('mix tasks in one VM', () => {
  let folder: string
  let abort: AbortController
  let host: Host
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatling-test-'))
    writeFileSync(join(folder, 'mix.exs'), mixExs)
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  const start = (): void => {
    abort = new AbortController()
    host = localHost({ environment: process.env, emit: () => {}, signal: abort.signal })
  }
  afterEach(() => host.rest())

  const task = (name: string, isLast = false): Command => ({
    argv: ['mix', ...name.split(' ')] as ['mix', ...string[]],
    cwd: folder,
    env: { MIX_ENV: 'prod' },
    runner: oneVm(isLast),
  })
  const pid = async (): Promise<number> => Number.parseInt(await host.run(task('pid')), 10)

  it('run as if each were alone, every time that they are called', async () => {
    start()
    const first = await pid()
    expect(await host.run(task('both'))).toBe(`${first} in /`)
    expect(await host.run(task('pid --only prod', true))).toBe(`${first} in ${folder}, --only, prod`)
    expect(await pid()).not.toBe(first)
  })

  it('start a new VM after a rest', async () => {
    start()
    const first = await pid()
    await host.rest()
    expect(isGone(first)).toBe(true)
    expect(await pid()).not.toBe(first)
  })

  it('fail with the message and status of mix, without harm to the next task', async () => {
    start()
    await pid()
    const error = await failureOf(() => host.run(task('refuse')))
    expect(error.message).toContain('`mix refuse` ended with status 1')
    expect(error.message).toContain('** (Mix) not so fast')
    const unknown = await failureOf(() => host.run(task('no_such_task')))
    expect(unknown.message).toContain('The task "no_such_task" could not be found')
    await pid()
  })

  it.each(['halt', 'stop 0'])(
    'can end the VM successfully, and the next task runs anyway (%s)',
    async ends => {
      start()
      const first = await pid()
      await host.run(task(ends))
      expect(await pid()).not.toBe(first)
    },
  )

  it('fail if they stop the VM with a status', async () => {
    start()
    const error = await failureOf(() => host.run(task('stop 3')))
    expect(error.message).toContain('`mix stop 3` ended with status 3')
  })

  it('leave no process, output device or arguments to the next task', async () => {
    start()
    await host.run(task('litter'))
    expect(await host.run(task('tidy up'))).toBe('{["tidy", "up"], ["up"]}')
  })

  it('get the end of input when they ask a question', async () => {
    start()
    expect(await host.run(task('ask'))).toMatch(/:eof/)
    await pid()
  })

  it('fetch Hex without a question if an app of an umbrella needs it', async () => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.writeHead(404).end()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const umbrella = join(folder, 'umbrella')
    mkdirSync(join(umbrella, 'apps', 'web'), { recursive: true })
    const project = (name: string, says: string): string =>
      `defmodule ${name}.MixProject do\n  use Mix.Project\n  def project, do: [${says}, version: "1.0.0"]\nend\n`
    writeFileSync(join(umbrella, 'mix.exs'), project('Umbrella', 'apps_path: "apps"'))
    const child = 'app: :web, deps: [{:jason, "~> 1.4"}], deps_path: "../../deps", lockfile: "../../mix.lock"'
    writeFileSync(join(umbrella, 'apps', 'web', 'mix.exs'), project('Web', child))
    start()
    const mirror = `http://127.0.0.1:${port}`
    const env = { MIX_HOME: join(folder, 'mix'), HEX_MIRROR: mirror, HEX_BUILDS_URL: mirror }
    await failureOf(() => host.run({ ...task('deps.get'), cwd: umbrella, env }))
    server.close()
    expect(asked.join()).toContain('/installs/')
  })

  it('have printed all their output when they end', async () => {
    start()
    const lines = (await host.run(task('tell'))).split('\n')
    expect(lines).toContain('and one more')
    expect(lines).toContain('no line')
    expect(lines).toHaveLength(5_003)
    expect(await host.run(task('pid'))).not.toContain('5000')
  })

  it('stop with all their processes when the deploy is cancelled', async () => {
    start()
    const sleeping = failureOf(() => host.run(task('sleep')))
    const child = await until(() => Number(readIfThere(join(folder, 'child'))), 'the child to run', 20_000)
    abort.abort(cancelled('jane', 'push', 'shop'))
    expect((await sleeping).code).toBe('CANCELLED')
    await until(() => isGone(child), 'the child to be gone')
  })
})

const readIfThere = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
