import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root, until } from '../helpers/world.js'
import { createFleet, fleetMs, type TestFleet } from './fleet.js'
import { createLab, type Lab, type Machine } from './machine.js'
import { type ServerApp, watched } from './server.js'

/** Does what dns_cluster does, more often, and says whom the node meets. */
const cluster = `defmodule Counter.Cluster do
  use GenServer

  def start_link(query), do: GenServer.start_link(__MODULE__, query)

  @impl true
  def init(query) do
    :net_kernel.monitor_nodes(true)
    {:ok, query, {:continue, :look}}
  end

  @impl true
  def handle_continue(:look, query), do: look(query)

  @impl true
  def handle_info({:nodeup, other}, query) do
    IO.puts("#{node()} meets #{other}")
    {:noreply, query}
  end

  def handle_info({:nodedown, _other}, query), do: {:noreply, query}
  def handle_info(:look, query), do: look(query)

  defp look(query) do
    [name, _] = String.split(to_string(node()), "@")

    with {:ok, {:hostent, _, _, _, _, addresses}} <- :inet_res.getbyname(to_charlist(query), :a) do
      for address <- addresses, do: Node.connect(:"#{name}@#{:inet.ntoa(address)}")
    end

    Process.send_after(self(), :look, 500)
    {:noreply, query}
  end
end
`

const application = readFileSync(join(root, 'examples/counter/lib/counter/application.ex'), 'utf8').replace(
  '++ listener()',
  '++ for(query <- List.wrap(System.get_env("DNS_CLUSTER_QUERY")), do: {Counter.Cluster, query}) ++ listener()',
)

const minutes = 60_000
let lab: Lab
let fleet: TestFleet
let shop: ServerApp

/** Evaluates Elixir in the instance on a machine. @returns what it prints. */
const evaluate = async ({ run }: Machine, code: string): Promise<string> =>
  (await run(['gatling', 'console', 'shop'], { input: `IO.puts(inspect(${code}))` })).stdout.trim()

/** Waits until the instances on both machines run in this slot, and each knows the other. */
const untilTogether = async (slot: 'a' | 'b'): Promise<void> => {
  const of = (machine: 1 | 2): string => `:"shop@10.83.${machine}.${slot === 'a' ? 2 : 3}"`
  const [first, second] = fleet.machines as [Machine, Machine]
  await until(
    async () =>
      (await evaluate(first, '{node(), Node.list()}')) === `{${of(1)}, [${of(2)}]}` &&
      (await evaluate(second, '{node(), Node.list()}')) === `{${of(2)}, [${of(1)}]}`,
    `the instances in slot ${slot} to meet`,
    minutes,
  )
}

/** Returns who has ever met whom, as the last numbers of their addresses: 2 is slot a, and 3 slot b. */
const meetings = async (): Promise<string[]> => {
  const said = await Promise.all(
    fleet.machines.map(({ sh }) => sh('journalctl -o cat --no-pager -t shop | grep " meets " || true')),
  )
  const pairs = [...said.join('').matchAll(/@10\.83\.\d\.(\d) meets shop@10\.83\.\d\.(\d)/g)]
  return [...new Set(pairs.map(([, one, other]) => `${one} ${other}`))].sort()
}

const pushed = async (): Promise<string> => {
  const { code, text } = await shop.push()
  expect(code, text).toBe(0)
  return text
}

beforeAll(async () => {
  lab = await createLab()
  fleet = await createFleet(lab, { names: ['n1', 'n2'] })
  shop = await fleet.lead.app('shop', {
    'gatling.toml': watched,
    'lib/counter/cluster.ex': cluster,
    'lib/counter/application.ex': application.replaceAll(':counter', ':shop'),
  })
  await pushed()
}, fleetMs)
afterAll(async () => {
  await lab?.close()
  fleet?.close()
})

it('the instances of an app on two machines form a cluster after the next swap', async () => {
  const { machine } = fleet.lead
  await machine.sh('NO_COLOR=1 gatling scale shop 2', { timeoutMs: 2 * minutes })
  expect(await evaluate(machine, '{node(), Node.list()}')).toMatch(/^\{:"shop_a@127\.[\d.]+", \[\]\}$/)
  await shop.commit({})
  expect(await pushed()).toMatch(/swap: [A-Z_]+ was set, changed or unset/)
  await untilTogether('b')
  const ask = ':erpc.call(hd(Node.list()), :erlang, :node, []) == hd(Node.list())'
  expect(await evaluate(machine, ask)).toBe('true')
})

it('a hot upgrade keeps the cluster, and a swap keeps old and new apart', async () => {
  await shop.greet('Hello, cluster')
  expect(await pushed()).toContain('hot: 1 module')
  await untilTogether('b')
  await shop.commit({ 'gatling.toml': watched.replace('[upgrade]', '[upgrade]\nmode = "swap"') })
  await pushed()
  await untilTogether('a')
  expect(await meetings()).toEqual(['2 2', '3 3'])
})

it(
  "another app's user cannot join the cluster without its cookie",
  async () => {
    const { sh } = fleet.lead.machine
    await sh('useradd evil')
    const join = `net_kernel:connect_node(list_to_atom("shop@10.83.2.2"))`
    const flags = '-noshell -name evil@10.83.1.9 -start_epmd false -erl_epmd_port 32502 -dist_listen false'
    const tried = await sh(
      `cd /tmp; HOME=/tmp runuser -u evil -- erl ${flags} -setcookie guess -eval 'io:format("~p", [${join}]), halt().'`,
    )
    expect(tried).toBe('false')
  },
  minutes,
)
