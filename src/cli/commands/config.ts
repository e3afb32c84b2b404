import { text } from 'node:stream/consumers'
import { shortestMaskable } from '../../core/mask.js'
import { valueRules } from '../../stacks/stacks.js'
import { readApp } from '../../state/apps.js'
import { changeConfig } from '../../state/change-config.js'
import { getValue, newConfig, readConfig, setValues, unmaskable, unsetValues } from '../../state/config.js'
import { gatlingHome } from '../../state/paths.js'
import { lastRequest } from '../../state/runs.js'
import { isRootOfServer } from '../../state/server.js'
import { usage } from '../errors.js'
import { print, printExact, printJson, tell } from '../output.js'
import { table } from '../render.js'

export const set = async (
  project: string,
  given: readonly string[],
  options: { public?: boolean },
): Promise<void> => {
  const values = await parseValues(given)
  // This throws for a refused value, which must not make an app.
  setValues(newConfig(valueRules), values, true, valueRules)
  await makeIfNew(project)
  await changeConfig(gatlingHome(), project, config =>
    setValues(config, values, options.public !== true, valueRules),
  )
  const short = unmaskable(readConfig(gatlingHome(), project)).filter(key => values.has(key))
  if (short.length > 0) {
    tell(
      `${short.join(', ')}: shorter than ${shortestMaskable} characters, so it cannot be hidden where the app prints it.`,
    )
  }
  tell(`Set ${[...values.keys()].join(', ')} for ${project}.`)
  tellWhen(project)
}

/** Makes the app on a server if it is new: its first values must exist before its first push. */
const makeIfNew = async (project: string): Promise<void> => {
  if (!isRootOfServer()) return
  const { createForValues } = await import('../../server/first-values.js')
  const isNew = await createForValues(project, process.env['GATLING_USER'])
  if (isNew) tell(`${project} is new here: its user, folders and repository were made.`)
}

export const unset = async (project: string, keys: readonly string[]): Promise<void> => {
  await changeConfig(gatlingHome(), project, config => unsetValues(config, keys, valueRules))
  tell(`Unset ${keys.join(', ')} for ${project}.`)
  tellWhen(project)
}

export const get = async (project: string, key: string): Promise<void> => {
  readApp(gatlingHome(), project)
  printExact(getValue(readConfig(gatlingHome(), project), key))
}

export const list = async (project: string, options: { json?: boolean }): Promise<void> => {
  readApp(gatlingHome(), project)
  const entries = Object.entries(readConfig(gatlingHome(), project).values).sort(([one], [other]) =>
    one < other ? -1 : 1,
  )
  const shown = entries.map(([key, { value, secret }]) => ({ key, secret, value: secret ? null : value }))
  if (options.json) return printJson(shown)
  print(...table(shown.map(({ key, value }) => [key, value ?? '(secret)'])))
}

const tellWhen = (project: string): void => tell(`It takes effect with the ${whichDeploy(project)}`)

/** Says which command deploys a value. The commit that `redeploy` deploys can be one that did not go live. */
const whichDeploy = (project: string): string => {
  const home = gatlingHome()
  const { live } = readApp(home, project)
  if (!live) return 'first deploy that succeeds.'
  const asked = lastRequest(home, project)?.revision ?? live.revision
  return asked === live.revision
    ? `next deploy: gatling redeploy ${project}`
    : `next deploy: gatling upgrade ${project} deploys the tip of the branch, gatling redeploy ${project} the commit that was requested last, ${asked.slice(0, 7)}, which is not live.`
}

/** Reads words like `KEY=VALUE`. The value of a KEY alone is the standard input, without a newline at its end. */
const parseValues = async (given: readonly string[]): Promise<Map<string, string>> => {
  const bare = given.filter(word => !word.includes('='))
  if (bare.length > 1)
    throw usage(
      `${bare.join(' and ')} have no value`,
      'Write KEY=VALUE; only one KEY can read standard input.',
    )
  if (bare.length === 1 && process.stdin.isTTY) tell(`Type the value of ${bare[0]}, then Ctrl-D:`)
  const values = new Map<string, string>()
  for (const word of given) {
    const at = word.indexOf('=')
    if (at < 0) values.set(word, (await text(process.stdin)).replace(/\r?\n$/, ''))
    else values.set(word.slice(0, at), word.slice(at + 1))
  }
  return values
}
