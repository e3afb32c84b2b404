import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import * as getent from '../../commands/getent.js'
import * as sshdProgram from '../../commands/sshd.js'
import * as sudo from '../../commands/sudo.js'
import * as users from '../../commands/users.js'
import { readIfThere } from '../../hosts/files.js'
import { deployUser, serverPaths } from '../../state/server.js'
import { answerOf, ask, isMissing } from '../ask.js'
import { type Answer, ok, problem, type Said } from '../finding.js'
import { unitsNamed } from '../units.js'

export const sshd = async (): Promise<Answer> => {
  const units = await unitsNamed(
    ['ssh.service', 'sshd.service', 'ssh.socket', 'sshd.socket'],
    ['ActiveState'],
  )
  const isActive = [...units.values()].some(unit => unit['ActiveState'] === 'active')
  return isActive
    ? ok('sshd runs')
    : problem('sshd does not run: nobody can push', 'systemctl enable --now ssh')
}

export const sshLogin = async (): Promise<Answer> => {
  const user = await ask(users.exists(deployUser))
  if (user.status !== 0) return problem(`there is no user ${deployUser} to push to`, 'gatling setup')
  const config = parseSshd(await answerOf(sshdProgram.effective(deployUser)))
  const groups = (await answerOf(users.groups(deployUser))).trim().split(/\s+/)
  const shadow = (await ask(getent.shadow(deployUser))).stdout.split(':')[1] ?? ''
  return [
    loginFinding(config, deployUser, groups),
    ...keysFindings(config),
    ...lockFindings(config, shadow),
    ...modeFindings(),
  ]
}

/** The values of each keyword. A keyword can be on several lines (sshd(8), -T). */
export type SshdConfig = ReadonlyMap<string, readonly string[]>

export const parseSshd = (text: string): SshdConfig => {
  const found = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/)
    if (keyword) found.set(keyword.toLowerCase(), [...(found.get(keyword.toLowerCase()) ?? []), ...values])
  }
  return found
}

/**
 * Checks whether sshd accepts a user, in the order of sshd_config(5): DenyUsers, AllowUsers, DenyGroups, AllowGroups.
 */
export const loginFinding = (config: SshdConfig, user: string, groups: readonly string[]): Said => {
  const of = (keyword: string): readonly string[] => config.get(keyword) ?? []
  const refusal = (text: string, what: string): Said =>
    problem(
      `sshd does not let ${user} in: ${text}`,
      `${what} in /etc/ssh/sshd_config; then: systemctl reload ssh`,
    )
  const denied = of('denyusers').find(pattern => !pattern.includes('@') && isLike(pattern, user))
  if (denied) return refusal(`DenyUsers ${denied}`, `Take ${user} out of DenyUsers`)
  const allowed = of('allowusers').filter(pattern => isLike(pattern.split('@')[0] ?? '', user))
  if (of('allowusers').length > 0 && allowed.length === 0)
    return refusal(`AllowUsers has only ${of('allowusers').join(' ')}`, `Add ${user} to AllowUsers`)
  const deniedGroup = of('denygroups').find(pattern => groups.some(group => isLike(pattern, group)))
  if (deniedGroup) return refusal(`DenyGroups ${deniedGroup}`, `Take ${deniedGroup} out of DenyGroups`)
  if (
    of('allowgroups').length > 0 &&
    !of('allowgroups').some(pattern => groups.some(group => isLike(pattern, group)))
  )
    return refusal(
      `AllowGroups has only ${of('allowgroups').join(' ')}`,
      `Add ${groups[0] ?? user} to AllowGroups`,
    )
  const places = [
    ...(allowed.length > 0 && allowed.every(pattern => pattern.includes('@')) ? allowed : []),
    ...of('denyusers')
      .filter(pattern => pattern.includes('@') && isLike(pattern.split('@')[0] ?? '', user))
      .map(pattern => `not ${pattern}`),
  ]
  return ok(`sshd lets ${user} in${places.length === 0 ? '' : `, of ${places.join(', ')} alone`}`)
}

