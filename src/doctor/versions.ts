/** The numbers of a version in a text: `git version 2.39.5` is 2, 39, 5. */
export const numbersIn = (text: string): readonly number[] =>
  (/\d+(\.\d+)*/.exec(text)?.[0] ?? '').split('.').filter(Boolean).map(Number)

/** Whether one version is another, or a later one. */
export const isAtLeast = (version: readonly number[], least: readonly number[]): boolean => {
  for (const [at, wanted] of least.entries()) {
    const number = version[at] ?? 0
    if (number !== wanted) return number > wanted
  }
  return true
}
