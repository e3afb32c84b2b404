#!/usr/bin/env node
import { main } from '../dist/bundle/gatling.js'

await main(process.argv.slice(2))
