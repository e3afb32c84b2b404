// Writes docs/errors.md from src/core/errors.ts, by way of the build.
import { writeFileSync } from 'node:fs'
import { errorReference } from '../dist/core/error-reference.js'

writeFileSync(new URL('../docs/errors.md', import.meta.url), errorReference())
