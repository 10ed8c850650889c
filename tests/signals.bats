# Signals to pp, to its workers and to its jobs: what ends, what goes on, and that nothing stays behind.

# shellcheck disable=SC2012,SC2013,SC2016,SC2030,SC2031,SC2046,SC2154 # shell lines for jobs; numbers are words; subshells end with their tests
load helper

setup()
{
	begin
	no_summary
}

# Whether the process is gone; a corpse that nobody has reaped yet counts as gone.
gone()
{
	[ -n "$1" ] || return 1
	if [ -e /proc/self/stat ]; then
		[ "$(state "$1")" = Z ] || ! kill -0 "$1" 2>/dev/null
	else
		! kill -0 "$1" 2>/dev/null
	fi
}

# state PID: R, S, T (stopped), Z ...
state()
{
	if [ -e /proc/self/stat ]; then
		sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null || true
	else
		ps -o state= -p "$1" 2>/dev/null | cut -c1
	fi
}

runs()
{
	[ "$(state "$1")" = S ] || [ "$(state "$1")" = R ]
}

# Waits until a job has written its whole line to the file.
written()
{
	local file

	for file; do
		wait_until has_line "$file"
	done
}

has_line()
{
	[ -s "$1" ] && [ "$(tail -c 1 "$1" | wc -l)" -eq 1 ]
}

all_gone()
{
	local file pid

	for file; do
		for pid in $(cat "$file"); do
			wait_until gone "$pid"
		done
	done
}

# For jobs that end themselves when they are told to: a slow machine must not have them killed before.
PATIENT=TERM,30000,KILL

no_files_left()
{
	[ -z "$(ls -A "$TMPDIR")" ]
}

@test "INT: running jobs get it, no other starts, what they print is printed" {
	start_pp -j2 -k --termseq "$PATIENT" 'trap "echo told {}; kill \$!; exit 1" INT; sleep 1000 & echo $$ > pid.{}; wait' ::: 1 2 3
	written pid.1 pid.2
	kill -INT "$PP_PID"
	wait_pp
	[ "$status" -eq 130 ]
	[ "$(cat out)" = $'told 1\ntold 2' ]
	[ ! -s err ]
	[ ! -e pid.3 ]
	all_gone pid.1 pid.2
	no_files_left
}

@test "TERM: jobs get TERM, and the status is 143" {
	start_pp -j2 --termseq "$PATIENT" 'trap "echo told; exit 0" TERM; sleep 1000 & echo $$ > pid.{}; wait' ::: 1 2 3
	written pid.1 pid.2
	kill -TERM "$PP_PID"
	wait_pp
	[ "$status" -eq 143 ]
	[ "$(cat out)" = $'told\ntold' ]
	all_gone pid.1 pid.2
}

@test "the jobs get INT before the ladder begins, and a second signal kills them at once" {
	start_pp --termseq TERM,3600000,KILL 'trap "echo int > told" INT; trap "echo term > told" TERM; echo $$ > pid
		while :; do sleep 1000 & wait; done; : {}' ::: 1
	written pid
	kill -INT "$PP_PID"
	written told
	kill -TERM "$PP_PID"
	wait_pp
	[ "$status" -eq 130 ]
	[ "$(cat told)" = int ]
	all_gone pid
}

@test "HUP: running jobs finish, no other starts" {
	mkfifo go
	start_pp -j1 'echo $PPID > worker.{}; read -r x < go; echo "done" {}' ::: 1 2 3
	written worker.1
	kill -HUP "$PP_PID"
	wait_until rest "$PP_PID" "$(cat worker.1)"
	echo > go
	wait_pp
	[ "$status" -eq 129 ]
	[ "$(cat out)" = 'done 1' ]
	[ ! -e worker.2 ]
}

@test "HUP and then INT: the jobs are told, not killed" {
	start_pp -j1 --termseq TERM,3600000,KILL 'trap "echo told; kill \$!; exit 0" INT; sleep 1000 & echo $$ > pid; wait; : {}' ::: 1 2
	written pid
	kill -HUP "$PP_PID"
	kill -INT "$PP_PID"
	wait_pp
	[ "$(cat out)" = told ]
	all_gone pid
}

@test "TSTP stops the jobs and pp, CONT wakes them" {
	start_pp -j2 'echo $$ > pid.{}; exec sleep 1000' ::: 1 2
	written pid.1 pid.2
	wait_until runs "$(cat pid.1)"
	kill -TSTP "$PP_PID"
	wait_until is_stopped "$PP_PID"
	wait_until is_stopped "$(cat pid.1)"
	wait_until is_stopped "$(cat pid.2)"
	kill -CONT "$PP_PID"
	wait_until runs "$(cat pid.1)"
	wait_until runs "$(cat pid.2)"
	kill -TERM "$PP_PID"
	wait_pp
	[ "$status" -eq 143 ]
	all_gone pid.1 pid.2
}

