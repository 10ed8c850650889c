# The job log, and runs that go on where an earlier one has ended: --joblog, --resume, --resume-failed, --retry-failed.
#
#   RESUME_KILLS=200 RESUME_JOBS=2000 bats tests/resume.bats      the kill test in full
#
# shellcheck disable=SC1083,SC2016 # braces and variables are for pp and its jobs
# shellcheck disable=SC2030,SC2031,SC2154 # subshells end with their tests, errors comes from helper.bash

load helper

setup()
{
	begin
	no_summary
}

teardown()
{
	if [ -n "$MOUNTED" ]; then
		umount "$MOUNTED"
	fi
	end
}

# The numbers, exit statuses and commands of a log.
records()
{
	sed 1d "$1" | cut -f 1,7,9
}

HEAD=$'Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand'

# -- The log --

@test "a record for each job, in nine columns" {
	run pp -j1 --joblog log 'echo ab; exit {}' ::: 0 3
	[ "$status" -eq 1 ]
	[ "$(head -n 1 log)" = "$HEAD" ]
	[ "$(cut -f 1,2,5-9 log | sed 1d)" = $'1\t:\t0\t3\t0\t0\techo ab; exit 0\n2\t:\t0\t3\t3\t0\techo ab; exit 3' ]
	[ "$(sed 1d log | cut -f 3,4 | grep -cE '^[0-9]+\.[0-9]{3}	 +[0-9]+\.[0-9]{3}$')" -eq 2 ]
}

@test "a job that a signal ended, and one that timed out" {
	run pp -j1 --joblog log 'kill -9 $$; :' ::: 1
	[ "$(sed 1d log | cut -f 7,8)" = $'0\t9' ]
	run pp -j1 --joblog log --timeout 50ms 'exec sleep 60; :' ::: 1
	[ "$(sed 1d log | cut -f 7)" = -1 ]
}

@test "--joblog +FILE adds to a log, FILE makes it anew" {
	pp --joblog log true ::: 1
	pp --joblog +log true ::: 2
	[ "$(cut -f 9 log)" = $'Command\ntrue 1\ntrue 2' ]
	pp --joblog log true ::: 3
	[ "$(cut -f 9 log)" = $'Command\ntrue 3' ]
}

@test "--joblog-extra: further columns stand behind the command, and a resumed run understands and continues them" {
	pp -j1 --joblog log --joblog-extra --retries 2 '[ {} = 1 ] || [ $PP_RETRY = 1 ]' ::: 1 2
	[ "$(head -n 1 log)" = "$HEAD"$'\tUserTime\tSystemTime\tPeakMemory\tTries' ]
	[ "$(cut -f 13 log | sed 1d)" = $'1\n2' ]
	sed 1d log | cut -f 10-12 | grep -qE '^[0-9]+\.[0-9]{3}	[0-9]+\.[0-9]{3}	-?[0-9]+$'
	pp_split -j1 --resume --joblog log '[ {} = 1 ] || [ $PP_RETRY = 1 ]' ::: 1 2 1
	[ "$errors" = '' ]
	[ "$(cut -f 1,13 log | sed 1d)" = $'1\t1\n2\t2\n3\t1' ]
}

@test "a log that cannot be written is said, and the status is 255" {
	[ -c /dev/full ] || skip "needs /dev/full"
	pp_split --joblog /dev/full true ::: 1
	[ "$status" -eq 255 ]
	[ "$errors" = 'pp: cannot write job log: /dev/full: No space left on device' ]
	pp_split --joblog nosuch/log true ::: 1
	[ "$status" -eq 255 ]
	[ "$errors" = 'pp: cannot open job log: nosuch/log: No such file or directory' ]
}

@test "a log whose reader goes away: the message says so" {
	mkfifo pipe hold
	start_pp -j1 --joblog pipe 'read x < {}' ::: hold
	exec 8<pipe
	read -r -u 8 _
	exec 8<&-
	echo >hold
	wait_pp
	[ "$status" -eq 255 ]
	[ "$(cat err)" = 'pp: cannot write job log: pipe: Broken pipe' ]
}

