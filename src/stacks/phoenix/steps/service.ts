import type { Env } from '../../../core/env.js'
import { step } from '../../../core/step.js'
import { startHealthy } from '../../../upgrade/start.js'
import { unwantedMs } from '../../../upgrade/swap.js'
import { answersBefore, lookOnceMore } from '../../../upgrade/watch.js'
import { planUpgrade as plan } from '../upgrade/plan.js'
import type { PhoenixRuntime } from '../upgrade/runtime.js'
import { listPending } from '../upgrade/schema.js'
import { prepare, releaseOld, stillServes, takeBack, unprepare, upgrade } from '../upgrade/upgrade.js'
import { watchNew } from '../upgrade/watch-new.js'

export const startService = step({
  name: 'start_service',
  about: 'Starts the app, waits until it is healthy, and watches it for a while.',
  run: async (env: Env, runtime: PhoenixRuntime) => {
    await startHealthy(env, runtime)
    await watchNew(env, runtime, await answersBefore(env, runtime))
  },
  confirm: lookOnceMore,
  undo: (env, { services }) => services.stop(env.project, env.slot, unwantedMs),
  settle: (env, { services }) => services.enable(env.project, env.slot),
})

export const planUpgrade = step({
  name: 'plan_upgrade',
  about: 'Finds out how the running app would be taken to the new release, which is then removed again.',
  run: async (env: Env, runtime: PhoenixRuntime) => {
    await listPending(env, runtime)
    runtime.planned(await plan(env, runtime))
  },
})

export const prepareService = step({
  name: 'prepare_service',
  about: 'With --with-migrations, starts the older release beside the one that serves; else nothing.',
  run: prepare,
  undo: unprepare,
})

export const upgradeService = step({
  name: 'upgrade_service',
  about: 'Takes the running app to the new release: hot where that is safe, else by a swap without downtime.',
  run: upgrade,
  confirm: stillServes,
  undo: takeBack,
  settle: releaseOld,
})
