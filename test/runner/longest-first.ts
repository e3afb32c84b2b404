import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { durationOf } from './durations.js'

/** Runs the longest test files first, so that all workers end together. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((one, other) => durationOf(other.moduleId) - durationOf(one.moduleId))
  }
}
