import { expect } from 'vitest'
import type { Output } from './world.js'

/** Expects a program to end well. @returns what it wrote. */
export const works = async (asked: Promise<Output>): Promise<Output> => {
  const output = await asked
  expect(output.code, output.text).toBe(0)
  return output
}
