import * as git from '../commands/git.js'
import { runCommand } from '../hosts/capture.js'
import { repositoryFile } from '../hosts/errors.js'
import { must, succeeded } from '../hosts/must.js'

/**
 * Returns the text of a file as a checkout of a revision would have it; null: the revision has no such file. A link may
 * lead only to another file of the revision.
 * @throws GatlingError REPOSITORY_FILE, or COMMAND_FAILED if git cannot read the revision.
 */
export const fileOfRevision = async (
  repository: string,
  revision: string,
  path: string,
): Promise<string | null> => {
  const command = git.fileAt(repository, revision, path)
  const answer = succeeded(command, await runCommand(command))
  const end = answer.indexOf('\n')
  const header = answer.slice(0, end)
  if (/^[0-9a-f]+ blob \d+$/.test(header)) return answer.slice(end + 1, -1)
  if (!header.endsWith(' missing')) throw repositoryFile(path, problemIn(header))
  // git says the same of a revision that it does not have.
  await must(git.resolve(repository, revision))
  return null
}

const problemIn = (header: string): string => {
  if (header.startsWith('symlink ')) return 'is a link that leads out of the repository'
  return header.includes(' tree ') ? 'is a folder' : 'is a link that leads nowhere'
}
