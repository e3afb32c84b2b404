// Writes docs/errors.md from the errors of every room, and the reasons in docs/hot-upgrades.md from
// src/stacks/phoenix/upgrade/reasons.ts, by way of the build.
import { readFileSync, writeFileSync } from 'node:fs'
import { errorReference } from '../dist/cli/error-reference.js'
import { reasonReference } from '../dist/stacks/phoenix/upgrade/reasons.js'

writeFileSync(new URL('../docs/errors.md', import.meta.url), errorReference())

const hot = new URL('../docs/hot-upgrades.md', import.meta.url)
const between = /(<!-- reasons.*-->\n)[\s\S]*(<!-- \/reasons -->)/
writeFileSync(
  hot,
  readFileSync(hot, 'utf8').replace(between, (_, begin, end) => begin + reasonReference() + end),
)
