import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must, root } from './world.js'

/** Asks a module of `elixir/` about the source of migrations. @param bodies of their modules. @returns the lines for each. */
export const toldOfSources = async (
  script: string,
  module: string,
  bodies: readonly string[],
): Promise<readonly (readonly string[])[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'gatling-schema-'))
  try {
    const files = bodies.map((body, n) => {
      const file = join(folder, `${n}.exs`)
      writeFileSync(file, `defmodule Shop.Repo.Migrations.M${n} do\nuse Ecto.Migration\n${body}\nend\n`)
      return file
    })
    const text = `Code.require_file(${JSON.stringify(join(root, 'elixir', `${script}.exs`))})
for file <- System.argv(), {kind, text} <- ${module}.of(File.read!(file)),
  do: IO.puts("#{Path.basename(file, ".exs")} #{kind}: #{text}")`
    const lines = (await must(['elixir', '-e', text, '--', ...files])).split('\n')
    return bodies.map((_, n) =>
      lines.filter(line => line.startsWith(`${n} `)).map(line => line.slice(`${n} `.length)),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
