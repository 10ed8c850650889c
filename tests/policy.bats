# The rules of a run: limits, retries, halting, the job log and exit statuses.
#
# shellcheck disable=SC1083,SC2016 # braces and variables are for pp and its jobs
# shellcheck disable=SC2030,SC2031,SC2086,SC2154 # subshells end with their tests, some modes are several words, errors comes from helper.bash

load helper

setup()
{
	begin
	no_summary
}

# field N LINE FILE: one column of a job log.
field()
{
	sed -n "$2p" "$3" | cut -f "$1"
}

# -- Exit status --

@test "the exit status is the number of failed jobs, and 101 for more than 100" {
	run pp true ::: 1 2
	[ "$status" -eq 0 ]
	run pp -j2 'exit {}' ::: 0 7 255 0
	[ "$status" -eq 2 ]
	run pp -j4 'exit 1; : {}' < <(seq 100)
	[ "$status" -eq 100 ]
	run pp -j4 'exit 1; : {}' < <(seq 101)
	[ "$status" -eq 101 ]
	run pp -j4 'exit 1; : {}' < <(seq 300)
	[ "$status" -eq 101 ]
}

@test "a job that a signal ends is a failed job" {
	run pp -j2 'kill -{} $$' ::: KILL TERM
	[ "$status" -eq 2 ]
}

@test "wrong usage is status 255" {
	run pp --halt sometimes echo ::: a
	[ "$status" -eq 255 ]
	[[ $output == *--halt* ]]
	run pp --timeout soon echo ::: a
	[ "$status" -eq 255 ]
	[[ $output == *--timeout* ]]
	run pp --retry-on nothing echo ::: a
	[ "$status" -eq 255 ]
	[[ $output == *--retry-on* ]]
	run pp --termseq NOSUCH,200 echo ::: a
	[ "$status" -eq 255 ]
	[[ $output == *--termseq* ]]
	run pp -a /nonexistent echo
	[ "$status" -eq 255 ]
	[[ $output == *'/nonexistent'* ]]
}

@test "a program that is not found ends the run with status 127" {
	pp_split -j1 ./nonexistent ::: a b c
	[ "$status" -eq 127 ]
	[[ $errors == 'pp: cannot start job 1: ./nonexistent a: '* ]]
	[ "$(wc -l <<< "$errors")" -eq 1 ]
	echo text > file
	pp_split -j1 ./file ::: a b c
	[ "$status" -eq 126 ]
}

@test "a program that is found by some jobs only counts as theirs" {
	run pp -k -j1 {} x ::: ./nonexistent echo ./nonexistent
	[ "$status" -eq 2 ]
	[[ $output == *$'\nx\n'* ]]
}

# -- Time limits --

@test "--timeout ends a job, says so and counts it as failed" {
	pp_split --timeout 3 -j2 'echo {}; exec sleep {}' ::: 0 1000
	[ "$status" -eq 1 ]
	[ "$(sort <<< "$output")" = $'\n0\n1000' ]
	[[ $errors == 'pp: job 2 timed out: '*'sleep 1000' ]]
}

@test "--timeout does not wait for what ignores its signals" {
	pp_split --timeout 50ms --termseq TERM,10,INT,10,KILL 'trap "" TERM INT; while :; do sleep 1000; done; : {}' ::: 1
	[ "$status" -eq 1 ]
	[[ $errors == *'timed out'* ]]
}

@test "--timeout ends the whole group of the job" {
	run pp --timeout 1 'sh -c "echo \$\$ > pid; exec sleep 1000" & wait; : {}' ::: 1
	[ "$status" -eq 1 ]
	run kill -0 "$(cat pid)"
	[ "$status" -ne 0 ]
}

@test "--timeout in percent measures against the jobs before" {
	pp_split --timeout 2000% -j1 'sleep {}' ::: 0.1 0.1 0.1 1000 0.1
	[ "$status" -eq 1 ]
	[[ $errors == 'pp: job 4 timed out: sleep 1000' ]]
}

@test "--timeout in percent says nothing while fewer than three jobs have ended" {
	mkfifo go
	start_pp --timeout 100% -j2 'if [ {} = 1 ]; then read x < go; fi' ::: 1 2 3
	wait_until test -p go
	echo > go
	wait_pp
	[ "$status" -eq 0 ]
}

