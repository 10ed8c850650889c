#!/usr/bin/env node
// The host of each address; what is no address is a failed job.
// pp --worker=json node host.js
const lines = require('readline').createInterface({ input: process.stdin })

lines.on('line', line => {
	const { id, task } = JSON.parse(line)
	const answer = { id }
	try { answer.output = new URL(task).host }
	catch (error) { Object.assign(answer, { status: 1, error: error.message }) }
	console.log(JSON.stringify(answer))
})