@test "USR1: what waits behind the running job goes to the new worker" {
	mkfifo go
	start_pp -j1 'if [ {} = 100 ]; then echo > at; read -r x < go; fi; echo {} >> ended' ::: $(seq 200)
	written at
	kill -USR1 "$PP_PID"
	# shellcheck disable=SC2016 # for eval
	wait_until eval '[ "$(wc -l < ended)" -eq 199 ]'
	echo > go
	wait_pp
	[ "$status" -eq 0 ]
	[ "$(sort -n ended)" = "$(seq 200)" ]
}

@test "USR1 is one worker more" {
	start_pp -j1 'echo $$ > pid.{}; exec sleep 1000' ::: 1 2 3
	written pid.1
	kill -USR1 "$PP_PID"
	written pid.2
	[ ! -e pid.3 ]
	kill -TERM "$PP_PID"
	wait_pp
	all_gone pid.1 pid.2
}

@test "USR2 is one worker fewer, and never none" {
	mkfifo go.1 go.2
	start_pp -j2 'echo $PP_SLOT > slot.{}; [ ! -p go.{} ] || read -r x < go.{}' ::: 1 2 3 4 5
	written slot.1 slot.2
	kill -USR2 "$PP_PID"
	wait_until rest "$PP_PID"
	kill -USR2 "$PP_PID"
	wait_until rest "$PP_PID"
	echo > go.2
	echo > go.1
	wait_pp
	[ "$status" -eq 0 ]
	[ "$(cat slot.3 slot.4 slot.5 | sort -u)" = 1 ]
}

# Jobs with a descendant; both ignore what asks them to end.
stubborn='trap "" TERM INT HUP; sleep 1000 & echo $! > child.{}; echo $$ > pid.{}; echo $PPID > worker.{}; wait'

@test "kill -9 of the manager: workers end their jobs and go" {
	start_pp -j2 "$stubborn" ::: 1 2 3
	written worker.1 worker.2
	kill -KILL "$PP_PID"
	wait_pp
	all_gone pid.1 pid.2 child.1 child.2 worker.1 worker.2
	no_files_left
}

@test "kill -9 of the manager's process group: the same" {
	start_pp -j2 "$stubborn" ::: 1 2 3
	written worker.1 worker.2
	kill -KILL -- "-$PP_PID"
	wait_pp
	all_gone pid.1 pid.2 child.1 child.2 worker.1 worker.2
	no_files_left
}

@test "kill -9 of the manager while a worker is stopped: the same" {
	start_pp -j1 "$stubborn" ::: 1
	written worker.1
	kill -STOP "$(cat worker.1)"
	wait_until is_stopped "$(cat worker.1)"
	kill -KILL "$PP_PID"
	wait_pp
	all_gone pid.1 child.1 worker.1
}

@test "kill -9 of the manager while a job holds back output: no file stays" {
	start_pp -j2 -k --buffer 64k 'echo $$ > pid.{}; [ {} = 1 ] || head -c 1000000 /dev/zero; echo > full.{}; exec sleep 1000' ::: 1 2
	written full.1 full.2
	kill -KILL "$PP_PID"
	wait_pp
	all_gone pid.1 pid.2
	no_files_left
}

# Whether pp has more children than workers (2): its guard, which it starts when a run has lasted for some time.
has_guard()
{
	[ "$(ps -o pid= --ppid "$PP_PID" | wc -l)" -gt "${1:-2}" ]
}

@test "kill -9 of the manager and of all workers at once: the same" {
	start_pp -j2 "$stubborn" ::: 1 2 3
	written worker.1 worker.2
	wait_until has_guard
	kill -KILL "$PP_PID" $(cat worker.1 worker.2)
	wait_pp
	all_gone pid.1 pid.2 child.1 child.2 worker.1 worker.2
	no_files_left
}

@test "kill -9 of all processes of pp's name: the same" {
	local name=pp-$$

	ln -s "$PP" "$name"
	PP=$PWD/$name start_pp -j2 "$stubborn" ::: 1 2 3
	written worker.1 worker.2
	wait_until has_guard
	# It has its name when it waits.
	wait_until rest $(ps -o pid= --ppid "$PP_PID")
	ps -A -o pid= -o comm= | awk -v name="$name" '$2 == name { print $1 }' > victims
	[ "$(wc -l < victims)" -eq 3 ] || { kill -TERM "$PP_PID"; wait_pp; skip "the guard cannot have a name of its own here"; }
	kill -KILL $(cat victims)
	wait_pp
	all_gone pid.1 pid.2 child.1 child.2 victims
}

