import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../helpers/world.js'
import { createFleet, fleetMs, type TestFleet } from './fleet.js'
import { createLab, type Lab, type Machine } from './machine.js'
import { load, page, type ServerApp, serverOn } from './server.js'

const state = '/var/lib/gatling/apps/shop'
/** A bash expression for the folder of the newest run of a machine. */
const run = `${state}/runs/$(ls ${state}/runs | sort -n | tail -1)`
const settings = (watch: string): string =>
  `[health]\npath = "/health"\nwatch = "${watch}"\n\n[upgrade]\nwatch = "${watch}"\n\n[drain]\ntimeout = "2s"\n`

/** A route whose health depends on the machine: release "ill" is ill on n2. */
const health = `defp route("GET", ["health"], _request) do
    {:ok, name} = :inet.gethostname()
    if name == ~c"n2" and Counter.greeting() == "ill", do: text(500, "ill"), else: text(200, "ok")
  end`

let lab: Lab
let fleet: TestFleet
let app: ServerApp
let [n1, n2, n3]: Machine[] = []

const lead = (): Machine => n1 as Machine
const other = (): Machine => n2 as Machine
const spare = (): Machine => n3 as Machine
const versionOn = async ({ address }: Machine): Promise<{ greeting: string; os_pid: number }> => {
  const { status, body } = await serverOn({ address } as Machine).get('shop.test')
  return status === 200 ? JSON.parse(body) : { greeting: `status ${status}`, os_pid: 0 }
}
const greetings = async (): Promise<string[]> =>
  Promise.all([lead(), other()].map(async machine => (await versionOn(machine)).greeting))
const currentOn = async (machine: Machine): Promise<string> =>
  (await machine.sh(`readlink ${state}/deploy/current`)).trim()
const push = async (greeting: string): ReturnType<ServerApp['push']> => {
  await app.greet(greeting)
  return app.push()
}
/** Kills the newest process whose command line matches, once a bash condition holds. */
const killOnce = (machine: Machine, pattern: string, condition: string): Promise<string> =>
  machine.sh(
    `for i in $(seq 1 1500); do p=$(pgrep -f '${pattern}' | tail -1) || true; if [ -n "$p" ] && ${condition}; then kill -9 $p; exit; fi; sleep .02; done; exit 1`,
    { timeoutMs: 60_000 },
  )
const following = '[g]atling.js node follow shop'
const performing = '[g]atling.js perform shop'
const switched = `grep -q "new code runs" ${run}/events.jsonl`

beforeAll(async () => {
  lab = await createLab()
  fleet = await createFleet(lab, { managers: ['n2', 'n3'] })
  ;[n1, n2, n3] = [...fleet.machines]
  app = await fleet.lead.app('shop', { 'gatling.toml': settings('0s') })
  const first = await app.push()
  expect(first.text).toContain('Release 1 is live')
  const scaled = await fleet.lead.over(['scale', 'shop', '3'])
  expect(scaled.code, scaled.text).toBe(0)
  const second = await push('second')
  expect(second.text).toContain('Release')
}, fleetMs)

afterAll(async () => {
  await lab?.close()
  fleet?.close()
})