@test "--termseq: the signals come in their order" {
	# A shell that gets several before it runs its traps runs them in the order of their numbers: a slow one shows the same.
	cat > job <<- 'EOF'
		trap 'echo HUP >> got' HUP
		trap 'echo INT >> got' INT
		trap 'echo TERM >> got; exit 3' TERM
		: > got
		while :; do read x < fifo; done
	EOF
	mkfifo fifo
	exec 5<> fifo
	run pp --timeout 1 --termseq HUP,100,INT,100,TERM,30000,KILL --joblog log sh ::: job
	exec 5>&-
	[ "$status" -eq 1 ]
	[ "$(cat got)" = $'HUP\nINT\nTERM' ]
}

# -- Retries --

@test "--retries tries a job so many times in all" {
	run pp -k --retries 3 'echo {} >> tries; [ $PP_RETRY -ge {} ]' ::: 0 1 2 3
	[ "$status" -eq 1 ]
	[ "$(sort tries | uniq -c | tr -s ' ')" = $' 1 0\n 2 1\n 3 2\n 3 3' ]
}

@test "--retries 0 has no limit" {
	run pp -k --retries 0 --retry-on 1 'echo x >> tries; [ $PP_RETRY -lt 5 ] || exit 2; exit 1' ::: a
	[ "$status" -eq 1 ]
	[ "$(wc -l < tries)" -eq 6 ]
}

@test "--retries: output of the last try alone is printed" {
	for mode in --group -k --line-buffer; do
		pp_split "$mode" --retries 2 'echo out $PP_RETRY; echo err $PP_RETRY >&2; exit {}' ::: 1
		[ "$status" -eq 1 ]
		[[ $mode = --line-buffer || $output = $'out 1\n' ]]
		[[ $mode = --line-buffer || $errors = 'err 1' ]]
	done
}

@test "--retries with a time limit tries what timed out again" {
	pp_split --retries 2 --timeout 1 '[ $PP_RETRY = 1 ] || exec sleep 1000; echo {}' ::: a
	[ "$status" -eq 0 ]
	[ "$output" = $'a\n' ]
}

@test "--retry-delay puts a job off while others go on" {
	run pp -j1 --retries 2 --retry-delay 1 'echo {}$PP_RETRY >> order; [ {}$PP_RETRY != a0 ]' ::: a b c
	[ "$status" -eq 0 ]
	[ "$(head -n 2 order)" = $'a0\nb0' ]
	grep -qx a1 order
}

@test "--retry-on: only these statuses, signals and causes are tried again" {
	run pp --retries 2 --retry-on 3,5-7,TERM 'echo {} >> tries; [ {} != T ] || kill -TERM $$; [ {} != H ] || kill -HUP $$; exit {}' ::: 2 3 4 5 6 7 8 T H
	[ "$status" -eq 9 ]
	[ "$(sort tries | uniq -c | tr -s ' ')" = $' 1 2\n 2 3\n 1 4\n 2 5\n 2 6\n 2 7\n 1 8\n 1 H\n 2 T' ]
	run pp --retries 2 --retry-on timeout --timeout 1 'echo {} >> more; exec sleep {}' ::: x 1000
	[ "$(sort more | uniq -c | tr -s ' ')" = $' 2 1000\n 1 x' ]
}

@test "--retries and a halt: a job counts as failed after its last try only" {
	run pp -j1 --retries 2 --halt now,fail=1 'echo {}$PP_RETRY; [ $PP_RETRY = {} ]' ::: 1 0 5 1
	[ "$status" -eq 1 ]
	[ "$output" = $'11\n00\n51' ]
}

# -- Halting --

@test "--halt now,fail=1 ends the jobs that run, and has the status of the failed one" {
	mkfifo go
	run pp -j2 --halt now,fail=1 'echo {} >> started; if [ {} = 1 ]; then read x < go; exit 7; fi; echo > go; exec sleep 1000' ::: 1 2 3
	[ "$status" -eq 7 ]
	[ "$(sort started)" = $'1\n2' ]
}

