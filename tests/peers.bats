# Faults that were seen in other tools of this kind, and the stress tests that they put to one another: none of it in pp.
#
# What other files hold is not repeated here: a full device, a reader that goes away, -k with few descriptors, the flags of the
# caller's descriptors, full disks, half lines (output.bats), a newline in a ::: value, a producer that never ends or stalls (jobs.bats), a
# command too long, missing programs, closed and few descriptors, few processes (badinput.bats), jobs that stop, close, leave their
# group or leave a daemon (pool.bats), being stopped, killed, and signals that were blocked (signals.bats). Sizes that take
# minutes are in tests/torture/run.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2046,SC2086,SC2154 # braces and shell lines are for pp; numbers are words; subshells end with their tests
load helper

setup()
{
	begin
	no_summary
}

# Whether the file has exactly these lines.
has_lines()
{
	[ "$(cat "$1" 2>/dev/null)" = "$2" ]
}

# -- Faults --

@test "a slow source does not delay what finished jobs have printed" {
	for mode in --group -k --line-buffer '-k --line-buffer' -u '--group --tag'; do
		rm -f input
		mkfifo input
		start_pp $mode -j2 -a input echo
		exec 8> input
		echo a >&8
		wait_until test -s out
		echo b >&8
		exec 8>&-
		wait_pp
		[ "$status" -eq 0 ]
		[ "$(wc -l < out)" -eq 2 ]
	done
}

@test "-X with two sources drops no value" {
	run pp -j1 -X echo {1} {2} ::: a b c ::: 1 2
	[ "$status" -eq 0 ]
	[ "$(printf '%s\n' $output | sort | uniq -c | tr -s ' \n' ' ')" = ' 3 1 3 2 2 a 2 b 2 c ' ]
	run pp -j1 -m --link echo {1} {2} ::: a b c ::: 1 2 3
	[ "$(printf '%s\n' $output | sort | tr -d '\n')" = 123abc ]
}

@test "a directory where a file of records is wanted is told of" {
	for words in '-a . echo' 'echo :::: .'; do
		run pp $words
		[ "$status" -eq 255 ]
		[ "$output" = 'pp: cannot read argument file: .: Is a directory' ]
	done
	run pp echo < .
	[ "$status" -eq 255 ]
	[ "$output" = 'pp: cannot read standard input: Is a directory' ]
}

@test "-k --halt now,fail=1 prints what the job has printed that failed" {
	mkfifo never
	run pp -k -j3 --halt now,fail=1 'echo out{}; [ {} -lt 3 ] || exit 3; read -r x < never' ::: 1 2 3
	[ "$status" -eq 3 ]
	[ "$(printf '%s\n' "$output" | grep -c '^out3$')" -eq 1 ]
}

@test "a job that opens /dev/stdout anew keeps its output" {
	[ -e /dev/stdout ] || skip "no /dev/stdout here"
	for mode in --group -k --line-buffer; do
		pp $mode 'echo a; echo b > /dev/stdout; echo c; echo d > /dev/stderr; echo {} >> /dev/stdout' ::: 1 > file 2> errs
		has_lines file $'a\nb\nc\n1'
		has_lines errs d
	done
}

@test "a child of whoever became pp is not waited for" {
	sh -c 'sleep 1000 & echo $! > child; exec "$PP" echo ::: a' > file 3>&-
	kill -0 "$(cat child)"
	kill -KILL "$(cat child)"
	has_lines file a
}

@test "signals that mean nothing interrupt no read, write or wait" {
	mkfifo input
	start_pp -k -j2 -a input 'echo {}; echo > done.{}'
	exec 8> input
	for i in 1 2 3 4 5 6 7 8 9 10; do
		printf '%s' "$i" >&8
		kill -WINCH "$PP_PID"
		kill -CHLD "$PP_PID"
		kill -URG "$PP_PID"
		kill -CONT "$PP_PID"
		echo >&8
		wait_until test -e "done.$i"
	done
	exec 8>&-
	wait_pp
	[ "$status" -eq 0 ]
	[ "$(cat out)" = "$(seq 10)" ]
}

