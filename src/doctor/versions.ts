/** Reads the numbers of a version in a text: 2, 39 and 5 of `git version 2.39.5`. */
export const numbersIn = (text: string): readonly number[] =>
  (/\d+(\.\d+)*/.exec(text)?.[0] ?? '').split('.').filter(Boolean).map(Number)

/** Tells whether a version is at least another one. */
export const isAtLeast = (version: readonly number[], least: readonly number[]): boolean => {
  for (const [at, wanted] of least.entries()) {
    const number = version[at] ?? 0
    if (number !== wanted) return number > wanted
  }
  return true
}
