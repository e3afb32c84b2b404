import type { Env } from '../../../core/env.js'
import type { Answers } from '../../../core/proxy.js'
import { canEndEarly } from '../../../upgrade/evidence.js'
import { type Inside, watch } from '../../../upgrade/watch.js'
import { lookBack } from './plan.js'
import type { PhoenixRuntime } from './runtime.js'

/** Watches an instance that has just started. @throws GatlingError as {@link watch}. */
export const watchNew = (env: Env, runtime: PhoenixRuntime, before: Answers): Promise<void> => {
  const { watch: ms } = env.timing
  const inside = canEndEarly(ms) ? countProcesses(env, runtime) : undefined
  const meanwhile = ms === 0 ? undefined : lookBack(env, runtime)
  return watch(env, runtime, { ms, before, inside, meanwhile })
}

/** Looks inside the instance, only for leaked processes. */
const countProcesses =
  ({ project, slot }: Env, { engine }: PhoenixRuntime) =>
  async (): Promise<Inside> => ({
    processes: await engine.processes({ project, slot }),
    crashes: 0,
    migrated: 0,
  })
