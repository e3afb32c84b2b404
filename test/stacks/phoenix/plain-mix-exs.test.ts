import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isPlain } from '../../../src/stacks/phoenix/facts/plain-mix-exs.js'
import { root } from '../../helpers/world.js'

const project = (body: string): string => `defmodule Shop.MixProject do
  use Mix.Project

  def project, do: [app: :shop, version: ${body}, start_permanent: Mix.env() == :prod, aliases: aliases(), deps: deps()]
  def application, do: [mod: {Shop.Application, []}, extra_applications: [:logger]]
  # Specifies which paths to compile. System.get_env is named in a comment only.
  defp elixirc_paths(:test), do: ["lib", "test/support"]
  defp deps, do: [{:phoenix, "~> 1.7.14"}, {:heroicons, github: "tailwindlabs/heroicons", tag: "v2.1.1", app: false}]
  defp aliases, do: ["assets.deploy": ["tailwind shop --minify", "phx.digest"], setup: ["deps.get", "ecto.setup"]]
end
`

describe('a mix.exs', () => {
  it('is plain if Phoenix or mix wrote it', () => {
    expect(isPlain(project('"0.1.0"'))).toBe(true)
    for (const example of ['counter', 'hello']) {
      expect(isPlain(readFileSync(join(root, 'examples', example, 'mix.exs'), 'utf8'))).toBe(true)
    }
  })

  it.each([
    'File.read!("VERSION")',
    'System.get_env("VERSION")',
    'elem(System.cmd("git", ["describe"]), 0)',
    'to_string(:os.system_time())',
    ':os.cmd(~c"date")',
    'Date.to_string(Date.utc_today())',
    'Mix.shell().cmd("date")',
    'apply(System, :get_env, ["V"])',
    'Enum.map_join(["V"], &System.get_env/1)',
    '"0.1.#{System.os_time(:second)}"',
    '"0.1.0 # of #{System.os_time(:second)}"',
    'Code.eval_file("version.exs")',
    'Shop.Version.current()',
    'version() end; import File; def v do 1',
  ])('is not plain if its value can change without its text: version: %s', version => {
    expect(isPlain(project(version))).toBe(false)
  })
})
