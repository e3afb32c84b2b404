import { count } from '../core/count.js'

interface Deaths {
  readonly project: string
  readonly restarts: number
  /** Whether it last ended for lack of memory. */
  readonly out_of_memory: boolean
}

/** Writes a line for `gatling status` about an instance that died; null: it did not die. */
export const deathsOf = ({ project, restarts, out_of_memory }: Deaths): string | null => {
  if (restarts === 0 && !out_of_memory) return null
  const died =
    restarts === 0
      ? `${project} has died`
      : `${project} has died and was restarted ${count(restarts, 'time')}`
  const cause = out_of_memory ? '; it last ran out of memory, see `[limits] memory` in gatling.toml' : ''
  return `${died}${cause}: gatling logs ${project}`
}