@test "a log on a disk that becomes full holds whole records, and a resumed run does the rest" {
	(
		ulimit -f 4
		exec "$PP" -j2 --joblog log 'echo {} >> ran' ::: $(seq 300) 2> err 3>&- || true
	) || status=$?
	[ "$status" -eq 255 ]
	grep -q '^pp: cannot write job log: log: File too large$' err
	[ "$(tail -c 1 log)" = '' ]
	[ "$(wc -l < log)" -lt 200 ]
	logged=$(sed 1d log | cut -f 1 | sort -n)
	run pp -j2 --resume --joblog log 'echo {} >> ran' ::: $(seq 300)
	[ "$status" -eq 0 ]
	[ "$(sort -un ran)" = "$(seq 300)" ]
	[ "$(sort -n ran | uniq -d | grep -cxF "$logged")" -eq 0 ]
	[ "$(sed 1d log | cut -f 1 | sort -n)" = "$(seq 300)" ]
}

# -- Resuming --

@test "--resume passes over what is in the log, --resume-failed does what failed again" {
	run pp -j1 --joblog log 'exit {}' ::: 0 1
	run pp -j1 --resume --joblog log 'echo ran {}; exit {}' ::: 0 1 2
	[ "$status" -eq 1 ]
	[ "$output" = "$(printf '%s\n' 'pp: warning: job 1 is skipped, but is another one than in the job log: echo ran 0; exit 0: was the input changed? (told once; --resume-strict refuses)' 'ran 2')" ]
	run pp -j1 --joblog log 'exit {}' ::: 0 1
	run pp -j1 --resume-failed --joblog log 'exit {}' ::: 0 1 0
	[ "$(records log)" = $'1\t0\texit 0\n2\t1\texit 1\n2\t1\texit 1\n3\t0\texit 0' ]
}

@test "--retry-failed runs the failed commands of the log, with their numbers and without input" {
	run pp -j1 --joblog log '[ -e fixed ] && echo {#} {}' ::: a 'b c' $'new\nline'
	[ "$status" -eq 3 ]
	touch fixed
	run pp -k --retry-failed --joblog log < /dev/null
	[ "$status" -eq 0 ]
	[ "$output" = $'1 a\n2 b c\n3 new\nline' ]
	run pp --retry-failed --joblog log
	[ "$status" -eq 0 ]
	[ "$output" = '' ]
	printf '#!/bin/sh\nexit 1\n' > program
	chmod +x program
	run pp -j1 --joblog log ./program ::: a "b'c" 'd  e'
	printf '#!/bin/sh\nprintf "%%s\\n" "$#" "$@"\n' > program
	run pp -k --retry-failed --joblog log
	[ "$status" -eq 0 ]
	[ "$output" = $'1\na\n1\nb\'c\n1\nd  e' ]
}

@test "--halt with a percentage counts the jobs of --retry-failed" {
	run pp -j1 --joblog log 'echo {} >> ran; exit {}' ::: 1 2 0 3 4
	[ "$status" -eq 4 ]
	rm ran
	run pp --no-summary -j1 --retry-failed --joblog log --halt now,fail=50% < /dev/null
	[ "$status" -eq 50 ]
	[ "$(cat ran)" = $'1\n2' ]
	rm ran
	run pp --no-summary -j1 --retry-failed --joblog log --halt soon,done=75% < <(seq 100)
	[ "$status" -eq 75 ]
	[ "$(cat ran)" = $'1\n2\n3' ]
}

@test "what resumes needs a log, and one that is a log" {
	run pp --resume true ::: 1
	[ "$status" -eq 255 ]
	[[ $output == *'need the log of the earlier run: --joblog FILE'* ]]
	run pp --retry-failed --results dir
	[ "$status" -eq 255 ]
	run pp --resume-failed --results dir true ::: 1
	[ "$status" -eq 255 ]
	[ "$output" = 'pp: --resume-failed and --retry-failed need the log of the earlier run: --joblog FILE' ]
	echo 'a letter' > letter
	run pp --resume --joblog letter true ::: 1
	[ "$status" -eq 255 ]
	[ "${lines[0]}" = 'pp: no job log: letter: line 1 is no record of a job' ]
	[ "$(cat letter)" = 'a letter' ]
}

@test "--resume without an earlier run runs everything" {
	run pp -k --resume --joblog log echo ::: a b
	[ "$status" -eq 0 ]
	[ "$output" = $'a\nb' ]
	: > empty
	run pp -k --resume --joblog empty echo ::: a b
	[ "$output" = $'a\nb' ]
	[ "$(head -n 1 empty)" = "$HEAD" ]
}

