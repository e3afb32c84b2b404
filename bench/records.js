import { readFileSync } from 'node:fs'
import { appPaths } from '../dist/state/paths.js'
import { eventsPath, readRun, runNumbers } from '../dist/state/runs.js'
import { median } from './lib.js'

/** @typedef {import('../dist/core/event.js').Event} Event */

const mixSteps = ['mix_deps_get', 'mix_compile', 'mix_digest', 'mix_release']

/**
 * Splits the time of the newest deploy of counter into phases, in ms, by its own record.
 * @param {string} home
 * @param {number} began when the command that asked for it was run, by the wall clock
 * @param {number} ended
 */
export const phasesOfLast = (home, began, ended) => {
  const number = runNumbers(home, 'counter').at(-1) ?? 0
  const { request, result } = readRun(home, 'counter', number)
  /** @type {Event[]} */
  const events = readFileSync(eventsPath(home, 'counter', number), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  /** @param {Event['type']} type */
  const at = type => {
    const event = events.find(candidate => candidate.type === type)
    if (!event) throw new Error(`deploy ${number} never said ${type}`)
    return Date.parse(event.at)
  }
  /** @param {(step: string) => boolean} wanted */
  const steps = wanted =>
    (result?.steps ?? []).filter(({ step }) => wanted(step)).reduce((sum, { ms }) => sum + ms, 0)
  const mix = steps(step => mixSteps.includes(step))
  const boot = steps(step => step === 'upgrade_service')
  const asked = Date.parse(request.at)
  return {
    ask: asked - began,
    start: at('start') - asked,
    prepare: at('step-start') - at('start'),
    mix,
    boot,
    /** Every other step, and the time between steps. */
    steps: at('live') - at('step-start') - mix - boot,
    settle: at('end') - at('live'),
    finish: ended - at('end'),
  }
}

/** @typedef {ReturnType<typeof phasesOfLast>} Phases */

/** Returns the checkout that deploys are built in. @param {string} home */
export const checkoutOf = home => appPaths(home, 'counter').build

/**
 * Returns the phases as lines of the report.
 * @param {readonly Phases[]} phases
 * @param {{ boot: number, stop: number }} byHand
 * @returns {import('./lib.js').Row[]}
 */
export const phaseRows = (phases, { boot, stop }) => {
  /** @param {string} what @param {keyof Phases} phase @param {string} note */
  const row = (what, phase, note) => ({
    what: `  ${what}`,
    value: median(phases.map(times => times[phase])),
    unit: 'ms',
    note,
  })
  return [
    row('ask', 'ask', 'the command starts, until the deploy is written down as wanted'),
    row('start', 'start', "the deploy's own process, its turn"),
    row('prepare', 'prepare', 'checkout, mix.exs, hooks'),
    row('mix steps', 'mix', ''),
    row('boot', 'boot', `upgrade_service; ${boot.toFixed(0)} ms by hand`),
    row('other steps', 'steps', 'mostly copying the release; commit'),
    row('settle', 'settle', `mostly the old version stopping; ${stop.toFixed(0)} ms by hand`),
    row('finish', 'finish', 'the last event, until the command ends'),
  ]
}
