import { noteDeploy } from '../access/audit.js'
import { buildEnvironment } from '../config/environment.js'
import type { Mode } from '../core/env.js'
import type { GatlingError } from '../core/error.js'
import { known } from '../core/errors.js'
import type { EventBody, Outcome } from '../core/event.js'
import { masker } from '../core/mask.js'
import { carryOut } from '../deploy/carry-out.js'
import { cancelled, unloaded } from '../deploy/errors.js'
import { killAll, processesWith } from '../hosts/procfs.js'
import { listReleases } from '../state/apps.js'
import { plainValues, secretsNow, type Values } from '../state/config.js'
import { openEventLog } from '../state/events.js'
import { ownerOf } from '../state/owner.js'
import {
  beginRun,
  claimRun,
  eventsPath,
  finishRun,
  forgetOldRuns,
  type Run,
  type RunResult,
  readCanceller,
  readRun,
  runMark,
} from '../state/runs.js'
import { isServerHome } from '../state/server.js'
import { cancellation } from './cancellation.js'
import { servingText } from './serving-text.js'
import { comparison } from './slow-step.js'
import { traceOf } from './trace.js'
import { waitForTurn } from './turn.js'

/**
 * Performs one run from its claim to its result: waits for its turn, carries it out, and records how it ended. Does
 * nothing if another process has claimed the run. Never throws an error that a user can cause.
 */
export const performRun = async (home: string, project: string, number: number): Promise<void> => {
  const { request } = readRun(home, project, number)
  const stop = cancellation(() => cancelled(readCanceller(home, project, number), request.task, project))
  // From the claim on, others can cancel the run.
  process.on('SIGTERM', stop.cancel)
  if (!claimRun(home, project, number, ownerOf(process.pid))) {
    process.off('SIGTERM', stop.cancel)
    return
  }
  // If values cannot be read, a later step reports that, so that the person who pushed sees it.
  let mask = masker(...secretsNow(home, project))
  const log = openEventLog(eventsPath(home, project, number), text => mask(text))
  const steps: RunResult['steps'] = []
  const compared = comparison(home, project, request.task)
  const emit = (said: EventBody): void => {
    const event = compared(said)
    if (event.type === 'live') committed = true
    stop.hear(event)
    if (event.type === 'step-end') steps.push({ step: event.step, ms: event.ms, ok: event.ok })
    log.write(event)
  }
  const began = performance.now()
  let committed = false

  const end = (outcome: Outcome, mode: Mode | null, failure: GatlingError | null): void => {
    const ms = Math.round(performance.now() - began)
    if (failure) {
      emit({
        type: 'failed',
        code: failure.code,
        step: failure.step,
        text: failure.message,
        hint: failure.hint,
        serving: servingText(home, project),
      })
    }
    finishRun(home, project, number, {
      outcome,
      mode,
      step: failure?.step ?? null,
      error: failure && { code: failure.code, text: mask(failure.message), hint: failure.hint },
      steps,
      ms,
      at: new Date().toISOString(),
    })
    // If the run waited for an unload, that has removed everything, so there is nothing to note.
    if (failure?.code !== unloaded.code) noteEnd(home, project, number)
    emit({ type: 'end', outcome, ms })
  }

  try {
    const onWait = (behind: Run): void => emit(queued(home, project, behind))
    const interrupted = await waitForTurn(home, project, number, onWait, stop.signal)
    beginRun(home, project, number)
    const equip = ({ config, secrets }: Values): NodeJS.ProcessEnv => {
      mask = masker(...secrets)
      return {
        ...buildEnvironment(process.env, plainValues(config)),
        GATLING_HOME: home,
        GATLING_RUN: runMark(home, project, number),
      }
    }
    const mode = await carryOut({
      home,
      project,
      number,
      request,
      interrupted,
      equip,
      emit,
      signal: stop.signal,
      mask: text => mask(text),
    }).finally(() => killAll(() => processesWith('GATLING_RUN', runMark(home, project, number))))
    end('ok', mode, null)
  } catch (error) {
    const failure = known(error)
    if (!committed) return end(outcomeOf(failure), null, failure)
    // The new release is live, so a later failure does not make the deploy a failed one.
    emit({ type: 'warning', text: failure.message })
    end('ok', null, null)
  } finally {
    tidyRuns(home, project, emit)
    process.off('SIGTERM', stop.cancel)
    log.close()
  }
}

const queued = (home: string, project: string, { number, request }: Run): EventBody => ({
  type: 'queued',
  project,
  behind: number,
  revision: request.revision,
  pusher: request.pusher,
  since: request.at,
  step: traceOf(eventsPath(home, project, number)).step,
})

/** Notes the end in the audit, before anybody sees the result. On a server root notes it. */
const noteEnd = (home: string, project: string, number: number): void => {
  if (!isServerHome(home)) noteDeploy(home, project, number)
}

const tidyRuns = (home: string, project: string, emit: (event: EventBody) => void): void => {
  try {
    forgetOldRuns(home, project, listReleases(home, project))
  } catch (error) {
    emit({ type: 'warning', text: `could not remove the records of old deploys: ${known(error).message}` })
  }
}

const outcomeOf = ({ code }: GatlingError): Outcome => {
  if (code === 'CANCELLED') return 'cancelled'
  return code === 'SUPERSEDED' ? 'skipped' : 'failed'
}
