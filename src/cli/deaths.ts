import { count } from '../core/count.js'

interface Deaths {
  readonly project: string
  readonly restarts: number
  /** Whether lack of memory ended it last. */
  readonly out_of_memory: boolean
}

/** @returns a line for `gatling status` about an instance that died; null: it did not. */
export const deathsOf = ({ project, restarts, out_of_memory }: Deaths): string | null => {
  if (restarts === 0 && !out_of_memory) return null
  const died =
    restarts === 0
      ? `${project} has died`
      : `${project} has died and been started again ${count(restarts, 'time')}`
  const cause = out_of_memory ? '; it last ran out of memory, see `[limits] memory` in gatling.toml' : ''
  return `${died}${cause}: gatling logs ${project}`
}
