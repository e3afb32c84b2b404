#!/usr/bin/env node
import { load } from './bundle.js'

await load().main(process.argv.slice(2))
