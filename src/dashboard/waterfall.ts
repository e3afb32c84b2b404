import type { Deploy } from './answers.js'
import type { DeployEvent, Plan } from './events.js'

/** The bar of a step or a hook. Its times are in ms since the deploy began. */
export interface Bar {
  readonly name: string
  readonly isHook: boolean
  readonly from: number
  /** Its end; null: it still runs. */
  readonly to: number | null
  readonly ok: boolean
}

/** The progress of a deploy, as its events describe it so far. */
export interface Progress {
  /** The time of the first event; null: there was none. */
  readonly began: string | null
  readonly waits: Extract<DeployEvent, { type: 'queued' }> | null
  readonly bars: readonly Bar[]
  readonly plan: Plan | null
  readonly live: Extract<DeployEvent, { type: 'live' }> | null
  readonly undoes: boolean
  readonly failed: Extract<DeployEvent, { type: 'failed' }> | null
  readonly end: Extract<DeployEvent, { type: 'end' }> | null
}

export const nothingYet: Progress = {
  began: null,
  waits: null,
  bars: [],
  plan: null,
  live: null,
  undoes: false,
  failed: null,
  end: null,
}

/** Adds one event to the progress of a deploy. */
export const after = (progress: Progress, event: DeployEvent): Progress => {
  const began = progress.began ?? (event.type === 'queued' ? null : event.at)
  const next = { ...progress, began }
  const at = began === null ? 0 : Date.parse(event.at) - Date.parse(began)
  switch (event.type) {
    case 'queued':
      return { ...next, waits: event }
    case 'start':
      return { ...next, waits: null }
    case 'step-start':
      return { ...next, bars: [...next.bars, barOf(event.step, false, at)] }
    case 'hook-start':
      return { ...next, bars: [...next.bars, barOf(event.hook, true, at)] }
    case 'step-end':
      return { ...next, bars: ended(next.bars, event.step, at, event.ok) }
    case 'hook-end':
      return { ...next, bars: ended(next.bars, event.hook, at, event.ok) }
    case 'plan':
      return { ...next, plan: event.plan }
    case 'live':
      return { ...next, live: event }
    case 'undo':
      return { ...next, undoes: true }
    case 'failed':
      return { ...next, failed: event }
    case 'end':
      // A deploy that was interrupted has no event for the end of its last step.
      return {
        ...next,
        end: event,
        bars: next.bars.map(bar => (bar.to === null ? { ...bar, to: at, ok: false } : bar)),
      }
    default:
      return next
  }
}

const barOf = (name: string, isHook: boolean, from: number): Bar => ({
  name,
  isHook,
  from,
  to: null,
  ok: true,
})

const ended = (bars: readonly Bar[], name: string, to: number, ok: boolean): readonly Bar[] => {
  const at = bars.map(bar => bar.name === name && bar.to === null).lastIndexOf(true)
  return bars.map((bar, index) => (index === at ? { ...bar, to, ok } : bar))
}

/** How long a step usually takes, in ms. */
export type Usual = readonly { readonly step: string; readonly ms: number }[]

/** How many earlier deploys decide what is usual. */
const looksAt = 5

/** Returns the steps of the last good deploys of the same task, in order, each with its median. */
export const usualOf = (history: readonly Deploy[], number: number): Usual => {
  const task = history.find(deploy => deploy.number === number)?.task
  const like = history
    .filter(({ number: other, task: its, state }) => other < number && its === task && state === 'ok')
    // The first deploy takes other steps.
    .filter(({ mode }) => mode !== 'start')
    .slice(0, looksAt)
  return (like[0]?.steps ?? []).map(({ step }) => ({
    step,
    ms: median(like.flatMap(({ steps }) => steps.filter(one => one.step === step).map(({ ms }) => ms))),
  }))
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0
