/** Modules whose functions give the same answer to the same question. */
const pureModules = ['Enum', 'Keyword', 'List', 'Map', 'Mix.Project', 'Path', 'String', 'Version']
const pureCalls = ['Mix.env', 'Mix.target']

/** `Module.function`, `Some.Module.function` and `:module.function`. */
const remoteCall = /(:[a-z]\w*|\b[A-Z]\w*(?:\.[A-Z]\w*)*)\.([a-z_]\w*)/g
/** Ways to call what the pattern above does not see. */
const hidden =
  /\b(?:apply|import|eval_\w+|spawn\w*|receive|defmacro\w*|quote|unquote)\b|\buse\s+(?!Mix\.Project\b)/

/**
 * Tells whether the result of a mix.exs depends only on its text, as that of nearly every one does: it reads no file,
 * no environment variable and no clock, and runs no program. In doubt the answer is no.
 */
export const isPlain = (mixExs: string): boolean => {
  const code = mixExs.replace(/^\s*#(?!.*#\{).*$/gm, '')
  const calls = [...code.matchAll(remoteCall)]
  return (
    !hidden.test(code) &&
    calls.every(([call, module]) => pureModules.includes(module ?? '') || pureCalls.includes(call))
  )
}
