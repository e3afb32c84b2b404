import { onLoopback } from '../../../core/endpoint.js'
import type { Env } from '../../../core/env.js'
import type { Runtime } from '../../../core/runtime.js'
import { linesOfVmArgs, replaceEnvSh, tryEnvSh } from '../commands/release.js'
import { envSh, flagTakenStatus, ownEnvSh, takenFlags, takenParameters } from './env-sh.js'
import { nodeFlagTaken } from './errors.js'

/** The flags that vm.args must not have. It is read last, so there they would replace or undo Gatling's. */
const inVmArgs = [...takenFlags, '-setcookie', '-proto_dist']
const vmArgsPattern = `^([^#]*[[:space:]])?(${inVmArgs.map(flag => `${flag}([[:space:]]|$)`).join('|')}|${takenParameters})`

/**
 * Changes a release so that Gatling can find its Erlang node, whatever its env.sh sets.
 * @throws GatlingError NODE_FLAG_TAKEN if its vm.args or env.sh sets the name, cookie or port of the node.
 */
export const claimNode = async (env: Env, runtime: Runtime): Promise<void> => {
  const { host } = runtime
  const found = await host.run(linesOfVmArgs(env.upgrade_dir, vmArgsPattern))
  const [, line, text] = /^(\d+):\s*(.*)$/m.exec(found) ?? []
  if (text !== undefined)
    throw nodeFlagTaken(
      `line ${line} of the release's vm.args`,
      text,
      'Remove it from rel/vm.args.eex, then commit and push again.',
    )
  await host.run(replaceEnvSh(env.upgrade_dir, envSh(), ownEnvSh))
  await tryIt(env, runtime)
}

const envShNext =
  'Remove it, or set it only if GATLING_NODE is empty, as it is when another tool starts the app. Then commit and push again.'

/** Tries the env.sh. A failure for another reason is ignored, because the start of the instance can still succeed. */
const tryIt = async (env: Env, { host, services }: Runtime): Promise<void> => {
  const { project, slot, release, available_port: port } = env
  const variables = await services.variables({ project, slot, release, processes: { web: onLoopback(port) } })
  try {
    await host.run(tryEnvSh(env.upgrade_dir, env.release_name, variables))
  } catch (error) {
    const [, line, flag] = /gatling: (\d*) (\S+)/.exec(String(error)) ?? []
    if (flag === undefined || !String(error).includes(`status ${flagTakenStatus}`)) return
    throw line === ''
      ? nodeFlagTaken(
          'a config value',
          flag,
          `Remove it: \`gatling config list ${project}\`. Then deploy again: \`gatling redeploy ${project}\`.`,
        )
      : nodeFlagTaken(`line ${line} of rel/env.sh.eex`, flag, envShNext)
  }
}