@test "a torn last record is no record, at whatever byte it was torn" {
	pp -j1 --joblog whole 'echo {} >> ran' ::: 1 2 3
	last=$(tail -n 1 whole)
	for ((i = 0; i <= ${#last}; i++)); do
		rm -f ran
		head -n 3 whole > log
		printf %s "${last:0:i}" >> log
		pp_split --resume --joblog log 'echo {} >> ran' ::: 1 2 3
		[ "$status" -eq 0 ]
		[ "$errors" = '' ]
		[ "$(cat ran)" = 3 ]
		[ "$(records log)" = "$(records whole)" ]
	done
}

@test "a header that was torn is written anew" {
	for ((i = 1; i < ${#HEAD}; i += 5)); do
		printf %s "${HEAD:0:i}" > log
		pp_split --resume --joblog log true ::: 1
		[ "$status" -eq 0 ]
		[ "$(head -n 1 log)" = "$HEAD" ]
		[ "$(wc -l < log)" -eq 2 ]
	done
}

@test "a log of GNU parallel is understood, and continued" {
	printf '%s\n' "$HEAD" $'2\t:\t1700000000.500\t     0.010\t0\t2\t0\t0\techo b' \
		$'1\tserver\t1700000000.499\t     0.015\t10\t2\t1\t0\techo a' > log
	run pp -k --resume --joblog log echo ::: a b c
	[ "$status" -eq 0 ]
	[ "$output" = c ]
	run pp -k --resume-failed --joblog log echo ::: a b c
	[ "$output" = a ]
	[ "$(wc -l < log)" -eq 5 ]
}

@test "GNU parallel understands a log of pp" {
	parallel --version 2> /dev/null | grep -q 'GNU parallel' || skip "needs GNU parallel"
	run pp -j1 --joblog log 'exit {}' ::: 0 1
	run parallel --will-cite --resume-failed --joblog log 'echo {}; exit 0' ::: 0 1 2
	[ "$(sort <<< "$output")" = $'1\n2' ]
}

@test "input that was changed is warned of once, and --resume-strict refuses it" {
	pp -j1 --joblog log true ::: a b c
	cp log before
	pp_split -j1 --resume --joblog log true ::: x b y z
	[ "$status" -eq 0 ]
	[ "$errors" = 'pp: warning: job 1 is skipped, but is another one than in the job log: true x: was the input changed? (told once; --resume-strict refuses)' ]
	cp before log
	pp_split -j1 --resume --resume-strict --joblog log 'true' ::: a b y z
	[ "$status" -eq 255 ]
	[ "$errors" = 'pp: job 3 is another one than in the job log: true y: was the input changed? nothing more is run' ]
	cmp before log
	pp_split -j1 --resume --resume-strict --joblog log true ::: a b c d
	[ "$status" -eq 0 ]
}

@test "a command with the slot's number in it counts as unchanged" {
	pp -j3 --joblog log 'true {%}' ::: a b c
	pp_split -j3 --resume --resume-strict --joblog log 'true {%}' ::: a b c d
	[ "$status" -eq 0 ]
	[ "$errors" = '' ]
}

@test "--shuf gives out numbers anew, so that a log cannot tell what was done" {
	pp --shuf --joblog log true ::: a b c
	run pp --shuf --resume --joblog log true ::: a b c
	[ "$status" -eq 255 ]
	[[ $output == 'pp: --shuf and the job log of an earlier run: '* ]]
	run pp --shuf --resume --results dir true ::: a b c
	[ "$status" -eq 0 ]
}

@test "commands with newlines, tabs and any bytes count as unchanged" {
	printf 'a\nb\0c\td\0\377 e\0' > in
	pp -0 -j2 --joblog log true < in
	pp_split -0 -j2 --resume --resume-strict --joblog log true < in
	[ "$status" -eq 0 ]
	[ "$errors" = '' ]
	[ "$(wc -l < log)" -eq 4 ]
}

@test "a job number that is in the log twice counts as done where one of them succeeded" {
	run pp -j1 --joblog log '[ -e ok ] || exit 1; : {}' ::: 1
	touch ok
	run pp -j1 --resume-failed --joblog log '[ -e ok ] || exit 1; : {}' ::: 1
	rm ok
	run pp -j1 --resume-failed --joblog log '[ -e ok ] || exit 1; : {}' ::: 1
	[ "$status" -eq 0 ]
	[ "$(wc -l < log)" -eq 3 ]
}

@test "what an interrupt has ended is done again" {
	start_pp -j2 --joblog log '[ {} = 1 ] && exit; touch running; exec sleep 60' ::: 1 2 3
	wait_until test -e running
	one() { [ "$(wc -l < log)" -eq 2 ]; }
	wait_until one
	kill -INT "$PP_PID"
	wait_pp
	[ "$status" -eq 130 ]
	[ "$(records log | cut -f 1)" = 1 ]
	run pp -k --resume --joblog log 'echo {}' ::: 1 2 3
	[[ $output == *$'2\n3' ]]
}

@test "a job with tries left when a signal ends the run is done by a resumed run" {
	mkfifo go
	start_pp -j1 --retries 2 --retry-delay 1000 --joblog log --events events 'exit 1; : {}' ::: 1
	wait_until grep -qs '"event":"retry"' events
	kill -INT "$PP_PID"
	wait_pp
	[ "$status" -eq 130 ]
	[ -z "$(records log)" ]
	start_pp -j1 --retries 2 --joblog log 'touch running; read -r x < go; exit 1; : {}' ::: 1
	wait_until test -e running
	kill -HUP "$PP_PID"
	wait_until rest "$PP_PID"
	echo > go
	wait_pp
	[ "$status" -eq 129 ]
	[ -z "$(records log)" ]
	run pp --retries 2 --joblog log --resume 'echo again {}' ::: 1
	[ "$output" = "again 1" ]
	[ "$(records log | cut -f 1)" = 1 ]
}

@test "--halt now: what was ended is done by a resumed run" {
	mkfifo ready
	run pp -j2 --joblog log --halt now,fail=1 'case {} in 1) cat ready; exit 1 ;; 2) echo > ready; exec sleep 60 ;; esac' ::: 1 2 3
	[ "$status" -eq 1 ]
	[ "$(records log | cut -f 1)" = 1 ]
}

# -- kill -9 --

# now: milliseconds.
now()
{
	local t=${EPOCHREALTIME/[.,]/}

	echo $((t / 1000))
}

# One run that is killed at a random moment, and resumed, in a directory of its own: what the last one has left may still write there.
# Adds to $again how many jobs were done twice.
killed_run()
{
	local count

	mkdir "$TEST_DIR/work/$i"
	cd "$TEST_DIR/work/$i" || return 1
	: > ran
	start_pp -j4 --joblog log 'echo {} >> ran' ::: $(seq "$1")
	command sleep "$(awk -v r=$RANDOM -v t="$took" 'BEGIN { print r / 32768 * t / 1000 }')"
	kill -KILL "$PP_PID" 2> /dev/null || true
	wait_pp 2> /dev/null
	[ "$status" -eq 0 ] || [ "$status" -eq 137 ]
	cp log before 2> /dev/null || : > before
	pp -j4 --resume --resume-strict --joblog log 'echo {} >> ran' ::: $(seq "$1")
	[ "$(sort -un ran)" = "$(seq "$1")" ]
	[ "$(sed 1d log | cut -f 1 | sort -n)" = "$(seq "$1")" ]
	# None of those in the log was done twice, no other one more than that.
	[ "$(sort -n ran | uniq -c | awk '$1 > 2' | wc -l)" -eq 0 ]
	sort -n ran | uniq -d > twice
	sed 1d before | grep '	echo [0-9]* >> ran$' | cut -f 1 | sort > logged
	[ -z "$(comm -12 logged <(sort twice))" ]
	count=$(wc -l < twice)
	again=$((again + count))
	[ "$count" -le "$most" ] || most=$count
}

@test "kill -9 at random moments: every job is done, none that is in the log again" {
	kills=${RESUME_KILLS:-10} jobs=${RESUME_JOBS:-300} again=0 most=0
	start=$(now)
	pp -j4 --joblog log 'echo {} >> ran' ::: $(seq "$jobs")
	took=$(($(now) - start))
	for ((i = 0; i < kills; i++)); do
		killed_run "$jobs"
	done
	echo "# $kills kills of $jobs jobs: $again were in flight and done once more, at most $most at a kill" >&3
}
