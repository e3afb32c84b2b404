import { missingVariable } from './complaint.js'
import { type AskedTask, isBuild } from './env.js'
import { GatlingError } from './error.js'
import { commandFailed, known, wasKilled } from './errors.js'

/** Says in which step an error happened, and what to do next where what failed, as a command, knows too little to say it. */
export const stepFailed = (
  step: string,
  deploy: { readonly task: AskedTask; readonly project: string },
  failure: unknown,
): GatlingError => {
  const { code, message, hint, exitCode, cause, step: own } = known(failure)
  return new GatlingError(code, message, nextOf(code, message, deploy) ?? hint, exitCode, cause, own ?? step)
}

const nextOf = (
  code: string,
  message: string,
  { task, project }: { readonly task: AskedTask; readonly project: string },
): string | null => {
  if (!isBuild(task)) return null
  const variable = missingVariable(message)
  if (variable !== null) return setAndRetry(project, variable)
  if (code !== commandFailed.code && readOnly.test(message)) return writeElsewhere
  return code === commandFailed.code && !wasKilled(message) ? pushAgain : null
}

/** As files say it to Elixir and to Erlang (file(3), erofs). */
const readOnly = /read-only file system|\berofs\b/

const writeElsewhere =
  'A release is read-only on a server: have the app write into its HOME (`System.user_home!()`), which stays from release to release; then push again.'

export const setAndRetry = (project: string, variable: string): string =>
  `Set it: \`gatling config set ${project} ${variable}=...\`, then \`gatling retry ${project}\`.`

const pushAgain =
  'Correct what it complains about, commit and push again; or run the same with `gatling redeploy`.'