@test "nothing of pp is left when it was ended by TERM" {
	[ -e /proc/self/environ ] || skip "needs /proc"
	export TEST_MARK=mark-$$-$RANDOM
	mkfifo never
	start_pp -k -j3 --callback cat 'echo $$ > pid.{}; read -r x < never' ::: 1 2 3 4
	unset TEST_MARK
	wait_until test -s pid.1
	kill -TERM "$PP_PID"
	wait_pp
	[ "$status" -eq 143 ]
	wait_until nothing_of mark-$$
}

nothing_of()
{
	! grep -qs "TEST_MARK=$1" /proc/[0-9]*/environ
}

@test "the status is never 0 after a signal, a missing program or a failed job" {
	for mode in --group -k -u --line-buffer '-j1 --init :' '--retries 2'; do
		run pp $mode 'kill -9 $$; : {}' ::: 1
		[ "$status" -eq 1 ]
		run pp $mode 'exit 200; : {}' ::: 1
		[ "$status" -eq 1 ]
		pp_split $mode /no/such/program ::: 1
		[ "$status" -ne 0 ]
		run pp $mode --timeout 0.1 sleep ::: 1000
		[ "$status" -eq 1 ]
	done
}

@test "NUL bytes in lines are told of, and lose no record" {
	run pp -k echo < <(printf 'a\0b\nc\n')
	[ "$status" -eq 0 ]
	[ "$(printf '%s\n' "$output" | grep -v '^pp: ')" = $'a\nc' ]
	[[ $output == *'pp: warning: NUL bytes in 1 of the records'* ]]
}

# -- Output --

# A line in six parts on both outputs by turns, each part of them written by itself.
parts='for p in a c e; do printf "%s" {#}$p$p$p; printf "%s" {#}${p}x >&2; done; echo; echo >&2; : {}'

@test "parts of lines of many jobs do not mix, nor standard output with standard error" {
	for mode in --group -k --line-buffer '-k --line-buffer'; do
		pp $mode -j0 "$parts" ::: $(seq 30) > file 2> errs
		[ "$(sort -n file)" = "$(for i in $(seq 30); do echo "${i}aaa${i}ccc${i}eee"; done | sort -n)" ]
		[ "$(sort -n errs)" = "$(for i in $(seq 30); do echo "${i}ax${i}cx${i}ex"; done | sort -n)" ]
	done
}

@test "two jobs that print half lines by turns: no line has parts of both" {
	for mode in --group --line-buffer -k; do
		rm -f turn.1 turn.2
		mkfifo turn.1 turn.2
		start_pp $mode -j2 'for i in 1 2 3 4 5; do read -r x < turn.{}; printf {}; read -r x < turn.{}; echo {}; done' ::: 1 2
		exec 7<> turn.1 8<> turn.2
		for i in 1 2 3 4 5 6 7 8 9 10; do
			echo >&7
			echo >&8
		done
		wait_pp
		exec 7>&- 8>&-
		[ "$(sort out | uniq -c | tr -s ' \n' ' ')" = ' 5 11 5 22 ' ]
	done
}

@test "a job that fills its error pipe before it prints anything" {
	for mode in --group -k --line-buffer; do
		pp $mode 'head -c 1000000 /dev/zero >&2; echo {}' ::: 1 2 3 > file 2> errs
		[ "$(sort file | tr -d '\n')" = 123 ]
		[ "$(wc -c < errs)" -eq 3000000 ]
	done
}

# -- Words and names --

@test "file names that are hard on shells" {
	local name="My brother's 12\" *** record  (costs \$\$\$) \`x\` \\ ~ ; & | < > # ! {} %.jpg"
	: > "$name"
	[ "$(printf '%s\n' "$name" | pp ls)" = "$name" ]
	[ "$(printf '%s\n' "$name" | pp 'ls {}')" = "$name" ]
	[ "$(printf '%s\n' "$name" | pp --gnu ls {})" = "$name" ]
	[ "$(printf '%s\n' "$name" | pp 'ls -- {} | cat')" = "$name" ]
}

@test "composed commands, and a value in more than one place" {
	[ "$(echo bar | pp --gnu echo foo';' echo {})" = $'foo\nbar' ]
	[ "$(echo bar | pp echo {} foo {})" = 'bar foo bar' ]
}

