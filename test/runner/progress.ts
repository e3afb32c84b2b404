import { relative } from 'node:path'
import type { Reporter, TestCase, TestModule, TestSpecification } from 'vitest/node'
import { durationOf, root, writeDurations } from './durations.js'

/** Time between two reports, in ms. */
const everyMs = 30_000

/** Reports how far the run is, how long it will still take, and how to run just the tests that failed. */
export default class Progress implements Reporter {
  private began = 0
  private readonly waiting = new Set<string>()
  private readonly running = new Map<string, number>()
  private readonly seconds: Record<string, number> = {}
  private readonly failed: string[] = []
  private timer: NodeJS.Timeout | undefined

  onTestRunStart(files: readonly TestSpecification[]): void {
    this.began = performance.now()
    for (const { moduleId } of files) this.waiting.add(moduleId)
    this.timer = setInterval(() => this.say(), everyMs)
  }

  onTestModuleQueued({ moduleId }: TestModule): void {
    this.running.set(moduleId, performance.now())
  }

  onTestCaseResult(test: TestCase): void {
    if (test.result().state !== 'failed') return
    this.failed.push(commandFor(test))
    console.log(`FAILED  ${relative(root, test.module.moduleId)} > ${test.fullName}`)
  }

  onTestModuleEnd(module: TestModule): void {
    const { moduleId } = module
    // A failure outside of a test, such as in beforeAll, has no test to report it.
    if (
      module.state() === 'failed' &&
      !this.failed.some(command => command.includes(relative(root, moduleId)))
    ) {
      this.failed.push(`npm test -- ${relative(root, moduleId)}`)
      console.log(`FAILED  ${relative(root, moduleId)}`)
    }
    this.seconds[relative(root, moduleId)] = secondsSince(this.running.get(moduleId) ?? this.began)
    this.running.delete(moduleId)
    this.waiting.delete(moduleId)
  }

  onTestRunEnd(): void {
    clearInterval(this.timer)
    if (process.env['GATLING_RECORD_DURATIONS']) writeDurations(this.seconds)
    if (this.failed.length === 0) return
    console.log('\nTo run just what failed:')
    for (const command of new Set(this.failed)) console.log(`  ${command}`)
  }

  private say(): void {
    const done = Object.keys(this.seconds).length
    const now = [...this.running].map(
      ([path, since]) => `${relative(root, path)} (${inWords(secondsSince(since))})`,
    )
    console.log(
      [
        `${done} of ${done + this.waiting.size} files`,
        `failed: ${this.failed.length}`,
        `${inWords(secondsSince(this.began))} so far`,
        `about ${inWords(this.secondsLeft())} left`,
        `now: ${now.join(', ')}`,
      ].join(' · '),
    )
  }

  /** Estimates the time left: the rest deviates from the measured durations as the finished part did. */
  private secondsLeft(): number {
    const done = sum(Object.keys(this.seconds).map(path => durationOf(`${root}/${path}`)))
    const began = sum(
      [...this.running].map(([path, since]) => Math.min(secondsSince(since), durationOf(path))),
    )
    const left = sum([...this.waiting].map(durationOf)) - began
    const pace = done + began > 0 ? secondsSince(this.began) / (done + began) : 1
    return Math.max(0, left * pace)
  }
}

const commandFor = (test: TestCase): string => {
  const name = test.fullName.replaceAll(' > ', ' ').replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return `npm test -- ${relative(root, test.module.moduleId)} -t '${name.replaceAll("'", `'\\''`)}'`
}

const secondsSince = (then: number): number => Math.round((performance.now() - then) / 100) / 10

const inWords = (seconds: number): string =>
  seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)
