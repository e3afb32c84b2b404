import type { AppFacts } from '../../../doctor/app/facts.js'
import { namesIn, textIn } from '../../../doctor/app-files.js'
import { type Answer, ok } from '../../../doctor/finding.js'

/** Checks that builds find Hex. Without it a build first fetches it from builds.hex.pm. */
export const hex = ({ root }: AppFacts): Answer => {
  const isNeeded = textIn(root, 'build', 'mix.lock')?.includes('{:hex,') ?? false
  const isThere = archiveFolders(root).some(folder =>
    namesIn(root, ...folder, 'archives').some(name => name.startsWith('hex-')),
  )
  return isNeeded && !isThere
    ? ok('Hex is not there for its builds; the next deploy fetches it from builds.hex.pm')
    : null
}

/** Returns the folders of archives: that of the machine's Elixir, and one for each Elixir that Gatling installed. */
const archiveFolders = (root: string): readonly string[][] => {
  const own = ['home', '.mix']
  return [own, ...namesIn(root, ...own, 'gatling').map(name => [...own, 'gatling', name])]
}
