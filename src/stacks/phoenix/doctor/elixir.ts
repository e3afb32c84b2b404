import { isWanted, writeElixir } from '../../../core/elixir-version.js'
import type { AppFacts } from '../../../doctor/app/facts.js'
import { namesIn, textIn } from '../../../doctor/app-files.js'
import { systemPath } from '../../../doctor/ask.js'
import { type Answer, ok, type Said, warning } from '../../../doctor/finding.js'
import { serverPaths } from '../../../state/server.js'
import { type AskedElixir, askedElixir } from '../elixirs/asked.js'
import { type Installed, installedElixirs, newestOf } from '../elixirs/installed.js'
import { elixirOn, otpOn } from '../elixirs/on-path.js'
import { fitOf, newestFor, wholeVersion } from '../elixirs/support.js'

/** Checks that the next push finds the Elixir that the last push asked for. */
export const elixir = ({ root }: AppFacts): Answer => {
  if (hasShims(root)) return null
  const asked = askedElixir(name => textIn(root, 'build', name))
  return asked === null
    ? null
    : askedFinding(asked, {
        installed: installedElixirs(serverPaths.elixirs),
        own: elixirOn(systemPath),
        otp: otpOn(systemPath),
      })
}

/** Tells whether the app's user has mise or asdf, which can provide the Elixir. */
const hasShims = (root: string): boolean =>
  namesIn(root, 'home', '.asdf').includes('shims') ||
  namesIn(root, 'home', '.local', 'share', 'mise').includes('shims')

export const askedFinding = (
  asked: AskedElixir,
  there: {
    readonly installed: readonly Installed[]
    readonly own: string | null
    readonly otp: number | null
  },
): Said => {
  const { installed, own, otp } = there
  const what = `Elixir ${writeElixir(asked)}, which ${asked.from} asks for`
  const isEnough = otp === null || (asked.otp ?? 0) <= otp
  const found = isEnough ? newestOf(installed, asked.version, otp) : null
  if (found !== null) return ok(`${what}, is installed: ${found.name}`)
  if (isEnough && own !== null && isWanted(own, asked.version))
    return ok(`${what}, is the machine's own: ${own}`)
  const version = wholeVersion(asked.version, otp) ?? asked.version
  const isMade = isEnough && (otp === null || 'archive' in fitOf(version, otp))
  return warning(
    `${what}, is not there: its next push is refused`,
    isMade
      ? `gatling elixir install ${version}`
      : `It is not made for this machine's Erlang/OTP ${otp}; the newest that is: gatling elixir install ${newestFor(otp ?? 0) ?? version}`,
  )
}