describe('a push on a fleet', () => {
  it('upgrades every instance hot at the same time, under load', async () => {
    const loads = [lead(), other()].map(({ address }) => load(address, 'shop.test', 2))
    const pages = await Promise.all([lead(), other()].map(({ address }) => page(address, 'shop.test')))
    const before = await Promise.all([lead(), other()].map(versionOn))
    const pushed = await push('hot')
    const [here, there] = await Promise.all(loads.map(one => one.end()))
    expect(pushed.text).toContain('hot: the running app took over')
    expect(pushed.text).toMatch(/n2 .*the new code runs after/)
    expect(pushed.text).toMatch(/n3 .*has release/)
    expect(await greetings()).toEqual(['hot', 'hot'])
    const after = await Promise.all([lead(), other()].map(versionOn))
    expect(after.map(one => one.os_pid)).toEqual(before.map(one => one.os_pid))
    expect(here?.failures).toEqual([])
    expect(there?.failures).toEqual([])
    expect(pages.map(one => one.closed())).toEqual([null, null])
    for (const one of pages) one.end()
    expect(await currentOn(spare())).toBe(await currentOn(lead()))
  })

  it('swaps every instance, under load, and goes back by a rollback', async () => {
    const loads = [lead(), other()].map(({ address }) => load(address, 'shop.test', 2))
    const before = await currentOn(lead())
    const swapped = await fleet.lead.over(['redeploy', 'shop', '--mode', 'swap'])
    expect(swapped.text).toContain('swapped: the new version took over')
    expect(swapped.text).toMatch(/n2 .*healthy on port/)
    const back = await fleet.lead.over(['rollback', 'shop'])
    expect(back.code, back.text).toBe(0)
    const [here, there] = await Promise.all(loads.map(one => one.end()))
    expect([...(here?.failures ?? []), ...(there?.failures ?? [])]).toEqual([])
    expect([await currentOn(lead()), await currentOn(other())]).toEqual([before, before])
  })

  it('reverts everywhere if the new version is ill on one machine', async () => {
    const router = await lead().sh(`cat ${state}/build/lib/counter/router.ex`)
    await app.commit({
      'gatling.toml': settings('3s'),
      'lib/counter/router.ex': router.replace(
        'defp route("GET", ["health"], _request), do: text(200, "ok")',
        health,
      ),
    })
    expect((await push('well')).code).toBe(0)
    const pushed = await push('ill')
    expect(pushed.code).not.toBe(0)
    expect(pushed.text).toContain('n2: after the new version took over, GET /health')
    expect(pushed.text).toContain('is marked as bad')
    expect(await greetings()).toEqual(['well', 'well'])
  })

  it('switches nothing if a machine has no space', async () => {
    const before = await currentOn(lead())
    await other().sh(
      'fallocate -l $(( $(df --output=avail -B1 /var/lib/gatling | tail -1) - 300000 )) /var/lib/gatling/fill',
    )
    await app.commit({ 'priv/blob': 'x'.repeat(3_000_000) })
    const pushed = await push('full')
    await other().sh('rm /var/lib/gatling/fill')
    await app.commit({ 'priv/blob': null })
    expect(pushed.text).toContain('no space left on the disk')
    expect(await greetings()).toEqual(['well', 'well'])
    expect([await currentOn(lead()), await currentOn(other())]).toEqual([before, before])
  })

  it.each([
    ['while it plans', 'true'],
    ['after the switch', switched],
  ])(
    'is undone if a follower is killed %s',
    async (_, condition) => {
      const killed = killOnce(other(), following, condition)
      const pushed = await push('killed')
      await killed
      expect(pushed.code).not.toBe(0)
      await until(async () => (await greetings()).join() === 'well,well', 'the old version on both machines')
    },
    120_000,
  )

  it('is undone everywhere if its process is killed before the decision', async () => {
    const killed = killOnce(lead(), performing, switched)
    const pushed = await push('unled')
    await killed
    expect(pushed.code).not.toBe(0)
    await until(async () => (await greetings()).join() === 'well,well', 'the old version on both machines')
    expect(await currentOn(other())).toBe(await currentOn(lead()))
  })

  it('ends as decided if its process is killed once it has voted', async () => {
    const killed = killOnce(lead(), performing, `[ -e ${run}/vote.json ]`)
    await push('voted')
    await killed
    await until(async () => (await currentOn(other())) === (await currentOn(lead())), 'one release on both')
    await until(async () => new Set(await greetings()).size === 1, 'one version on both')
    const decided = await lead().sh(
      `r=$(ls ${state}/runs | sort -n | tail -1); docker config inspect gatling.shop.$r --format '{{json .Spec.Data}}' | tr -d '"' | base64 -d`,
    )
    expect(await greetings()).toEqual(decided === 'committed' ? ['voted', 'voted'] : ['well', 'well'])
    expect((await push('well')).code).toBe(0)
  })

  it('is undone if the line to a machine breaks before the decision', async () => {
    const cut = lead()
      .until(`[ -e ${run}/events.jsonl ] && ${switched}`, 'the switch')
      .then(() => other().cut())
    const pushed = await push('cut')
    await cut
    expect(pushed.code).not.toBe(0)
    expect((await versionOn(lead())).greeting).toBe('well')
    await other().until(
      `curl -s -H 'Host: shop.test' localhost/version | grep -q well`,
      'the old version there',
    )
    await other().uncut()
    expect(await greetings()).toEqual(['well', 'well'])
  })

  it('goes on if the line breaks once the decision is asked for, and the machine learns it later', async () => {
    // Docker does not answer, so the decision waits while the line is cut.
    const paused = lead()
      .until(`[ -e ${run}/events.jsonl ] && ${switched}`, 'the switch')
      .then(() => lead().sh('pkill -STOP -x dockerd'))
    const pushing = push('final')
    await paused
    await lead().until(`[ -e ${run}/vote.json ]`, 'the vote')
    await other().cut()
    await lead().sh('pkill -CONT -x dockerd')
    const pushed = await pushing
    expect(pushed.code, pushed.text).toBe(0)
    // It serves the new code, and does not know yet.
    await other().sh("curl -s -H 'Host: shop.test' localhost/version | grep -q final")
    expect(await currentOn(other())).not.toBe(await currentOn(lead()))
    await other().uncut()
    await until(async () => (await currentOn(other())) === (await currentOn(lead())), 'the commit there')
    expect(await greetings()).toEqual(['final', 'final'])
  })

  it('is refused if a machine is down, unless it is left out', async () => {
    await other().cut()
    const refused = await push('alone')
    expect(refused.text).toContain('FLEET_NODE_AWAY')
    const left = await fleet.lead.over(['redeploy', 'shop', '--without', 'n2'])
    expect(left.code, left.text).toBe(0)
    expect((await versionOn(lead())).greeting).toBe('alone')
    await other().uncut()
    // The manager that was cut off calls an election. Until that is over, every deploy is refused.
    await lead().until('docker node ls >/dev/null 2>&1', 'the Swarm to have a leader')
    const together = await push('together')
    expect(together.code, together.text).toBe(0)
    expect(await greetings()).toEqual(['together', 'together'])
  })
})
