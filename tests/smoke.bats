# The first minute with pp: does it start, run jobs, print and count.

load helper

@test "pp --version names the program and its version" {
	run pp --version
	[ "$status" -eq 0 ]
	[[ ${lines[0]} =~ ^pp\ [0-9]+\.[0-9]+ ]]
}

@test "pp --help shows how it is called" {
	run pp --help
	[ "$status" -eq 0 ]
	[[ $output == *-j* ]]
	[[ $output == *--keep-order* ]]
}

@test "each line of standard input is the last argument of a job" {
	run pp -k echo fruit < <(printf '%s\n' apple 'red  berry' cherry)
	[ "$status" -eq 0 ]
	[ "$output" = $'fruit apple\nfruit red  berry\nfruit cherry' ]
}

@test "values on the command line run a shell line each" {
	run pp -k 'echo {} | tr a-z A-Z' ::: one 'two; three'
	[ "$status" -eq 0 ]
	[ "$output" = $'ONE\nTWO; THREE' ]
}

@test "lines with no command are shell lines" {
	run pp -k < <(printf '%s\n' 'echo one' 'echo two >&2')
	[ "$status" -eq 0 ]
	[ "$output" = $'one\ntwo' ]
}

@test "no input is no job" {
	run pp -j2 echo < /dev/null
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "the exit status counts the failed jobs" {
	run pp 'exit {}' ::: 0 1 2 0 3
	[ "$status" -eq 3 ]
}

@test "a hundred jobs in three workers give a hundred lines in order" {
	seq 100 > numbers
	run pp -k -j3 echo < numbers
	[ "$status" -eq 0 ]
	[ "$output" = "$(cat numbers)" ]
}

@test "an unknown option is named, with where to look" {
	run pp --no-such-option
	[ "$status" -eq 255 ]
	[[ $output == *--no-such-option* ]]
	[[ $output == *--help* ]]
}
