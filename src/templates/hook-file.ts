interface StepLike {
  readonly name: string
  readonly about: string
}

/** Writes a hook file that names every hook of a task, commented out, below a sentence about its step. */
export const hookFile = (
  language: 'ts' | 'exs',
  project: string,
  task: 'deploy' | 'upgrade',
  steps: readonly StepLike[],
): string => (language === 'ts' ? typescript(task, steps) : elixir(project, task, steps))

const capitalise = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

const typescript = (task: string, steps: readonly StepLike[]): string => {
  const type = `${capitalise(task)}Hooks`
  const hooks = steps.map(
    ({ name, about }) => `  // ${about}
  // async before_${name}(env, { bash, log }) {},
  // async after_${name}(env, { bash, log }) {},
`,
  )
  return `import type { ${type} } from 'gatling-deploy'

// Uncomment what you need. env is read-only. A hook that throws stops the deploy. await bash('npm', ['ci'], { cd:
// env.build_dir }) runs a program, log('...') prints a line.
export default {
${hooks.join('\n')}
  // When the deploy has failed, and all is undone: env.error says why. on_error_<step> is for one step.
  // async on_error(env, { bash, log }) {},

  // However it ended: env.outcome is ok, failed or cancelled.
  // async finally(env, { bash, log }) {},
} satisfies ${type}
`
}

const elixir = (project: string, task: string, steps: readonly StepLike[]): string => {
  const module = `${project.split('_').map(capitalise).join('')}.${capitalise(task)}Callbacks`
  const hooks = steps.map(
    ({ name, about }) => `  # ${about}
  # def before_${name}(env), do: nil
  # def after_${name}(env), do: nil
`,
  )
  return `defmodule ${module} do
  # Uncomment what you need. env is read-only. A hook that raises stops the deploy. bash("npm",
  # ~w[ci], cd: env.build_dir) runs a program, log("...") prints a line. import Gatling.Bash

${hooks.join('\n')}
  # When the deploy has failed, and all is undone: env.error says why. on_error_<step> is for one step.
  # def on_error(env), do: nil

  # However it ended: env.outcome is "ok", "failed" or "cancelled".
  # def finally(env), do: nil
end
`
}
