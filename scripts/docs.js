// Generates docs/errors.md, docs/commands.md, the rights in docs/server.md and the reasons in docs/hot-upgrades.md from
// the built source.
import { readFileSync, writeFileSync } from 'node:fs'
import { errorReference } from '../dist/cli/error-reference.js'
import { commandReference, rightsReference } from '../dist/cli/reference.js'
import { reasonReference } from '../dist/stacks/phoenix/upgrade/reasons.js'

writeFileSync(new URL('../docs/errors.md', import.meta.url), errorReference())
writeFileSync(new URL('../docs/commands.md', import.meta.url), commandReference())

/** @param {string} page @param {string} name @param {string} text the text between the two comments of that name */
const fill = (page, name, text) => {
  const path = new URL(`../docs/${page}`, import.meta.url)
  const between = new RegExp(`(<!-- ${name}.*-->\\n)[\\s\\S]*(<!-- /${name} -->)`)
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(between, (_, begin, end) => begin + text + end),
  )
}
fill('hot-upgrades.md', 'reasons', reasonReference())
fill('server.md', 'rights', rightsReference())
