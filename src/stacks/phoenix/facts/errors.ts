import { error } from '../../../core/error.js'
import { indent, list } from '../../../core/error-text.js'
import { setAndRetry } from '../../../core/step-failed.js'

export const notAMixProject = error(
  'NOT_A_MIX_PROJECT',
  'The pushed revision has no mix.exs at its root.',
  () => ({
    message: 'this repository has no mix.exs at its root',
    hint: 'Push the repository of an Elixir app, with its mix.exs at the top, or of a static site, with public/index.html.',
  }),
)

export const mixExsBroken = error(
  'MIX_EXS_BROKEN',
  'Elixir cannot evaluate mix.exs.',
  (output: readonly string[]) => ({
    message: `cannot evaluate mix.exs:${indent(output)}`,
    hint: 'Fix it until `mix help` works in the project, then push again.',
    output,
  }),
)

export const projectMismatch = error(
  'PROJECT_MISMATCH',
  'The pushed repository has another app than the project is named after.',
  (project: string, app: string) => ({
    message: `this repository is the mix project :${app}, but it was pushed to ${project}`,
    hint: `Load a project of that name with \`gatling load ${app}\`, then push there.`,
  }),
)

export const notAnApp = error(
  'NOT_AN_APP',
  'The project is a library, so it has nothing to run.',
  (app: string) => ({
    message: `:${app} is a library: its mix.exs names no application module, so its release would start nothing`,
    hint: 'Name one in mix.exs, `def application, do: [mod: {MyApp.Application, []}]`, then push again.',
  }),
)

export const noRelease = error('NO_RELEASE', 'An umbrella project does not define its release.', () => ({
  message: 'this is an umbrella project whose mix.exs defines no release',
  hint: "Name the release and its apps in the umbrella's mix.exs: `releases: [my_app: [applications: [web: :permanent]]]`.",
}))

export const releaseUnknown = error(
  'RELEASE_UNKNOWN',
  'mix.exs defines several releases, or not the one that gatling.toml names.',
  (wanted: string | null, defined: readonly string[]) => ({
    message: wanted
      ? `mix.exs defines no release named ${wanted}`
      : `mix.exs defines several releases: ${list(defined)}`,
    hint: `Choose one in gatling.toml: release = "${defined[0] ?? 'my_app'}".`,
  }),
)

export const elixirMissing = error('ELIXIR_MISSING', 'Elixir is not installed.', () => ({
  message: 'Elixir is not installed on this machine',
  hint: 'Install it, then push again. On Debian and Ubuntu: `sudo apt-get install elixir erlang-dev erlang-ssl erlang-parsetools`.',
}))

export const elixirOld = error(
  'ELIXIR_OLD',
  'The installed Elixir does not fit the app or Gatling.',
  (installed: string, wanted: string, newest: string | null) => ({
    message: `this machine has Elixir ${installed}, but the project needs ${wanted}`,
    hint:
      newest === null
        ? 'Install an Elixir that fits on this machine, or relax `elixir:` in mix.exs.'
        : `Install one that fits, for example \`gatling elixir install ${newest}\` (on a server as root). Ask for it in gatling.toml: [build] elixir = "${newest}". Then push again.`,
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
