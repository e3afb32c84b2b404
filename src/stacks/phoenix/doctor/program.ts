import { realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { asNobody } from '../../../commands/setpriv.js'
import { ask, saidBy } from '../../../doctor/ask.js'
import { type Answer, ok, problem, type Said, warning } from '../../../doctor/finding.js'
import { isAtLeast, numbersIn } from '../../../doctor/versions.js'
import { serverPaths } from '../../../state/server.js'
import * as elixir from '../commands/elixir.js'
import { installedElixirs } from '../elixirs/installed.js'
import { otpTrap } from './elixir-otp.js'

/** The oldest Elixir for Phoenix 1.8. */
const elixirForPhoenix = [1, 15]

/** The folders in which builds look for programs. */
const buildPath = ['/usr/local/bin', '/usr/bin', '/bin']

/** The parts of Erlang that a Phoenix app's build uses and that Debian has in separate packages. */
const erlangParts = [
  ...['crypto', 'inets', 'os_mon', 'parsetools', 'public_key', 'runtime_tools', 'ssl'],
  ...['tools', 'xmerl'],
]

/** Finds and starts Elixir as an app's user would. The user `nobody` has no more rights than an app's user. */
export const elixirProgram = async (): Promise<Answer> => {
  const mix = buildPath.map(folder => join(folder, 'mix')).find(path => isFile(path))
  if (mix === undefined)
    return elixirFinding({ mix: null, installed: installedElixirs(serverPaths.elixirs)[0]?.name ?? null })
  const described = elixir.describe(erlangParts)
  const answer = await ask(
    asNobody({ ...described, env: { ...described.env, PATH: buildPath.join(':') } }),
    elixirPatience,
  )
  if (answer.status !== 0)
    return elixirFinding({ mix, target: realpathSync(mix), failed: saidBy(answer) || 'nothing' })
  const [version = '', otp = '', missing = '', imports = ''] = answer.stdout.trim().split('\n')
  return elixirFinding({
    mix,
    target: realpathSync(mix),
    version,
    otp,
    missing: missing.split(' ').filter(Boolean),
    importsRegexes: imports === 'true',
  })
}

/** How long Elixir may take to answer, in seconds. A virtual machine boots for it. */
const elixirPatience = 12
export const elixirDeadlineMs = (elixirPatience + 2) * 1_000

export type ElixirFacts =
  | { readonly mix: null; readonly installed: string | null }
  | { readonly mix: string; readonly target: string; readonly failed: string }
  | {
      readonly mix: string
      readonly target: string
      readonly version: string
      readonly otp: string
      readonly missing: readonly string[]
      readonly importsRegexes: boolean
    }

export const elixirFinding = (facts: ElixirFacts): Said => {
  if (facts.mix === null && facts.installed !== null)
    return ok(`apps that ask for no Elixir are built with the newest installed one, ${facts.installed}`)
  if (facts.mix === null)
    return problem(
      `there is no \`mix\` where builds look for it, in ${buildPath.join(', ')}`,
      "Install the system's with `gatling setup --elixir`, or any other with `gatling setup --elixir 1.18.4`.",
    )
  const { mix, target } = facts
  // The sandbox of builds has ProtectHome= (systemd.exec(5)).
  if (/^\/(home|root|run\/user)\//.test(target))
    return problem(
      `${mix} leads to ${target}, which builds do not see: home folders are closed to them`,
      'Install Elixir and Erlang in /usr/local or /opt, for all users.',
    )
  if ('failed' in facts)
    return problem(
      `an app's user cannot start Elixir with ${mix}: ${facts.failed}`,
      'Try it: setpriv --reuid=65534 --regid=65534 --clear-groups elixir --version',
    )
  const said = `Elixir ${facts.version} on Erlang/OTP ${facts.otp} (${mix})`
  if (facts.missing.length > 0)
    return warning(
      `${said} lacks parts of Erlang that builds of Phoenix apps use: ${facts.missing.join(', ')}`,
      'gatling setup --elixir',
    )
  const trap = otpTrap(facts)
  if (trap) return warning(`${said}: ${trap[0]}`, trap[1])
  return ok(isAtLeast(numbersIn(facts.version), elixirForPhoenix) ? said : `${said}: too old for Phoenix 1.8`)
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
