import { complaintOf } from '../core/complaint.js'
import { onLoopback } from '../core/endpoint.js'
import type { Env } from '../core/env.js'
import { asksFor, type Health, healthOf, unhealthy } from '../core/health.js'
import type { PortAdvice, Runtime } from '../core/runtime.js'
import { seconds } from '../core/seconds.js'
import type { Exit } from '../core/service-manager.js'
import { bootCrash, neverHealthy, portTaken } from './errors.js'

/** Time between two looks at an instance that boots, in ms. */
const pollMs = 20
/** Time between two looks at an instance that answers already, but is not healthy, in ms. */
const sickPollMs = 100
/** How long one answer may take, in ms. */
const probeTimeoutMs = 5_000

/**
 * Starts the new version in its slot and waits until it is healthy.
 * @throws GatlingError BOOT_CRASH, PORT_TAKEN or NEVER_HEALTHY, with the last lines of the new version. `undo` stops
 * it.
 */
export const startHealthy = async (env: Env, runtime: Runtime): Promise<void> => {
  const began = performance.now()
  await start(env, runtime)
  await untilHealthy(env, runtime, began)
}

/**
 * Starts the new version in its slot and waits until it listens. Its health can depend on a later step.
 * @throws GatlingError as {@link startHealthy}.
 */
export const startListening = async (env: Env, runtime: Runtime): Promise<void> => {
  await start(env, runtime)
  await until(env, runtime, lookWhetherItListens)
}

/**
 * Waits until the new version is healthy.
 * @param began its start, by performance.now().
 * @throws GatlingError as {@link startHealthy}.
 */
export const untilHealthy = async (env: Env, runtime: Runtime, began = performance.now()): Promise<void> => {
  await until(env, runtime, look)
  runtime.note(`healthy on port ${env.available_port} after ${seconds(performance.now() - began)}`)
}

const start = async (env: Env, runtime: Runtime): Promise<void> => {
  await noteLeftover(env, runtime)
  await runtime.services.start({
    project: env.project,
    slot: env.slot,
    release: env.release,
    processes: { web: onLoopback(env.available_port) },
    config: env.config_release,
  })
}

/** Tells the user that an instance still runs in the slot. `services.start` stops it. */
const noteLeftover = async ({ project, slot }: Env, { services, note }: Runtime): Promise<void> => {
  const left = (await services.list(project)).find(instance => instance.slot === slot)
  if (left) note(`release ${left.release} had not stopped, so Gatling stopped it now`)
}

const until = async (env: Env, runtime: Runtime, ask: typeof look): Promise<void> => {
  const { health_path: path, health_timeout: timeoutMs } = env.timing
  const deadline = performance.now() + timeoutMs
  while (true) {
    // Gatling asks once more when the time is over, because this process can have been slow as well.
    const isLast = performance.now() > deadline
    // A look reads the kernel's tables of connections, which takes milliseconds. A connection to a closed port is cheap.
    const isWorthALook = isLast || (await runtime.host.accepts(env.available_port))
    const answer = isWorthALook ? await ask(env, runtime) : notYet
    if (answer.healthy) return
    // Between two looks it waits for the death of the instance, and so notices it at once.
    const pause = isWorthALook ? sickPollMs : pollMs
    const exit = await runtime.services.exited(env.project, env.slot, isLast ? 0 : pause)
    if (exit) throw crashed(env, exit)
    if (!isLast) continue
    const lines = await runtime.services.lastLines(env.project, env.slot)
    const said = complaintOf(lines, env.own_apps)
    throw neverHealthy(env, [path, env.available_port, timeoutMs / 1_000], answer, said)
  }
}

const notYet = unhealthy('it does not listen yet')

/** Asks an instance once. First it checks that the instance owns the port, so that no other program answers in its place. */
export const look = async (env: Env, { host, services, advice }: Runtime): Promise<Health> => {
  const ports = await services.listening(env.project, env.slot)
  if (!ports.includes(env.available_port)) return unhealthy(silence(env, ports, advice))
  return healthOf(host.probe, {
    port: env.available_port,
    path: env.timing.health_path,
    ...asksFor(env.url),
    timeoutMs: probeTimeoutMs,
  })
}

const lookWhetherItListens: typeof look = async (env, { services, advice }) => {
  const ports = await services.listening(env.project, env.slot)
  const listens = ports.includes(env.available_port)
  return { ...unhealthy(silence(env, ports, advice)), healthy: listens }
}

const silence = (env: Env, ports: readonly number[], { elsewhere, nowhere }: PortAdvice = anyApp): string =>
  ports.length > 0
    ? `it listens on ${ports.join(', ')} but not on PORT=${env.available_port}; ${elsewhere}`
    : `it listens on no port at all; ${nowhere}`

const anyApp: PortAdvice = { elsewhere: 'it must read PORT', nowhere: 'it must listen on PORT' }

const crashed = (env: Env, { reason, lastLines }: Exit) => {
  const said = complaintOf(lastLines, env.own_apps)
  return lastLines.some(line => /eaddrinuse|already in use/i.test(line))
    ? portTaken(env.available_port, said)
    : bootCrash(env, reason, said)
}