@test "a line longer than any command may be fails alone, in no time and memory to speak of" {
	run pp -k 'echo {= s/x*//g =}' < <(head -c 10000000 /dev/zero | tr '\0' x; echo; echo b)
	[ "$status" -eq 0 ]
	[ "$(printf '%s\n' "$output" | tail -n 1)" = b ]
	run pp -k echo < <(head -c 10000000 /dev/zero | tr '\0' x; echo; echo b)
	[ "$status" -eq 1 ]
	[ "$(printf '%s\n' "$output" | grep -c '^b$')" -eq 1 ]
}

# -- Poor surroundings --

@test "a thousand open descriptors of the caller" {
	(
		ulimit -n 2000 || exit 99
		for ((fd = 200; fd < 1200; fd++)); do
			eval "exec $fd< /dev/null"
		done
		exec "$PP" -j4 -k echo ::: 1 2 3 3>&-
	) > file 2> errs || [ $? -eq 99 ] || false
	[ "$(cat file)" = $'1\n2\n3' ] || grep -q ulimit errs || skip "no thousand descriptors here"
}

# Whether each record of the log has a run time that may be one.
has_run_times()
{
	awk -F'\t' 'NR > 1 && !($4 >= 0 && $4 < 1000) { wrong = 1 } END { exit wrong || NR < 2 }' "$1"
}

@test "the date is set back, or ahead, in mid-run: limits, delays and records of jobs are as they would be" {
	local library=${HELPERS%/*}/faults/fault.so

	[ -s "$library" ] || skip 'no library for faults here'
	! grep -q asan "$PP" || skip 'the library cannot be loaded in front of the sanitizers'
	for how in back ahead; do
		for who in manager worker; do
			run env "FAULT=$who:clock_gettime:3:$how" "LD_PRELOAD=$library" "$PP" -k -j2 --joblog log --events events --timeout 2 --delay 1ms \
				--retries 2 --retry-delay 1ms --retry-on 1-9 'echo {}; [ {} != 5 ] || exec sleep 1000; [ {} != 6 ] || exit 3' ::: 1 2 3 4 5 6 7 8 3>&-
			[ "$status" -eq 2 ]
			[ "$(printf '%s\n' "$output" | grep -v '^pp: ')" = "$(seq 8)" ]
			[ "$(printf '%s\n' "$output" | grep -c '^pp: job 5 timed out')" -eq 1 ]
			has_run_times log
			[ "$(sed 1d log | cut -f 1,7,8 | sort -n | sed -n 5,6p)" = $'5\t-1\t15\n6\t3\t0' ]
			[ "$(grep -c '"seconds":-' events)" -eq 0 ]
			rm log events
		done
	done
}

@test "little memory: all is printed, or one line says that it was too little" {
	[ -z "${ASAN_OPTIONS-}" ] && ! grep -q asan "$PP" || skip "sanitizers take memory of their own"
	for kilobytes in 12000 20000 40000 80000; do
		status=0
		(
			ulimit -v "$kilobytes" || exit 98
			exec "$PP" -k -j3 'head -c 5000000 /dev/zero; : {}' ::: 1 2 3 3>&-
		) > file 2> errs || status=$?
		if [ "$status" -eq 0 ]; then
			[ "$(wc -c < file)" -eq 15000000 ]
		else
			grep -q 'memory\|limit' errs
		fi
	done
}

# -- Death --

@test "killed at random moments: nothing runs on, no file stays, and what was said is true" {
	[ -e /proc/self/environ ] || skip "needs /proc"
	command -v pgrep > /dev/null || skip "needs pgrep"
	run env DEATH_LIMIT=30000 "$BATS_TEST_DIRNAME/torture/death" 8 3>&-
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "known jobs while workers are killed: each is whole or told of" {
	[ -e /proc/self/environ ] || skip "needs /proc"
	command -v pgrep > /dev/null || skip "needs pgrep"
	run env TORTURE_LIMIT=30000 "$BATS_TEST_DIRNAME/torture/soak" 160 3>&-
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "jobs of bad manners, streams that somebody makes non-blocking, signals at random moments: all is there once" {
	[ -e /proc/self/environ ] || skip "needs /proc"
	command -v pgrep > /dev/null || skip "needs pgrep"
	run env TORTURE_LIMIT=30000 TORTURE_SCALE=100 TORTURE_ONLY='^(rogues (-k|--init :)$|flags|interrupted)' "$BATS_TEST_DIRNAME/torture/run" 3>&-
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(printf '%s\n' "$output" | grep -c '^ok ')" -ge 3 ]
}
