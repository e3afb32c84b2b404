#!/usr/bin/env node
const { load } = require('./bundle.js')

void load().main(process.argv.slice(2))
