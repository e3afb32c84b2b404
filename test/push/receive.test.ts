import { PassThrough, Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { loadProject } from '../../src/deploy/load.js'
import { encodePacket } from '../../src/push/pkt-line.js'
import { receive } from '../../src/push/receive.js'
import { readApp, writeBranch } from '../../src/state/apps.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()
const none = '0'.repeat(40)
const some = '1'.repeat(40)

/** Pushes these refs to an app that was never deployed. @returns the answer to git, and the branch that deploys. */
const answers = async (
  branch: string | null,
  refs: readonly string[],
  after = some,
): Promise<{ reports: string; branch: string | null }> => {
  const home = folder()
  await loadProject(home, 'shop')
  if (branch !== null) writeBranch(home, 'shop', branch)
  const packets = ['version=1\0', null, ...refs.map(ref => `${none} ${after} ${ref}`), null]
  const output = new PassThrough()
  await receive({
    home,
    project: 'shop',
    input: Readable.from([Buffer.from(packets.map(encodePacket).join(''))]),
    output,
    show: () => {},
    say: () => {},
  })
  return { reports: String(output.read()), branch: readApp(home, 'shop').branch }
}

it.each([
  ['main', 'refs/heads/main/x'],
  ['release/prod', 'refs/heads/release'],
])('refuses a ref that would block the missing branch %s: %s', async (branch, ref) => {
  const { reports } = await answers(branch, [ref, 'refs/heads/other'])
  expect(reports).toContain(`ng ${ref} git cannot have ${ref} beside ${branch}`)
  expect(reports).toContain('ok refs/heads/other')
  expect((await answers(branch, [ref], none)).reports).toContain(`ok ${ref}`)
})

it('accepts a tag without choosing it to deploy, and refuses all else under refs/', async () => {
  const { reports, branch } = await answers(null, ['refs/tags/v1', 'refs/replace/x', 'refs/stash'])
  expect(branch).toBe(null)
  expect(reports).toContain('ok refs/tags/v1')
  for (const ref of ['refs/replace/x', 'refs/stash'])
    expect(reports).toContain(`ng ${ref} ${ref} is neither a branch nor a tag`)
})