/** Matches a pattern with `*` and `?` (ssh_config(5), PATTERNS). */
const isLike = (pattern: string, name: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(name)

/** Finds settings of sshd that would prevent the use of Gatling's keys or of their commands. */
export const keysFindings = (config: SshdConfig): readonly Said[] => {
  const of = (keyword: string): string => (config.get(keyword) ?? []).join(' ')
  const files = (config.get('authorizedkeysfile') ?? []).map(file => {
    const path = file.replaceAll('%h', serverPaths.home).replaceAll('%u', deployUser)
    return path.startsWith('/') ? path : `${serverPaths.home}/${path}`
  })
  const exempt = `Add to /etc/ssh/sshd_config: Match User ${deployUser}`
  return [
    ...(of('pubkeyauthentication') === 'no'
      ? [problem('sshd takes no keys: PubkeyAuthentication no', `${exempt}, PubkeyAuthentication yes`)]
      : []),
    ...(files.length > 0 && !files.includes(serverPaths.authorizedKeys)
      ? [
          problem(
            `sshd does not read ${serverPaths.authorizedKeys}: AuthorizedKeysFile ${of('authorizedkeysfile')}`,
            `${exempt}, AuthorizedKeysFile .ssh/authorized_keys`,
          ),
        ]
      : []),
    ...(['', 'any'].includes(of('authenticationmethods')) ||
    (config.get('authenticationmethods') ?? []).includes('publickey')
      ? []
      : [
          problem(
            `sshd wants more than a key: AuthenticationMethods ${of('authenticationmethods')}`,
            `${exempt}, AuthenticationMethods publickey`,
          ),
        ]),
    ...(['', 'none'].includes(of('forcecommand'))
      ? []
      : [
          problem(
            `sshd runs something else for ${deployUser}: ForceCommand ${of('forcecommand')}`,
            `${exempt}, ForceCommand none`,
          ),
        ]),
  ]
}

/** Checks that the account is not locked. Without PAM sshd takes a password of `!` for a lock (sshd(8)). */
export const lockFindings = (config: SshdConfig, password: string): readonly Said[] =>
  (config.get('usepam') ?? ['no'])[0] === 'no' && password.startsWith('!')
    ? [
        problem(
          `sshd takes ${deployUser} for locked: it has no password, and UsePAM is no`,
          `usermod --password '*' ${deployUser}`,
        ),
      ]
    : []

/** Checks modes, because sshd ignores keys that others could have written (sshd_config(5), StrictModes). */
const modeFindings = (): readonly Said[] =>
  [serverPaths.home, dirname(serverPaths.authorizedKeys), serverPaths.authorizedKeys].flatMap(path => {
    const found = statSync(path, { throwIfNoEntry: false })
    if (!found) return [problem(`${path} does not exist, so no key can log in`, 'gatling setup')]
    return (found.mode & 0o022) === 0
      ? []
      : [
          problem(
            `other users than its owner can write ${path}, so sshd does not trust it`,
            `chmod go-w ${path}`,
          ),
        ]
  })

export const sudoRule = async (): Promise<Answer> => {
  const rule = `${deployUser} ALL=(root) NOPASSWD: ${serverPaths.enter} ""`
  const isMade = (readIfThere(serverPaths.sudoers) ?? '').split('\n').includes(rule)
  const answer = await ask(sudo.mayRun(deployUser, serverPaths.enter))
  if (isMissing(answer)) return problem('sudo is not installed', 'gatling setup')
  return sudoFinding(isMade, answer.status === 0)
}

/** @param isMade whether the file is as setup writes it; @param holds whether sudo obeys it. */
export const sudoFinding = (isMade: boolean, holds: boolean): Said => {
  if (!isMade)
    return problem(`${serverPaths.sudoers} is not as Gatling writes it: ssh has no way in`, 'gatling setup')
  return holds
    ? ok('sudo lets ssh in by its one door')
    : problem(
        `sudo does not obey ${serverPaths.sudoers}`,
        'See that /etc/sudoers has the line `@includedir /etc/sudoers.d`, and what `visudo -c` says.',
      )
}
