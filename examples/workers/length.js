#!/usr/bin/env node
// The length of each line in bytes.
// pp --worker node length.js
let rest = ''
process.stdin.setEncoding('latin1').on('data', text => {
	const tasks = (rest + text).split('\n')
	rest = tasks.pop()
	for (const task of tasks) process.stdout.write(task.length + '\n')
})
