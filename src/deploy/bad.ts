import { GatlingError } from '../core/error.js'
import { readApp } from '../state/apps.js'
import { markBad, readBad } from '../state/bad.js'
import { wasSeenBad } from '../upgrade/watch.js'
import type { Assignment } from './assignment.js'
import { revisionBad } from './errors.js'

/**
 * Refuses a revision that an earlier watch found bad. With other config values it can be good, so then it may pass.
 * @throws GatlingError REVISION_BAD.
 */
export const refuseBad = ({ home, project, request }: Assignment, config: string): void => {
  const mark = readBad(home, project, request.revision)
  if (mark && mark.config === config) throw revisionBad(project, mark)
}

/** Marks the revision as bad if the watch failed its deploy. The revision that serves is not: its fault is elsewhere. */
export const markIfBad = (
  { home, project, request, emit, mask }: Pick<Assignment, 'home' | 'project' | 'request' | 'emit' | 'mask'>,
  release: number,
  config: string,
  error: unknown,
): void => {
  if (!(error instanceof GatlingError && wasSeenBad(error))) return
  const { revision } = request
  if (revision === readApp(home, project).live?.revision) return
  const { code, message } = error
  const at = new Date().toISOString()
  try {
    markBad(home, project, { revision, release, at, code, message: mask(message), config })
    emit({
      type: 'warning',
      text: `revision ${revision.slice(0, 7)} is marked as bad. Gatling does not deploy it again without --force`,
    })
  } catch (failure) {
    // The user must see why the deploy failed, not this failure.
    emit({ type: 'warning', text: `could not mark the revision as bad: ${String(failure)}` })
  }
}
