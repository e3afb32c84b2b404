import { error } from '../../../core/error.js'
import { indent, list } from '../../../core/error-text.js'
import { setAndRetry } from '../../../core/step-failed.js'

export const notAMixProject = error(
  'NOT_A_MIX_PROJECT',
  'The pushed revision has no mix.exs at its root.',
  () => ({
    message: 'there is no mix.exs in the root of this repository',
    hint: 'Push the repository of an Elixir app, with its mix.exs at the top.',
  }),
)

export const mixExsBroken = error('MIX_EXS_BROKEN', 'mix.exs cannot be evaluated.', (reason: string) => ({
  message: `mix.exs cannot be evaluated:${indent(reason.trimEnd().split('\n'))}`,
  hint: 'See that `mix help` works in the project, and push again.',
}))

export const projectMismatch = error(
  'PROJECT_MISMATCH',
  'The pushed repository holds another app than the project is named after.',
  (project: string, app: string) => ({
    message: `this repository is the mix project :${app}, but it was pushed to ${project}`,
    hint: `Load a project of that name, \`gatling load ${app}\`, and push there.`,
  }),
)

export const notAnApp = error(
  'NOT_AN_APP',
  'The project is a library: it has nothing that runs.',
  (app: string) => ({
    message: `:${app} is a library: its mix.exs names no application module, so its release would start nothing`,
    hint: `Give it one - \`def application, do: [mod: {MyApp.Application, []}]\` - and push again.`,
  }),
)

export const noRelease = error(
  'NO_RELEASE',
  'An umbrella project does not say what its release is made of.',
  () => ({
    message: 'this is an umbrella project whose mix.exs defines no release',
    hint: "Name the release and its apps: `releases: [my_app: [applications: [web: :permanent]]]` in the umbrella's mix.exs.",
  }),
)

export const releaseUnknown = error(
  'RELEASE_UNKNOWN',
  'It is not clear which of several releases to deploy.',
  (wanted: string | null, defined: readonly string[]) => ({
    message: wanted
      ? `mix.exs defines no release named ${wanted}`
      : `mix.exs defines several releases: ${list(defined)}`,
    hint: `Choose one in gatling.toml: release = "${defined[0] ?? 'my_app'}".`,
  }),
)

export const elixirMissing = error('ELIXIR_MISSING', 'Elixir is not installed.', () => ({
  message: 'Elixir was not found on this machine',
  hint: 'Install it (Debian and Ubuntu: `sudo apt-get install elixir erlang-dev erlang-ssl erlang-parsetools`), then push again.',
}))

export const elixirOld = error(
  'ELIXIR_OLD',
  'The installed Elixir is not one the app or Gatling can use.',
  (installed: string, wanted: string, newest: string | null) => ({
    message: `this machine has Elixir ${installed}, but the project needs ${wanted}`,
    hint:
      newest === null
        ? 'Install an Elixir that fits on this machine, or relax `elixir:` in mix.exs.'
        : `Install one that fits - on a server as root -, for example: \`gatling elixir install ${newest}\`. Ask for it in gatling.toml: [build] elixir = "${newest}". Then push again.`,
  }),
)

export const configMissing = error(
  'CONFIG_MISSING',
  'config/runtime.exs needs an environment variable that is not set.',
  (project: string, variable: string) => ({
    message: `config/runtime.exs needs the environment variable ${variable}, which is not set. Nothing was built`,
    hint: setAndRetry(project, variable),
  }),
)
