# The pool: how many workers, which are reused, what an initializer leaves for the jobs, and workers that get lost.

# shellcheck disable=SC2012,SC2013,SC2016,SC2030,SC2031,SC2046,SC2154 # shell lines for jobs; numbers are words; subshells end with their tests
load helper

setup()
{
	begin
	no_summary
}

has_line()
{
	[ -s "$1" ] && [ "$(tail -c 1 "$1" | wc -l)" -eq 1 ]
}

# Waits until a job has written its whole line to each file.
written()
{
	local file

	for file; do
		wait_until has_line "$file"
	done
}

# Whether the process is gone; a corpse that nobody has reaped yet counts as gone.
gone()
{
	if [ -e "/proc/$1/stat" ]; then
		sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | grep -q '^Z'
	else
		! kill -0 "$1" 2>/dev/null
	fi
}

# slots_used JOBS ARGUMENTS...: how many slots a run of so many jobs takes that all wait for one another.
slots_used()
{
	local jobs=$1 i

	shift
	rm -rf slots go
	mkdir slots
	mkfifo go
	start_pp "$@" 'echo > slots/$PP_SLOT; read -r x < go; : {}' ::: $(seq "$jobs")
	exec 8<> go
	wait_until many_slots "$expected"
	for ((i = 0; i < jobs; i++)); do
		echo >&8
	done
	wait_pp
	exec 8>&-
	[ "$status" -eq 0 ]
	ls slots | wc -l | tr -d ' '
}

many_slots()
{
	[ "$(ls slots | wc -l)" -ge "$1" ]
}

# -- How many --

@test "-j N: so many jobs at a time, each in a slot of its own" {
	expected=3
	[ "$(slots_used 7 -j 3)" = 3 ]
	[ "$(slots_used 7 -P3)" = 3 ]
	[ "$(slots_used 7 --jobs=3)" = 3 ]
	[ "$(slots_used 7 --max-procs 3)" = 3 ]
}

@test "-j 0: as many as there are jobs" {
	expected=9
	[ "$(slots_used 9 -j0)" = 9 ]
}

@test "-j N%, +N and -N count from the processors" {
	local cpus
	cpus=$("$PP" --number-of-cpus)
	expected=$cpus
	[ "$(slots_used $((cpus + 3)) -j 100%)" = "$cpus" ]
	[ "$(slots_used $((cpus + 3)))" = "$cpus" ]
	expected=$((cpus + 2))
	[ "$(slots_used $((cpus + 4)) -j +2)" = $((cpus + 2)) ]
	expected=1
	[ "$(slots_used 3 -j -1000)" = 1 ]
	[ "$(slots_used 3 -j 1%)" = $(((cpus + 99) / 100)) ]
}

@test "-j FILE: the file is read again as jobs end" {
	echo 1 > size
	mkfifo go
	start_pp -j ./size 'echo "$PP_SLOT" > slot.{}; read -r x < go; : {}' ::: 1 2 3 4 5 6
	exec 8<> go
	written slot.1
	[ ! -e slot.2 ]
	echo 3 > size
	echo >&8
	written slot.2 slot.3 slot.4
	echo 1 > size
	echo >&8
	echo >&8
	echo >&8
	written slot.5
	echo >&8
	written slot.6
	echo >&8
	wait_pp
	exec 8>&-
	[ "$status" -eq 0 ]
	[ "$(cat slot.2 slot.3 slot.4 | sort | tr -d '\n')" = 123 ]
	[ "$(cat slot.6)" = 1 ]
}

@test "-j FILE: what is no number in it changes nothing" {
	echo 2 > size
	run pp -k -j ./size 'echo rubbish > size; echo {}' ::: 1 2 3
	[ "$status" -eq 0 ]
	[ "$output" = $'1\n2\n3' ]
	rm size
	run pp -j ./size echo ::: 1
	[ "$status" -eq 255 ]
	[[ $output == *size* ]]
}

# -- Reuse --

@test "a worker is used for all jobs of its slot" {
	run pp -j1 'echo $PPID; : {}' ::: 1 2 3 4 5 6 7 8
	[ "$status" -eq 0 ]
	[ "$(printf '%s\n' "$output" | sort -u | wc -l)" -eq 1 ]
	run pp -j3 'echo $PPID; : {}' ::: $(seq 100)
	[ "$(printf '%s\n' "$output" | sort -u | wc -l)" -le 3 ]
}