@test "--halt soon,fail=1 lets the jobs finish that run" {
	mkfifo one two
	start_pp -j2 --halt soon,fail=1 --joblog log 'echo {} >> started; read x < {}; echo {}; [ {} != one ]' ::: one two three
	wait_until grep -qsx two started
	echo > one
	wait_until grep -q '^1	' log
	echo > two
	wait_pp
	[ "$status" -eq 1 ]
	[ "$(sort started)" = $'one\ntwo' ]
	[ "$(sort out)" = $'one\ntwo' ]
}

@test "--halt prints the output of the job that failed, in any mode" {
	for mode in --group -k --line-buffer '-k --line-buffer' -u '-k --tag'; do
		for when in now soon; do
			pp_split $mode -j2 --halt $when,fail=1 'echo x{}; echo why{} >&2; exit {}' ::: 0 0 5 0
			[ "$status" -eq 5 ]
			[[ $errors == *why5* ]]
			[[ $output == *x5* ]]
		done
	done
}

@test "--halt now with -k prints what an earlier job had printed, and then the failed one" {
	mkfifo go
	run pp -k -j2 --halt now,fail=1 'if [ {} = 1 ]; then echo first; echo > go; exec sleep 1000; fi; read x < go; echo second; exit 3' ::: 1 2
	[ "$status" -eq 3 ]
	[ "$output" = $'first\nsecond' ]
}

@test "--halt with a count of failures, successes or ends" {
	run pp -j1 --halt now,fail=2 'echo {}; exit {}' ::: 1 0 4 0
	[ "$status" -eq 2 ]
	[ "$output" = $'1\n0\n4' ]
	run pp -j1 --halt now,success=2 'echo {}; exit {}' ::: 1 0 0 4
	[ "$status" -eq 0 ]
	[ "$output" = $'1\n0\n0' ]
	run pp -j1 --halt soon,done=2 'echo {}; exit {}' ::: 1 0 0 4
	[ "$output" = $'1\n0' ]
	run pp -j1 --halt now,done=1 'echo {}; exit {}' ::: 6 0
	[ "$status" -eq 6 ]
}

@test "--halt with a percentage of all jobs" {
	run pp -j1 --halt now,fail=50% 'echo {}; exit {}' ::: 1 0 2 0
	[ "$output" = $'1\n0\n2' ]
	[ "$status" -eq 50 ]
	run pp -j1 --halt soon,done=50% 'echo {}; exit {}' < <(printf '0\n0\n0\n0\n')
	[ "$output" = $'0\n0' ]
	[ "$status" -eq 0 ]
}

@test "--halt knows the old numbers" {
	for rule in 1 2; do
		run pp -j1 --halt $rule 'echo {}; exit {}' ::: 0 5 0
		[ "$output" = $'0\n5' ]
		[ "$status" -eq 5 ]
	done
	run pp -j1 --halt -1 'echo {}; exit {}' ::: 5 0 5
	[ "$output" = $'5\n0' ]
	[ "$status" -eq 0 ]
	run pp -j1 --halt 0 'echo {}; exit {}' ::: 5 0 5
	[ "$output" = $'5\n0\n5' ]
	run pp -j1 --halt never 'echo {}; exit {}' ::: 5 0 5
	[ "$status" -eq 2 ]
}

@test "--halt that does not come about changes nothing" {
	run pp -j2 --halt now,fail=3 'exit {}' ::: 1 0 1
	[ "$status" -eq 2 ]
}

@test "--halt reads no further than it must" {
	run pp -j1 --halt now,done=3 echo < <(yes)
	[ "$output" = $'y\ny\ny' ]
	run pp -j1 --halt soon,fail=1 'exit 9; : {}' < <(yes)
	[ "$status" -eq 9 ]
}

@test "--delay still runs every job, in order" {
	run pp -j4 -k --delay 5ms echo ::: 1 2 3 4 5
	[ "$status" -eq 0 ]
	[ "$output" = $'1\n2\n3\n4\n5' ]
}

@test "--delay keeps jobs apart" {
	# However slow the machine: the third one cannot start before two delays are over.
	before=$(date +%s.%N)
	pp -j4 --delay 50ms --joblog log true ::: 1 2 3
	awk -v before="$before" '$1 == 3 && $3 - before < 0.099 { exit 1 }' log
}

