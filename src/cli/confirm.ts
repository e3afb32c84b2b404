/** Shows a warning, and tells whether a person at a terminal then types a word. */
export const confirmedBy = async (word: string, warning: string): Promise<boolean> => {
  if (!process.stdin.isTTY) return false
  const { createInterface } = await import('node:readline/promises')
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await prompt.question(`${warning}\nType ${word} to go on: `)
  prompt.close()
  return answer.trim() === word
}