@test "the parent of a job is a worker, whose parent is pp" {
	run pp -j1 'echo $PP_PID $PPID; ps -o ppid= -p $PPID; : {}' ::: 1
	[ "${lines[0]%% *}" != "${lines[0]##* }" ]
	[ "${lines[1]// }" = "${lines[0]%% *}" ]
}

@test "workers are started as they are needed" {
	mkfifo input
	start_pp -j5 -a input --joblog log 'echo $PPID > worker.{}'
	exec 8> input
	echo 1 >&8
	wait_until logged 1
	echo 2 >&8
	written worker.2
	exec 8>&-
	wait_pp
	[ "$status" -eq 0 ]
	[ "$(cat worker.1)" = "$(cat worker.2)" ]
}

# Whether pp has heard of the end of so many jobs.
logged()
{
	[ "$(wc -l < log)" -gt "$1" ]
}

@test "--max-tasks replaces a worker after so many" {
	run pp -j1 -k --max-tasks 2 'echo $PPID; : {}' ::: 1 2 3 4 5
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "${lines[1]}" ]
	[ "${lines[2]}" = "${lines[3]}" ]
	[ "${lines[1]}" != "${lines[2]}" ]
	[ "${lines[3]}" != "${lines[4]}" ]
	run pp -j3 -k --max-tasks 1 echo ::: $(seq 30)
	[ "$status" -eq 0 ]
	[ "$output" = "$(seq 30)" ]
}

# -- The initializer --

