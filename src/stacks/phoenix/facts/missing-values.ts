import { join } from 'node:path'
import { missingVariable } from '../../../core/complaint.js'
import type { Env } from '../../../core/env.js'
import { failureOf } from '../../../core/failure.js'
import type { Runtime } from '../../../core/runtime.js'
import { readIfThere } from '../../../hosts/files.js'
import { evaluateConfig } from '../commands/elixir.js'
import { instanceEnvironment } from '../environment.js'
import { configMissing } from './errors.js'

/**
 * Matches a variable that config/runtime.exs requires: `System.fetch_env!("X")`, and `System.get_env("X") || raise`.
 */
const needed = /System\.(?:fetch_env!\(\s*"(\w+)"|get_env\(\s*"(\w+)"\s*\)\s*\|\|\s*raise)/g

/** Returns the names of the variables that the config/runtime.exs of a checkout requires. */
export const wantedValues = (buildDir: string): readonly string[] =>
  [...(readIfThere(join(buildDir, 'config', 'runtime.exs')) ?? '').matchAll(needed)].map(
    ([, fetched, got]) => fetched ?? got ?? '',
  )

/**
 * Refuses, before the build, a deploy that could not start because an environment variable is missing. Only an
 * evaluation shows whether config/runtime.exs reaches the line that reads it, so a file is evaluated if it names an
 * unset variable. If the file needs more than Elixir itself, this check finds nothing.
 * @throws GatlingError CONFIG_MISSING.
 */
export const refuseMissing = async (
  env: Env,
  { host }: Runtime,
  values: Readonly<Record<string, string>>,
): Promise<void> => {
  const names = wantedValues(env.build_dir)
  const variables = variablesOf(env, values)
  const isUnset = (name: string): boolean => !Object.hasOwn(variables, name) && !name.startsWith('RELEASE_')
  if (!names.some(isUnset)) return
  const failure = await failureOf(host.run(evaluateConfig(env.build_dir, variables)))
  const variable = missingVariable(failure?.output.join('\n') ?? '')
  if (variable !== null && names.includes(variable) && isUnset(variable))
    throw configMissing(env.project, variable)
}

/** Returns the variables of the future instance, without those that the script of its release sets. */
const variablesOf = (env: Env, values: Readonly<Record<string, string>>): Record<string, string> =>
  instanceEnvironment(
    {
      project: env.project,
      slot: env.slot,
      port: env.available_port,
      deployDir: env.deploy_dir,
      homeDir: env.deploy_dir,
      hostName: new URL(env.url).hostname,
      cookie: '',
      distributionPort: 0,
    },
    values,
    '',
  )
