import type { Readable, Writable } from 'node:stream'
import * as git from '../commands/git.js'
import type { GatlingError } from '../core/error.js'
import { known } from '../core/errors.js'
import type { Event } from '../core/event.js'
import { printable } from '../core/printable.js'
import { runCommand } from '../hosts/capture.js'
import { followRun, startRun, type Wanted } from '../runs/start.js'
import { type Commit, commitNamed } from '../runs/target.js'
import { readApp, writeBranch } from '../state/apps.js'
import { appPaths } from '../state/paths.js'
import { branchKept, noCommitPushed, refRefused } from './errors.js'
import { encodePacket, packetLists } from './pkt-line.js'

/** One ref of a push. */
interface Change {
  readonly before: string
  readonly after: string
  readonly ref: string
}

export interface Reception {
  readonly home: string
  readonly project: string
  readonly input: Readable
  readonly output: Writable
  readonly show: (event: Event) => void
  readonly say: (text: string) => void
}

const noCommit = '0'.repeat(40)

/**
 * Answers git's `proc-receive` hook (githooks(5)). It deploys the deploy branch, which moves if that succeeds. git
 * accepts every other branch and every tag, and no other refs. The push shows the deploy, and ends as the deploy does.
 */
export const receive = async (reception: Reception): Promise<void> => {
  const { input, output } = reception
  const packets = packetLists(input)
  const [offered = ''] = await packets.next()
  const hasOptions = /[\0 ]push-options\b/.test(offered)
  output.write(encodePacket(hasOptions ? 'version=1\0push-options\n' : 'version=1\n') + encodePacket(null))
  const changes = (await packets.next()).map(parseChange)
  // `git push -o force -o without=n3`
  const options = hasOptions ? await packets.next() : []
  const wanted = {
    force: options.includes('force'),
    without: options.flatMap(option =>
      option.startsWith('without=') ? option.slice('without='.length) : [],
    ),
  }
  const deploys = deployBranch(reception, changes)
  const reportOn = async (change: Change): Promise<string[]> => {
    const branch = await deploys
    refuseStrange(branch, change)
    return change.ref === `refs/heads/${branch}`
      ? deploy(reception, branch, change, wanted)
      : accept(reception, branch, change)
  }
  for (const change of changes) {
    const report = await reportOn(change).catch((error: unknown) => refuse(reception, change, known(error)))
    output.write(report.map(encodePacket).join(''))
  }
  output.write(encodePacket(null))
}

const parseChange = (line: string): Change => {
  const [before = '', after = '', ...ref] = line.split(' ')
  return { before, after, ref: ref.join(' ') }
}

/**
 * Returns the branch that deploys: the configured one, otherwise the first one pushed. If that push contains several
 * branches, main or master wins.
 */
const deployBranch = async ({ home, project }: Reception, changes: readonly Change[]): Promise<string> => {
  const app = readApp(home, project)
  if (app.branch !== null) return app.branch
  const pushed = changes
    .filter(({ after, ref }) => after !== noCommit && ref.startsWith(heads))
    .map(({ ref }) => ref.slice(heads.length))
  const branch = ['main', 'master'].find(name => pushed.includes(name)) ?? pushed[0]
  if (branch === undefined) return 'main'
  writeBranch(home, project, branch)
  await runCommand(git.setHead(appPaths(home, project).repository, branch))
  return branch
}

const heads = 'refs/heads/'

/**
 * Refuses other refs than branches and tags, such as refs/replace: git itself reads them, so they could change or break
 * every later push. It also refuses a branch whose name conflicts with the deploy branch, which could then not move.
 * @throws GatlingError REF_REFUSED.
 */
const refuseStrange = (branch: string, { after, ref }: Change): void => {
  // A push can remove a ref that an earlier version accepted.
  if (after === noCommit) return
  if (!/^refs\/(heads|tags)\//.test(ref)) throw refRefused(ref, null)
  const deploys = `${heads}${branch}`
  if (ref.startsWith(`${deploys}/`) || deploys.startsWith(`${ref}/`)) throw refRefused(ref, branch)
}

const accept = ({ say, project }: Reception, branch: string, { ref }: Change): string[] => {
  if (!ref.startsWith(heads)) return [`ok ${ref}`, 'option fall-through']
  say(
    `${ref.slice(heads.length)} was accepted but not deployed, because ${branch} is the branch that deploys ${project}.`,
  )
  return [`ok ${ref}`, 'option fall-through']
}

const deploy = async (
  reception: Reception,
  branch: string,
  { before, after, ref }: Change,
  wanted: Pick<Wanted, 'force' | 'without'>,
): Promise<string[]> => {
  const { home, project, show } = reception
  if (after === noCommit) return [`ng ${ref} ${oneLine(branchKept(branch).message)}`]
  const { revision, subject } = await commitOf(reception, after)
  const number = await startRun(home, project, {
    task: 'push',
    revision,
    subject,
    expected: before,
    branch,
    ...wanted,
  })
  let failure = 'the deploy did not finish'
  for await (const event of followRun(home, project, number)) {
    show(event)
    if (event.type === 'failed')
      failure = `${event.step ? `${event.step} failed` : event.text.split('\n')[0]}; ${event.serving}`
    if (event.type === 'end' && event.outcome === 'ok')
      return [`ok ${ref}`, ...(revision === after ? [] : [`option new-oid ${revision}`])]
    if (event.type === 'end' && event.outcome === 'skipped') failure = 'a newer deploy took its place'
  }
  return [`ng ${ref} not deployed: ${oneLine(failure)}`]
}

/** Finds the commit that was pushed to a branch. A tag stands for the commit that it names. */
const commitOf = async ({ home, project }: Reception, pushed: string): Promise<Commit> => {
  const commit = await commitNamed(home, project, pushed)
  if (commit === null) throw noCommitPushed(pushed)
  return commit
}

/** Refuses a change. git waits for an answer, whatever went wrong. */
const refuse = ({ say }: Reception, { ref }: Change, error: GatlingError): string[] => {
  say(`${error.message}\n  ${error.hint}\n  (${error.code})`)
  return [`ng ${ref} ${oneLine(error.message)}`]
}

/** Makes one line of a text, because git prints it as it is. */
const oneLine = (text: string): string => printable(text).replaceAll('\n', ' ')