@test "--init: variables, functions, directory and umask hold for each job" {
	mkdir place
	run pp -j1 -k --init 'v="a  b"; export e=1; f() { echo "f:$1"; }; cd place; umask 077' \
		'echo "$v" $e; f {}; pwd; umask' ::: x "y z"
	[ "$status" -eq 0 ]
	[ "$output" = "a  b 1
f:x
$PWD/place
0077
a  b 1
f:y z
$PWD/place
0077" ]
}

@test "--init: direct words see variables that are exported, and its directory" {
	mkdir place
	run pp -j1 -k --init 'export V=value; cd place' sh -c 'echo "$V $1 $#"; basename "$PWD"' sh ::: 'a  b' "it's"
	[ "$status" -eq 0 ]
	[ "$output" = "value a  b 1
place
value it's 1
place" ]
}

@test "--init: words stay words, of several lines too" {
	run pp -j1 -k --init : printf '<%s>' 'two
lines' '' '$HOME "q" \ ` *' {} ::: "x'
y"
	[ "$status" -eq 0 ]
	[ "$output" = "<two
lines><><\$HOME \"q\" \\ \` *><x'
y>" ]
}

@test "--init: the first of several words is a program or a function, never a reserved word or an alias" {
	mkdir bin
	printf '#!/bin/sh\necho "program: $*"\n' | tee bin/time bin/if bin/hello > /dev/null
	chmod +x bin/*
	for shell in bash dash zsh ksh93 mksh; do
		command -v "$shell" > /dev/null || continue
		for word in time if hello; do
			PATH=$PWD/bin:$PATH PP_SHELL=$shell run pp --init 'alias hello="echo alias"' "$word" true ::: a
			[ "$output" = 'program: true a' ]
		done
		PP_SHELL=$shell run pp --init 'alias f="echo alias"; f() { echo "function: $*"; }' f 1 ::: a
		[ "$output" = 'function: 1 a' ]
	done
}

@test "--init: a job of several lines with a here-document" {
	run pp -j1 -k --init 'v=1' 'x={}; if [ "$v" = 1 ]; then
cat <<END
value $v
  $x
END
fi' ::: a b
	[ "$status" -eq 0 ]
	[ "$output" = $'value 1\n  a\nvalue 1\n  b' ]
}

@test "--init: what one job sets is gone for the next" {
	run pp -j1 -k --init 'v=init; cd /' 'echo $v "$PWD" $#; v=job; cd /tmp; set -- 1 2; exit 0; : {}' ::: 1 2
	[ "$status" -eq 0 ]
	[ "$output" = $'init / 0\ninit / 0' ]
}

@test "--init runs once in each worker, several lines in their order, and knows PP_SLOT" {
	run pp -j2 --init 'echo "first $PP_SLOT" >> log' --init 'echo "second $PP_SLOT" >> log' 'echo {}' ::: $(seq 50)
	[ "$status" -eq 0 ]
	[ "$(sort log | uniq -d)" = "" ]
	[ "$(grep ' 1$' log)" = $'first 1\nsecond 1' ]
	[ "$(printf '%s\n' "$output" | wc -l)" -eq 50 ]
}

@test "--init runs again in a worker that replaces another" {
	run pp -j1 --max-tasks 2 --init 'echo >> log' 'echo {}' ::: 1 2 3 4 5
	[ "$status" -eq 0 ]
	[ "$(wc -l < log)" -eq 3 ]
}

@test "--init: its output is on standard error, the jobs' where it belongs" {
	pp_split -j1 -k --init 'echo hello; echo trouble >&2' 'echo {}; echo e{} >&2' ::: 1 2
	[ "$status" -eq 0 ]
	[ "$output" = $'1\n2\n' ]
	[ "$errors" = $'hello\ntrouble\ne1\ne2' ]
}

@test "--init: exit statuses of jobs are theirs, each way of output" {
	for mode in --group -k -u --line-buffer; do
		run pp -j2 "$mode" --init : 'echo {}; exit {}' ::: 0 1 7
		[ "$status" -eq 2 ]
		[ "$(printf '%s\n' "$output" | sort | tr -d '\n')" = 017 ]
	done
}

@test "--init with set -e ends with no harm to the jobs behind" {
	run pp -j1 -k --init 'set -e; v=1' 'false; echo never {}' ::: 1 2
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	run pp -j1 -k --init 'set -eu; v=1' 'echo $v {}' ::: 1 2
	[ "$output" = $'1 1\n1 2' ]
}

@test "--init: a trace that it asks for is one of the jobs, and holds up none" {
	local shell option

	for shell in sh bash zsh ksh mksh; do
		command -v "$shell" >/dev/null || continue
		for option in -x -v -xv; do
			pp_split --no-summary -k -j1 --shell "$shell" --timeout 60 --init "set $option" 'echo out {}; exit {}' ::: 0 3 143
			[ "$status" -eq 2 ]
			[ "$output" = $'out 0\nout 3\nout 143\n' ]
			[ "$option" = -v ] || [[ $errors == *"echo out 3"* ]]
			[[ $option != -x || $errors != *pp_* ]]
			[[ $errors != *signal* ]]
		done
	done
}

@test "--init: a trap that speaks between jobs holds up none" {
	pp_split -k -j1 --shell bash --timeout 60 --init 'trap "echo said >&2" DEBUG' 'echo out {}' ::: a b
	[ "$status" -eq 0 ]
	[ "$output" = $'out a\nout b\n' ]
}

@test "--init: a time limit ends the job, and the next one finds its initializer again" {
	run pp -j1 -k --timeout 2 --termseq TERM,50,KILL --init 'v=1' '[ {} = 2 ] || { trap "" TERM; sleep 1000 & echo $! >> pids; wait; }; echo $v {}' ::: 1 2 3
	[ "$status" -eq 2 ]
	[ "$(printf '%s\n' "$output" | grep -v '^pp: job [13] timed out')" = '1 2' ]
	for pid in $(cat pids); do
		wait_until gone "$pid"
	done
}

@test "a failing initializer is told of once, and ends the run" {
	run pp -j3 --init 'echo words >&2; exit 3' echo ::: 1 2 3 4 5
	[ "$status" -eq 255 ]
	[ "$(printf '%s\n' "$output" | grep -c '^pp: initializer failed: exit status 3: ')" -eq 1 ]
	[ "$(printf '%s\n' "$output" | grep -c '^pp: no worker can be started')" -eq 1 ]
	run pp -j1 --init false echo ::: 1 2
	[ "$status" -eq 255 ]
}

@test "an initializer that ends its shell is a failing one" {
	run pp -j2 --init 'exit 0' echo ::: 1 2 3
	[ "$status" -eq 255 ]
	[ "${lines[0]}" = 'pp: initializer failed: it ended its shell: exit 0' ]
}

@test "an initializer that fails in one worker leaves the work to the others" {
	run pp -j3 -k --init '[ $PP_SLOT != 1 ]' echo ::: $(seq 20)
	[ "$status" -eq 0 ]
	[ "$(printf '%s\n' "$output" | grep -v '^pp: ')" = "$(seq 20)" ]
	[[ $output == *'initializer failed: exit status 1'* ]]
}

@test "a shell that an initializer kills behind pp's back ends the run in the end" {
	run pp -j1 --init '(while kill -9 $$; do :; done) 2>/dev/null &' 'sleep 1000; : {}' ::: 1 2 3
	[ "$status" -ne 0 ]
}

@test "a job whose shell behind an initializer is killed ends with it" {
	start_pp -j1 --init 'echo $$ > shell' 'sleep 1000 & echo $! > child; wait; : {}' ::: 1
	written shell child
	kill -KILL "$(cat shell)"
	wait_pp
	[ "$status" -eq 1 ]
	wait_until gone "$(cat child)"
}

# -- Lost workers --

# accounted N: each of the jobs 1 to N was printed, or told of as lost and counted. Reports of short jobs travel together, so
# that some may be lost with the worker, and what a lost job printed may have come. The file lost gets the numbers of the lost ones.
accounted()
{
	printf '%s\n' "$output" | sed -n 's/^pp: job \([0-9]*\) lost with its worker: .*/\1/p' | sort -n > lost
	[ "$(wc -l < lost)" -eq "$status" ]
	[ "$(printf '%s\n' "$output" | grep -v '^pp: ' | sort -nu - lost)" = "$(seq "$1")" ]
	[ -z "$(printf '%s\n' "$output" | sort | uniq -d)" ]
}

@test "a worker that is killed is replaced and told of, its job too, and the others run" {
	run pp -j2 'case {} in 3) kill -9 $PPID; sleep 1000;; esac; echo {}' ::: $(seq 10)
	accounted 10
	grep -qx 3 lost
	[ "$(printf '%s\n' "$output" | grep -c '^pp: worker lost: slot [12]: killed by signal 9$')" -eq 1 ]
}

@test "the half line of a lost job is no part of the next one" {
	mkfifo never
	for mode in -k '-k --tag' --line-buffer; do
		# shellcheck disable=SC2086 # several words
		start_pp -j1 $mode --no-summary 'case {} in 1) printf "1\\nhalf"; printf "1\\nhalf" >&2; echo $PPID > worker; read -r x < never ;; esac; echo {}; echo {} >&2' ::: 1 2
		written worker
		wait_until test -s out
		wait_until test -s err
		# A shell may write the half line by itself.
		wait_until rest "$(cat worker)" "$PP_PID"
		kill -KILL "$(cat worker)"
		wait_pp
		[ "$status" -eq 1 ]
		[ "$(sed 's/^.*	//' out)" = $'1\nhalf\n2' ]
		[ "$(sed 's/^.*	//' err | grep -c '^half$')" -eq 1 ]
		[ "$(sed 's/^.*	//' err | grep -c '^2$')" -eq 1 ]
		rm worker out err
	done
}

@test "tasks that wait behind a lost one are not lost" {
	run pp -j1 'echo {} >> log; [ {} != 400 ] || kill -9 $PPID; echo {}' ::: $(seq 600)
	[ "$(cat log)" = "$(seq 600)" ]
	accounted 600
	[ "$(tail -n 1 lost)" = 400 ]
}

@test "a lost job is tried again with --retries" {
	run pp -j1 -k --retries 3 'echo >> tries; [ "$(wc -l < tries)" -gt 2 ] || kill -9 $PPID; echo {}' ::: 1
	[ "$status" -eq 0 ]
	[ "$(printf '%s\n' "$output" | grep -v '^pp: worker lost')" = 1 ]
	[ "$(wc -l < tries)" -eq 3 ]
}

@test "--retry-on lost tries no other failure again" {
	run pp -j1 --retries 3 --retry-on lost 'echo >> tries.{}; [ {} = 1 ] || kill -9 $PPID; exit 1' ::: 1 2
	[ "$status" -eq 2 ]
	[ "$(wc -l < tries.1)" -eq 1 ]
	[ "$(wc -l < tries.2)" -eq 3 ]
}

@test "workers that keep dying end the run" {
	run pp -j2 'kill -9 $PPID; : {}' ::: $(seq 40)
	[ "$status" -eq 255 ]
	[[ $output == *'no worker can be started: the run ends before job '* ]]
}

@test "a worker lost at the very end of the input loses nothing in silence" {
	run pp -j4 '[ {} != 8 ] || kill -9 $PPID; echo {}' ::: $(seq 8)
	accounted 8
	[ "$(tail -n 1 lost)" = 8 ]
}

# -- Jobs of bad manners --

# timed_out FILE ARGUMENTS...: pp ends a job by a time limit, a short one unless the job takes longer to write its process id to FILE.
timed_out()
{
	local file=$1 limit

	shift
	for limit in 0.2 1 5 20; do
		run pp -j1 --timeout "$limit" "$@"
		[ "$status" -eq 1 ]
		[[ $output == *'job 1 timed out'* ]]
		if has_line "$file"; then
			return 0
		fi
	done
	return 1
}

@test "a descendant that keeps the outputs neither stalls the pool nor speaks for another job" {
	mkfifo late.fifo go
	start_pp -j1 -k '[ {} != 1 ] || "$HELPERS/misbehave" session late; [ {} != 2 ] || { echo > begun; read -r x < go; }; echo {}' ::: 1 2 3
	exec 8<> late.fifo
	written late begun
	exec 9<> go
	echo >&8
	wait_until rest "$(cat late)"
	echo >&9
	wait_pp
	[ "$status" -eq 0 ]
	[ "$(cat out)" = $'1\n2\n3' ]
	[ ! -s err ]
	kill -KILL "$(cat late)" 2> /dev/null || true
	exec 8>&- 9>&-
}

@test "such a descendant is not killed by a closed pipe while pp runs" {
	mkfifo late.fifo go
	start_pp -j1 '[ {} != 1 ] || "$HELPERS/misbehave" session late; [ {} != 2 ] || { echo > begun; read -r x < go; }; echo {}' ::: 1 2
	exec 8<> late.fifo
	exec 9<> go
	written late begun
	echo >&8
	echo >&8
	wait_until rest "$(cat late)"
	kill -0 "$(cat late)"
	kill -KILL "$(cat late)"
	echo >&9
	wait_pp
	[ "$status" -eq 0 ]
	exec 8>&- 9>&-
}

@test "fifty descendants that keep their outputs do not stop the pool" {
	run pp -j20 -k 'sleep 1000 & echo $! >> pids; echo {}' ::: $(seq 50)
	kill -KILL $(cat pids)
	[ "$status" -eq 0 ]
	[ "$output" = "$(seq 50)" ]
}

@test "a daemon that a job leaves is not ended with it, nor with pp" {
	run pp -j1 'sleep 1000 > /dev/null 2>&1 & echo $! > daemon; echo {}' ::: 1
	[ "$status" -eq 0 ]
	[ "$output" = 1 ]
	kill -0 "$(cat daemon)"
	kill -KILL "$(cat daemon)"
}

@test "a job that closes its outputs and runs on is waited for" {
	start_pp -j1 '[ {} != 1 ] || "$HELPERS/misbehave" close pid; echo {}' ::: 1 2
	written pid
	kill -TERM "$(cat pid)"
	wait_pp
	[ "$status" -eq 0 ]
	[ "$(cat out)" = $'1\n2' ]
}

@test "a job that stops itself is ended by its time limit, and by INT" {
	timed_out pid "$HELPERS/misbehave" stop ::: pid
	wait_until gone "$(cat pid)"
	rm pid
	start_pp -j1 "$HELPERS/misbehave" stop ::: pid
	written pid
	wait_until is_stopped "$(cat pid)"
	kill -INT "$PP_PID"
	wait_pp
	[ "$status" -eq 130 ]
	wait_until gone "$(cat pid)"
}

@test "a job that changes its group is ended all the same" {
	timed_out pid "$HELPERS/misbehave" group ::: pid
	wait_until gone "$(cat pid)"
	rm pid
	start_pp -j1 "$HELPERS/misbehave" group ::: pid
	written pid
	kill -INT "$PP_PID"
	wait_pp
	[ "$status" -eq 130 ]
	wait_until gone "$(cat pid)"
}

@test "a job that ignores TERM is killed, and its children with it" {
	timed_out pid --termseq TERM,50,KILL 'trap "" TERM; sleep 1000 & echo $! > child; echo $$ > pid; wait; : {}' ::: 1
	wait_until gone "$(cat pid)"
	wait_until gone "$(cat child)"
}

@test "children that ignore TERM are killed when their parent has obeyed" {
	timed_out child --termseq TERM,50,KILL 'sh -c "trap \"\" TERM; echo \$\$ > child; while :; do sleep 1000; done" & exec sleep 1000; : {}' ::: 1
	[ "$status" -eq 1 ]
	wait_until gone "$(cat child)"
}