# -- The job log --

@test "--joblog has nine columns" {
	pp -j1 --joblog log 'echo {}; exit {}' ::: 0 3 > /dev/null || true
	[ "$(head -n 1 log)" = $'Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand' ]
	[ "$(wc -l < log)" -eq 3 ]
	[ "$(awk -F '\t' '{ print NF }' log | uniq)" -eq 9 ]
	[ "$(cut -f 1,2,5-9 log | tail -n 2)" = $'1\t:\t0\t2\t0\t0\techo 0; exit 0\n2\t:\t0\t2\t3\t0\techo 3; exit 3' ]
	[[ $(field 3 2 log) =~ ^[0-9]+\.[0-9]{3}$ ]]
	[[ $(field 4 2 log) =~ ^\ *[0-9]+\.[0-9]{3}$ ]]
}

@test "--joblog tells signals, time limits and programs that are not found" {
	pp -j1 --joblog log 'kill -9 $$; : {}' ::: 1 || true
	[ "$(cut -f 7,8 log | tail -n 1)" = $'0\t9' ]
	pp -j1 --timeout 0.05 --joblog log sleep ::: 1000 2> err || true
	[ "$(cut -f 7,8 log | tail -n 1)" = $'-1\t15' ]
	pp -j1 --joblog log {} ::: ./nonexistent 2> err || true
	[ "$(cut -f 7,8 log | tail -n 1)" = $'127\t0' ]
}

@test "--joblog: a command is one line, whatever it holds" {
	pp -0 --joblog log echo < <(printf 'a\nb\0c\td\0') > /dev/null
	[ "$(wc -l < log)" -eq 3 ]
}

@test "--joblog makes the file anew, + appends to it" {
	pp --joblog log true ::: a b c
	pp --joblog log true ::: d
	[ "$(wc -l < log)" -eq 2 ]
	pp --joblog +log true ::: e f
	[ "$(wc -l < log)" -eq 4 ]
	[ "$(grep -c ^Seq log)" -eq 1 ]
	pp --joblog +new true ::: g
	[ "$(grep -c ^Seq new)" -eq 1 ]
	: > empty
	pp --joblog +empty true ::: g
	[ "$(grep -c ^Seq empty)" -eq 1 ]
}

@test "--joblog: a record that was torn is not made part of the next" {
	pp --joblog log true ::: a b
	printf '3\t:\t17' >> log
	pp --joblog +log true ::: c
	[ "$(tail -n 1 log | cut -f 9)" = 'true c' ]
	[ "$(sed -n 4p log)" = $'3\t:\t17' ]
	[ "$(wc -l < log)" -eq 5 ]
}

@test "--joblog counts a job's last try alone, with all of a job's output" {
	pp --retries 3 --joblog log 'head -c 100000 /dev/zero; exit {}' ::: 1 > /dev/null || true
	[ "$(wc -l < log)" -eq 2 ]
	[ "$(cut -f 6 log | tail -n 1)" -eq 100000 ]
}

@test "--joblog that cannot be opened or written ends the run with status 255" {
	run pp --joblog /nonexistent/log echo ::: a
	[ "$status" -eq 255 ]
	[[ $output == 'pp: cannot open job log: /nonexistent/log: '* ]]
	[ ! -c /dev/full ] || run pp --joblog /dev/full echo ::: a
	[ ! -c /dev/full ] || [ "$status" -eq 255 ]
}

@test "--joblog on a full disk says so, ends the run and keeps whole records" {
	(
		ulimit -f 1
		status=0
		pp -j2 --joblog log true 2> >(cat > err) < <(yes) || status=$?
		[ "$status" -eq 255 ]
	)
	wait_until grep -q '^pp: cannot write job log' err
	[ "$(awk -F '\t' '{ print NF }' log | sort -u)" -eq 9 ]
	[ "$(tail -c 1 log)" = '' ]
}

@test "--joblog of a halted run holds the jobs that ran" {
	pp -j1 --halt now,fail=1 --joblog log 'exit {}' ::: 0 4 0 || true
	[ "$(cut -f 1,7 log | tail -n +2)" = $'1\t0\n2\t4' ]
}
