import type { Command } from 'commander'

export const elixirHelp = `An app asks for one in gatling.toml ([build] elixir = "1.18"), mise.toml or .tool-versions; a short version takes the
newest that is installed. Examples:
  $ gatling elixir install 1.18.4
  $ gatling elixir install 1.18.4 --from ./elixir-otp-27.zip`

/** The commands of `gatling elixir`. */
export const addElixir = (elixir: Command): void => {
  elixir
    .command('install <version>')
    .description("install the official precompiled archive for this machine's Erlang")
    .option(
      '--mirror <url>',
      "where the releases are; else $GATLING_ELIXIR_MIRROR, else Elixir's own on GitHub",
    )
    .option('--from <file>', 'an archive on this machine, with its checksum file beside it')
    .option('--sha256 <hex>', 'what its SHA-256 must be; else the checksum file says')
    .action(async (version, options) => (await import('./commands/elixir.js')).install(version, options))
  elixir
    .command('list')
    .description('those that are installed, and the one the machine has of its own')
    .option('--json', 'for a script')
    .action(async options => (await import('./commands/elixir.js')).list(options))
  elixir
    .command('remove <version>')
    .description('remove one; what was built with it has its own copy')
    .action(async version => (await import('./commands/elixir.js')).remove(version))
}
