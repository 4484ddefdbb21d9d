#!/usr/bin/env node
console.log('mia', process.version, process.argv.slice(2));