@test "kill -9 of the guard harms nothing" {
	mkfifo go.1 go.2
	start_pp -j2 'echo $PPID > worker.{}; read -r x < go.{}; echo {}' ::: 1 2
	written worker.1 worker.2
	wait_until has_guard
	for pid in $(ps -o pid= --ppid "$PP_PID"); do
		grep -qx "$pid" worker.1 worker.2 || kill -KILL "$pid"
	done
	echo > go.1
	echo > go.2
	wait_pp
	[ "$status" -eq 0 ]
	[ "$(sort out)" = $'1\n2' ]
	[ ! -s err ]
}

@test "kill -9 of a worker: its job is ended and reported, the others run" {
	mkfifo go
	start_pp -j2 -k "[ {} != 1 ] || { $stubborn; }; [ {} != 2 ] || read -r x < go; echo {}" ::: 1 2 3
	written worker.1
	kill -KILL "$(cat worker.1)"
	all_gone pid.1 child.1
	echo > go
	wait_pp
	[ "$status" -eq 1 ]
	[ "$(cat out)" = $'2\n3' ]
	grep -q '^pp: worker lost: slot 1: killed by signal 9$' err
	grep -q '^pp: job 1 lost with its worker: ' err
}

# A worker whose shell is stopped has a task, and has made names for the pipes of it.
start_with_names()
{
	grep -q 'define PP_PORTABLE' "$(dirname "$PP")/config.h" || skip "the pipes of a job have no names here"
	mkfifo input
	start_pp -j1 -a input --init 'echo $$ > shell; echo $PPID > worker' 'echo {}'
	exec 8> input
	echo 1 >&8
	wait_until test -s out
	kill -STOP "$(cat shell)"
	echo 2 >&8
	wait_until has_names
	wait_until rest "$(cat worker)"
}

has_names()
{
	[ "$(find "$TMPDIR" -type p | wc -l)" -eq 2 ]
}

@test "kill -9 of a worker whose pipes have names: they are gone with it" {
	start_with_names
	kill -KILL "$(cat worker)"
	wait_until grep -q '^pp: job 2 lost with its worker: ' err
	no_files_left
	exec 8>&-
	wait_pp
	[ "$status" -eq 1 ]
}

@test "kill -9 of the manager and of a worker whose pipes have names: the same" {
	start_with_names
	wait_until has_guard 1
	kill -KILL "$PP_PID" "$(cat worker)"
	exec 8>&-
	wait_pp
	wait_until no_files_left
}

@test "kill -9 of all workers: their jobs are ended and reported, the rest runs" {
	start_pp -j3 -k "[ {} -gt 3 ] || { $stubborn; }; echo {}" ::: 1 2 3 4 5 6
	written worker.1 worker.2 worker.3
	kill -KILL $(cat worker.1 worker.2 worker.3)
	wait_pp
	[ "$status" -eq 3 ]
	[ "$(cat out)" = $'4\n5\n6' ]
	[ "$(grep -c 'lost with its worker' err)" -eq 3 ]
	all_gone pid.1 pid.2 pid.3 child.1 child.2 child.3
}

@test "TERM to pp and to all its workers: the jobs are told once, no worker is lost" {
	start_pp -j2 --termseq "$PATIENT" 'trap "echo told; exit 0" TERM; echo $PPID > worker.{}; sleep 1000 & echo $$ > pid.{}; wait' ::: 1 2 3
	written pid.1 pid.2
	kill -TERM $(cat worker.1 worker.2) "$PP_PID"
	wait_pp
	[ "$status" -eq 143 ]
	[ "$(cat out)" = $'told\ntold' ]
	[ ! -s err ]
}

@test "INT while initializers run: they are ended" {
	start_pp -j2 --init 'sleep 1000 & echo $! > child.$PP_SLOT; echo $$ > init.$PP_SLOT; wait' echo ::: 1 2
	written init.1 init.2
	kill -INT "$PP_PID"
	wait_pp
	[ "$status" -eq 130 ]
	[ ! -s out ]
	[ ! -s err ]
	all_gone init.1 init.2 child.1 child.2
}

@test "kill -9 of the manager while an initializer runs" {
	start_pp -j1 --init 'sleep 1000 & echo $! > child; echo $$ > init; wait' echo ::: 1
	written init
	kill -KILL "$PP_PID"
	wait_pp
	all_gone init child
}

@test "INT ends a job behind an initializer, and its shell" {
	start_pp -j1 --init 'echo $$ > init' 'trap "" INT; sleep 1000 & echo $! > child; echo > started; wait; : {}' ::: 1
	written init started
	kill -INT "$PP_PID"
	wait_pp
	[ "$status" -eq 130 ]
	all_gone init child
}

