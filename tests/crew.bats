#!/usr/bin/env bats
# Line workers that die, or whose manager does.

load helper

# Each worker is killed after its fiftieth answer. Some awks have read many tasks more by then; mawk would wait for them.
dying()
{
	# shellcheck disable=SC2016 # for the shell that awk starts
	local program='{ print; fflush() } NR == 50 { system("kill -KILL $PPID") }'
	local -a awk=(awk)

	case $(awk -W version 2>&1 </dev/null) in
	mawk*) awk=(mawk -W interactive) ;;
	esac
	seq 5000 >tasks
	pp "$@" --worker "${awk[@]}" "$program" <tasks >answers 2>errors
	[ "$(grep -c 'worker lost: .*signal 9' errors)" -ge 10 ]
}

@test "each task is answered once, in order, while workers are killed" {
	dying -k -j4
	cmp tasks answers
	dying -k -j1 --window 1
	cmp tasks answers
	dying -k -j16 --window 200
	cmp tasks answers
}

@test "each task is answered once without an order, too" {
	dying -j4
	sort -n answers | cmp tasks -
}

@test "a worker that dies in the midst of its answer has not answered" {
	run pp -k -j1 --crash-limit 2 --worker "$HELPERS/obey" ::: 'raw:half die:9' 'say:two'
	[ "$status" -eq 1 ]
	[[ $output == *$'\n'two$'\n'* ]]
	[[ $output != *halftwo* ]]
	run pp -k -j1 --crash-limit 2 --worker=mark "$HELPERS/obey" ::: 'out:70000 raw:x say:half end:7' 'end:0'
	[ "$status" -eq 1 ]
}

@test "--crash-limit counts the deaths over one task" {
	run pp -j1 --crash-limit 4 --worker "$HELPERS/obey" ::: die:9
	[ "$status" -eq 1 ]
	[ "$(grep -c 'worker lost' <<<"$output")" -eq 4 ]
	[ "$(grep -c 'job 1 lost' <<<"$output")" -eq 1 ]
}

@test "when pp is killed its workers end, and what they have started" {
	start_pp -j2 --worker "$HELPERS/obey" 'ignore:15' ::: 'child:child tell:worker rest' </dev/null
	wait_until test -e worker
	wait_until test -e child
	kill -KILL "$PP_PID"
	wait_pp
	wait_until is_gone "$(cat worker)"
	wait_until is_gone "$(cat child)"
}

@test "a worker that closes its standard output and goes on is replaced" {
	run pp -j1 --crash-limit 1 --worker "$HELPERS/obey" ::: 'close:1 rest' 'say:two'
	[ "$status" -eq 1 ]
	[[ $output == *'closed its standard output'* ]]
	[[ $output == *two* ]]
}

@test "with -0 answers are lines, and tasks may hold newlines" {
	printf 'a\nb\0c\0' >tasks
	pp -0 -k -j2 --worker cat <tasks >answers
	[ "$(od -c answers)" = "$(printf 'a\nb\nc\n' | od -c)" ]
}
