import { missingVariable } from './complaint.js'
import { type AskedTask, isBuild } from './env.js'
import { GatlingError } from './error.js'
import { commandFailed, fixAndTryAgain, known } from './errors.js'

interface Deploy {
  readonly task: AskedTask
  readonly project: string
}

/** Adds the step to an error, and a better hint if the error knows too little about the deploy. */
export const stepFailed = (step: string, deploy: Deploy, failure: unknown): GatlingError => {
  const error = known(failure)
  const { code, message, hint, exitCode, cause, output, signal } = error
  const next = nextOf(error, deploy) ?? hint
  const text = { message, hint: next, exitCode, cause, output, signal, step: error.step ?? step }
  return new GatlingError(code, text)
}

const nextOf = ({ code, hint, output }: GatlingError, { task, project }: Deploy): string | null => {
  if (!isBuild(task)) return null
  const written = output.join('\n')
  const variable = missingVariable(written)
  if (variable !== null) return setAndRetry(project, variable)
  if (code !== commandFailed.code && readOnly.test(written)) return writeElsewhere
  return hint === fixAndTryAgain ? pushAgain(project) : null
}

/** Matches the error of a read-only file, as Elixir and Erlang write it (file(3), erofs). */
const readOnly = /read-only file system|\berofs\b/

const writeElsewhere =
  'A release is read-only on a server. Make the app write into its HOME (`System.user_home!()`), which every release shares, then push again.'

/** Advises to set a missing variable and to retry the deploy. */
export const setAndRetry = (project: string, variable: string): string => {
  const set = `\`gatling config set ${project} ${variable}=...\`, then \`gatling retry ${project}\`.`
  if (variable !== 'DATABASE_URL') return `Set it: ${set}`
  return `\`gatling db create ${project} --deploy\` makes a database, sets it and deploys. For a database elsewhere, set it: ${set}`
}

const pushAgain = (project: string): string =>
  `Fix what it reports, then push again. If the commit needs no change, run \`gatling redeploy ${project}\`.`