@test "INT and then TERM ends a shell that does not come to its end" {
	mkfifo never
	start_pp -j1 --init 'trap "echo \$\$ > leaving; while :; do read -r x < never; done" EXIT; trap "" INT' 'echo {}' ::: 1
	written leaving
	kill -INT "$PP_PID"
	kill -TERM "$PP_PID"
	wait_pp
	[ "$status" -eq 130 ]
	all_gone leaving
}

@test "a stopped worker does not keep INT from ending its job" {
	start_pp -j1 'echo $PPID > worker; echo $$ > pid; exec sleep 1000' ::: 1
	written worker pid
	kill -STOP "$(cat worker)"
	wait_until is_stopped "$(cat worker)"
	kill -INT "$PP_PID"
	wait_pp
	[ "$status" -eq 130 ]
	all_gone pid worker
}

@test "a stopped worker with nothing to do does not keep the run from its end" {
	mkfifo go input
	start_pp -j2 -a input --joblog log 'echo $PPID > worker.{}; [ ! {} = 1 ] || read -r x < go'
	exec 8> input
	printf '1\n2\n' >&8
	written worker.1
	wait_until grep -q '^2	' log
	kill -STOP "$(cat worker.2)"
	wait_until is_stopped "$(cat worker.2)"
	exec 8>&-
	echo > go
	wait_pp
	[ "$status" -eq 0 ]
}

@test "jobs see a clean process" {
	"$HELPERS/probe" 3>&- < /dev/null > expected
	sed -i.old 's/^blocked:.*/blocked:/; s/^ignored:.*/ignored:/; s/^group:.*/group: own/' expected
	sed 's/^group:.*/group: of the shell/' expected > expected.line
	for mode in --group -k -u --line-buffer; do
		run pp "$mode" "$HELPERS/probe {#}" ::: 1 < /dev/null
		[ "$status" -eq 0 ]
		[ "$(printf '%s\n' "$output" | sed 's/^group:.*/group: of the shell/')" = "$(cat expected.line)" ]
		echo 1 > input
		run pp "$mode" "$HELPERS/probe" < input
		[ "$output" = "$(cat expected)" ]
	done
}

@test "jobs see a clean process behind an initializer, but for its group" {
	"$HELPERS/probe" 3>&- < /dev/null > expected
	sed -i.old 's/^blocked:.*/blocked:/; s/^ignored:.*/ignored:/; s/^group:.*/group: other/' expected
	run pp --init : "$HELPERS/probe" ::: 1
	[ "$status" -eq 0 ]
	[ "$output" = "$(cat expected)" ]
}

@test "jobs keep the descriptors that pp's caller gives" {
	echo given > given
	run pp -j2 'cat <&8; echo {}' ::: 1 8< given
	[ "$output" = $'given\n1' ]
}

@test "blocked and ignored signals of the caller do neither pp nor its jobs harm" {
	run "$HELPERS/startas" -b 15 -b 17 -b 20 -b 18 -i 17 -i 20 -i 18 -i 13 -i 2 "$PP" -j2 -k "$HELPERS/probe" ::: 1 2 3>&- < /dev/null
	[ "$status" -eq 0 ]
	[ "$(printf '%s\n' "$output" | grep -c '^blocked:$')" -eq 2 ]
	[ "$(printf '%s\n' "$output" | grep -c '^ignored:$')" -eq 2 ]
}

@test "a caller that blocks TERM does not keep TERM from pp" {
	set -m
	"$HELPERS/startas" -b 15 "$PP" -j1 'echo $$ > pid; exec sleep 1000' ::: 1 > out 2> err 3>&- &
	PP_PID=$!
	set +m
	written pid
	kill -TERM "$PP_PID"
	wait_pp
	[ "$status" -eq 143 ]
	all_gone pid
}

@test "nohup: a hang-up is not heard" {
	mkfifo go.1 go.2
	set -m
	"$HELPERS/startas" -i 1 "$PP" -j1 'echo > started.{}; read -r x < go.{}; echo {}' ::: 1 2 > out 2> err 3>&- &
	PP_PID=$!
	set +m
	written started.1
	kill -HUP "$PP_PID"
	echo > go.1
	written started.2
	echo > go.2
	wait_pp
	[ "$status" -eq 0 ]
	[ "$(cat out)" = $'1\n2' ]
}

@test "corpses that nobody reaps do not keep pp from its end" {
	run "$HELPERS/startas" -r "$PP" --timeout 0.1 --termseq TERM,10,KILL 'sleep 1000 & exec sleep 1000' ::: 1 3>&-
	[ "$status" -eq 1 ]
	[[ $output == *'job 1 timed out'* ]]
}
