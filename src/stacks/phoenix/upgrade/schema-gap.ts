import { onLoopback } from '../../../core/endpoint.js'
import type { Env } from '../../../core/env.js'
import type { Answers } from '../../../core/proxy.js'
import type { Runtime } from '../../../core/runtime.js'
import { seconds } from '../../../core/seconds.js'
import { answersBefore } from '../../../upgrade/watch.js'

/**
 * Tells the user how many requests failed between the change of the schema and the switch, while the old version still
 * served.
 */
export const tellGap = async (env: Env, runtime: Runtime): Promise<void> => {
  const { project, live, schema_changed_at: since } = env
  if (live === null || since === null) return
  const now = Date.now()
  const gap = await runtime.proxy.answers(project, onLoopback(live.port), since, now)
  if (gap.errors === 0) return
  const before = await answersBefore(env, runtime)
  runtime.note(
    `warning: release ${live.release} served on the changed schema for ${seconds(now - since)}. It failed ${share(gap)} requests then, and ${share(before)} in the minute before`,
  )
}

const share = ({ requests, errors }: Answers): string =>
  `${errors.toLocaleString('en-US')} of ${requests.toLocaleString('en-US')}`
