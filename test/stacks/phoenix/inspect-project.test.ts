import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { localHost } from '../../../src/hosts/local.js'
import { inspectProject } from '../../../src/stacks/phoenix/facts/inspect-project.js'
import { temporaryFolders } from '../../helpers/folder.js'

const folder = temporaryFolders()

const mixExs = (app: string, more: string): string => `defmodule ${app}.MixProject do
  use Mix.Project
  def project, do: [app: :${app.toLowerCase()}, version: "0.1.0", deps: deps()]
  def application, do: [mod: {Shop, []}]
  defp deps, do: [${more}]
end
`
const umbrella = `defmodule Shop.MixProject do
  use Mix.Project
  def project, do: [apps_path: "apps", version: "0.1.0", releases: [shop: [applications: [web: :permanent]]]]
end
`

/** Makes a checkout with these files, and counts how often mix inspects it. */
const checkout = (files: Readonly<Record<string, string>>) => {
  const build = folder()
  const cache = folder()
  let evaluations = 0
  const host = localHost({ environment: process.env, emit: () => {}, signal: new AbortController().signal })
  const counting = {
    ...host,
    run: (command: Parameters<typeof host.run>[0]) => {
      evaluations++
      return host.run(command)
    },
  }
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(build, path)), { recursive: true })
    writeFileSync(join(build, path), text)
  }
  for (const [path, text] of Object.entries(files)) write(path, text)
  return {
    write,
    remove: (path: string) => rmSync(join(build, path), { recursive: true }),
    evaluations: () => evaluations,
    own: async () => [...(await inspectProject(build, cache, counting, process.env)).own].sort(),
  }
}

describe('the apps of a repository', () => {
  it('are those of the umbrella and of all path dependencies inside the repository', async () => {
    const { own } = checkout({
      'mix.exs': umbrella,
      'apps/web/mix.exs': mixExs('Web', '{:core, in_umbrella: true}, {:tools, path: "../../libs/tools"}'),
      'apps/core/mix.exs': mixExs('Core', '{:jason, "~> 1.0"}, {:elsewhere, path: "../../../elsewhere"}'),
      'libs/tools/mix.exs': mixExs(
        'Tools',
        '{:wire, path: "../wire"}, {:vendored, path: "../../deps/vendored"}',
      ),
      'libs/wire/mix.exs': mixExs('Wire', ''),
      'libs/unused/mix.exs': mixExs('Unused', ''),
    })
    expect(await own()).toEqual(['core', 'tools', 'web', 'wire'])
  })

  it('are inspected again only if a mix.exs comes, goes or changes', async () => {
    const shop = checkout({ 'mix.exs': umbrella, 'apps/web/mix.exs': mixExs('Web', '') })
    expect(await shop.own()).toEqual(['web'])
    expect(await shop.own()).toEqual(['web'])
    expect(shop.evaluations()).toBe(1)
    shop.write('apps/core/mix.exs', mixExs('Core', '{:wire, path: "../../libs/wire"}'))
    expect(await shop.own()).toEqual(['core', 'web', 'wire'])
    shop.write('apps/core/mix.exs', mixExs('Core', ''))
    expect(await shop.own()).toEqual(['core', 'web'])
    shop.remove('apps/core')
    expect(await shop.own()).toEqual(['web'])
    expect(shop.evaluations()).toBe(4)
  })

  it('are inspected each time if a mix.exs is not plain', async () => {
    const deps = 'case System.get_env("X") do nil -> {:wire, path: "../../libs/wire"} end'
    const shop = checkout({ 'mix.exs': umbrella, 'apps/web/mix.exs': mixExs('Web', deps) })
    expect(await shop.own()).toEqual(['web', 'wire'])
    await shop.own()
    expect(shop.evaluations()).toBe(2)
  })

  it('are listed even if mix cannot read one of them', async () => {
    const shop = checkout({ 'mix.exs': umbrella, 'apps/web/mix.exs': 'raise "not today"' })
    expect(await shop.own()).toEqual(['web'])
  })
})
