# Bad input and poor surroundings: each has its clear line, the right exit status, and nothing is lost.

# shellcheck disable=SC2016,SC2046,SC2086,SC2030,SC2031,SC2154 # shell lines for jobs; numbers are words; subshells end with their tests
load helper

setup()
{
	begin
	no_summary
	OTHER=
}

teardown()
{
	local pid

	for pid in $OTHER; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	end
}

# fails ARGUMENTS...: pp is to fail on its own account, with one line on standard error and nothing on standard output.
fails()
{
	pp_split "$@" < /dev/null
	[ "$status" -eq 255 ]
	[ -z "$output" ]
	[ "$(printf '%s\n' "$errors" | wc -l)" -eq 1 ]
	[[ $errors == 'pp: '* ]]
}

# -- Words --

@test "an unknown option is named, with where to look" {
	fails --frobnicate echo ::: 1
	[[ $errors == *'--frobnicate'*'--help'* ]]
	fails -Y echo ::: 1
	[[ $errors == *'-Y'*'--help'* ]]
}

@test "an option that lacks its value, or has one too many, is named" {
	fails -j
	[[ $errors == *'-j'* ]]
	fails --timeout
	[[ $errors == *'--timeout'* ]]
	fails --keep-order=yes echo ::: 1
	[[ $errors == *'--keep-order'* ]]
}

@test "a bad number is named with its option" {
	fails -j x echo ::: 1
	[[ $errors == *'-j: x: '* ]]
	fails -j 3x echo ::: 1
	[[ $errors == *'-j: 3x: '* ]]
	fails --max-tasks 0 echo ::: 1
	[[ $errors == *'--max-tasks: 0: '* ]]
	fails --retries -1 echo ::: 1
	[[ $errors == *'--retries: -1: '* ]]
	fails --timeout 1x echo ::: 1
	[[ $errors == *'--timeout: 1x: '* ]]
	fails --delay 99999999999999999999999 echo ::: 1
	[[ $errors == *'--delay: 99999999999999999999999: '* ]]
	fails --halt soon,fail=x echo ::: 1
	[[ $errors == *'--halt: soon,fail=x: '* ]]
	fails --termseq TERM,x,KILL echo ::: 1
	[[ $errors == *'--termseq: TERM,x,KILL: '* ]]
}

# -- Files --

@test "a missing file is named" {
	fails -a missing echo
	[[ $errors == *'missing: No such file or directory' ]]
	fails echo :::: missing
	[[ $errors == *'missing: No such file or directory' ]]
}

@test "a file that cannot be read is named" {
	mkdir directory
	fails -a directory echo
	[[ $errors == *'directory: Is a directory' ]]
	fails echo :::: directory
	[[ $errors == *'directory: Is a directory' ]]
}

@test "standard input that cannot be read is named" {
	mkdir directory
	run pp echo < directory
	[ "$status" -eq 255 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == 'pp: '*': Is a directory' ]]
}

@test "a job log that cannot be written is named, before any job runs" {
	fails --joblog missing/log 'touch ran; : {}' ::: 1
	[[ $errors == *'missing/log: No such file or directory' ]]
	[ ! -e ran ]
}

# -- Programs --

@test "a command that is not found ends the run at once: 127, one line" {
	pp_split -j2 no-such-command ::: 1 2 3 4 5
	[ "$status" -eq 127 ]
	[ -z "$output" ]
	[[ $errors =~ ^'pp: cannot start job '[12]': no-such-command '[12]': No such file or directory'$ ]]
	pp_split ./no-such-command ::: 1 2 3 4 5
	[ "$status" -eq 127 ]
	[ "$(printf '%s\n' "$errors" | wc -l)" -eq 1 ]
}

@test "a command that is not executable ends the run at once: 126, one line" {
	echo 'echo never' > plain
	chmod 644 plain
	pp_split -j2 ./plain ::: 1 2 3 4 5
	[ "$status" -eq 126 ]
	[ -z "$output" ]
	[[ $errors =~ ^'pp: cannot start job '[12]': ./plain '[12]': Permission denied'$ ]]
	mkdir directory
	pp_split ./directory ::: 1 2 3
	[ "$status" -eq 126 ]
	[ "$(printf '%s\n' "$errors" | wc -l)" -eq 1 ]
}

@test "a shell that is not found ends the run at once" {
	pp_split -j2 --shell /no/such/shell 'echo {}; true' ::: 1 2 3 4 5
	[ "$status" -eq 127 ]
	[ -z "$output" ]
	[[ $errors == 'pp: cannot start job '*': /no/such/shell: No such file or directory' ]]
	[ "$(printf '%s\n' "$errors" | wc -l)" -eq 1 ]
}

@test "where each job names its own command only those that are not found fail" {
	echo 'echo never' > plain
	chmod 644 plain
	pp_split -j1 -k '{}' ::: ./plain no-such-command pwd
	[ "$status" -eq 2 ]
	[ "$output" = "$(pwd)
" ]
	[ "$errors" = 'pp: cannot start job 1: ./plain: Permission denied
pp: cannot start job 2: no-such-command: No such file or directory' ]
}

@test "a command that is not found within a shell line is the shell's to tell" {
	run pp 'no-such-command {}' ::: 1
	[ "$status" -eq 1 ]
	[[ $output == *no-such-command* ]]
}

@test "a command that loses its program on the way tells so" {
	printf '#!/bin/sh\necho "$1"; [ "$1" != 2 ] || rm program\n' > program
	chmod 755 program
	pp_split -j1 -k ./program ::: 1 2 3 4
	[ "$status" -eq 127 ]
	[ "$output" = $'1\n2\n' ]
	[ "$errors" = 'pp: cannot start job 3: ./program 3: No such file or directory' ]
}

# -- Too long --

@test "an argument too long to execute fails its job, and the others run" {
	{
		echo first
		head -c 3000000 /dev/zero | tr '\0' x
		printf '\nlast\n'
	} > input
	pp_split -j2 -k echo < input
	[ "$status" -eq 1 ]
	[ "$output" = $'first\nlast\n' ]
	[[ $errors == 'pp: cannot start job 2: echo xxx'*': Argument list too long: the command is longer than the system takes' ]]
	[ "${#errors}" -lt 1000 ]
	pp_split -j2 -k 'echo {}; true' < input
	[ "$status" -eq 1 ]
	[ "$output" = $'first\nlast\n' ]
	[ "$(printf '%s\n' "$errors" | wc -l)" -eq 1 ]
}

@test "many arguments too long together fail their job alone" {
	pp_split -k sh -c 'echo $#' sh {} $(head -c 100000 /dev/zero | tr '\0' x) ::: $(seq 3)
	[ "$status" -eq 0 ]
	[ "$output" = $'2\n2\n2\n' ]
}

# -- Standard streams --

@test "closed standard output is told where something is to be printed" {
	status=0
	"$PP" echo ::: 1 2 > /dev/null 2> err 3>&- >&- || status=$?
	[ "$status" -eq 255 ]
	[ "$(cat err)" = 'pp: cannot write standard output: Bad file descriptor' ]
	status=0
	"$PP" true ::: 1 2 2> err 3>&- >&- || status=$?
	[ "$status" -eq 0 ]
	[ ! -s err ]
}

@test "closed standard input is no input, and no harm where none is wanted" {
	"$PP" echo > out 2> err 3>&- <&-
	[ ! -s out ]
	[ ! -s err ]
	"$PP" -k 'echo {}; cat' ::: 1 2 > out 2> err 3>&- <&-
	[ "$(cat out)" = $'1\n2' ]
	[ ! -s err ]
}

@test "closed standard error loses no result" {
	status=0
	"$PP" -k 'echo {}; echo trouble >&2; exit {}' ::: 0 1 0 > out 2>&- 3>&- || status=$?
	[ "$status" -eq 1 ]
	[ "$(cat out)" = $'0\n1\n0' ]
}

@test "with all three closed jobs run and count" {
	status=0
	"$PP" 'echo ran > ran.{}; exit {}' ::: 0 1 2 <&- >&- 2>&- 3>&- || status=$?
	[ "$status" -eq 2 ]
	[ -e ran.0 ] && [ -e ran.1 ] && [ -e ran.2 ]
}

@test "a full device behind standard output is told, in each mode of output" {
	[ -e /dev/full ] || skip "no /dev/full here"
	for mode in --group -k --line-buffer --tag --dry-run; do
		status=0
		"$PP" "$mode" echo ::: 1 2 3 > /dev/full 2> err 3>&- || status=$?
		[ "$status" -eq 255 ]
		[ "$(cat err)" = 'pp: cannot write standard output: No space left on device' ]
	done
	for word in --help --version; do
		status=0
		"$PP" "$word" > /dev/full 2> err 3>&- || status=$?
		[ "$status" -eq 255 ]
		[ "$(cat err)" = 'pp: cannot write standard output: No space left on device' ]
	done
}

@test "ungrouped jobs see the full device themselves" {
	[ -e /dev/full ] || skip "no /dev/full here"
	status=0
	"$PP" -u "$(command -v echo)" ::: 1 2 3 > /dev/full 2> err 3>&- || status=$?
	[ "$status" -eq 3 ]
}

@test "a full device behind the job log is told" {
	[ -e /dev/full ] || skip "no /dev/full here"
	run pp --joblog /dev/full echo ::: 1
	[ "$status" -eq 255 ]
	[[ $output == *'job log: /dev/full: No space left on device'* ]]
}

# -- Large files --

# sparse FILE: makes it longer than 2 GiB.
sparse()
{
	truncate -s 3G "$1" || skip "no large files here"
}

@test "a limit on the size of files is told from the first byte on" {
	local arguments said

	for arguments in '--joblog log true ::: a' '--joblog log --results out true ::: a' '--results out.csv true ::: a' --help '--completion bash'; do
		status=0
		said=$(ulimit -f 0 && "$PP" $arguments 2>&1 >out 3>&-) || status=$?
		[ "$status" -eq 255 ]
		[[ $said == 'pp: cannot write '*': File too large' ]]
	done
}

@test "files of more than 2 GiB are read and added to" {
	seq 10000 > input
	sparse input
	sparse log
	run pp -j1 --halt now,done=1 --joblog +log -a input echo
	rm input
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = 1 ]
	tail -c 4096 log | tr -d '\0' | grep -q $'^1\t.*\techo 1$'
}

# -- No descriptors, no processes --

# Looking for leaks at the end takes files and processes of its own.
no_leak_check()
{
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
}

# with_files N ARGUMENTS...: pp with no more than N open files.
with_files()
{
	local most=$1 fd

	shift
	status=0
	(
		for ((fd = 3; fd < 256; fd++)); do
			eval "exec $fd>&-"
		done
		no_leak_check
		ulimit -n "$most"
		exec "$PP" "$@"
	) > out 2> err || status=$?
}

# failing FAULT ARGUMENTS...: pp where one of its calls fails, as tests/faults/fault.h says.
failing()
{
	local fault=$1 library=$HELPERS/../faults/fault.so

	shift
	[ -s "$library" ] || skip 'no library that lets calls fail'
	LD_PRELOAD=$library "$PP" --version 3>&- > /dev/null || skip 'pp takes no such library'
	status=0
	FAULT=$fault LD_PRELOAD=$library PP_LOOP=poll "$PP" "$@" > out 2> err 3>&- || status=$?
}

@test "a system that cannot wait for a moment is waited for, and one that never can is told of once" {
	failing manager:poll:4:ENOMEM -j1 -k 'sleep 0.1; echo {}' ::: 1 2 3
	[ "$status" -eq 0 ]
	[ "$(cat out)" = $'1\n2\n3' ]
	[ ! -s err ]
	failing manager:poll:4:ENOMEM:on -j1 sleep ::: 60
	[ "$status" -eq 255 ]
	[ "$(sed 's/: [^:]*$//' err)" = 'pp: cannot wait for events' ]
}

@test "few open files are few workers, and all jobs run" {
	with_files 20 -j30 -k 'echo {}; echo e{} >&2' ::: $(seq 20)
	[ "$status" -eq 0 ]
	[ "$(cat out)" = "$(seq 20)" ]
	[ "$(grep -c '^e[0-9]*$' err)" -eq 20 ]
	grep -q '^pp: warning: no more than [0-9]* jobs at a time: the limits on open files' err
	with_files 20 -j0 -k echo ::: $(seq 20)
	[ "$status" -eq 0 ]
	[ "$(cat out)" = "$(seq 20)" ]
	[ ! -s err ]
}

@test "no more line workers than open files allow are begun with" {
	with_files 128 -j60 -k --worker sh -c 'while read -r x; do echo "$x"; done' ::: $(seq 60)
	[ "$status" -eq 0 ]
	[ "$(cat out)" = "$(seq 60)" ]
	cat err
	[ "$(grep -c 'no more than [0-9]* jobs at a time' err)" -eq 1 ]
	[ "$(wc -l < err)" -eq 1 ]
}

# EMFILE, as the C libraries have it.
TOO_MANY='\(Too many open files\|No file descriptors available\)'

@test "however few files may be open, either all jobs run or a line tells why not" {
	for ((files = 3; files < 16; files++)); do
		with_files "$files" -j3 -k echo ::: 1 2 3
		if [ "$status" -eq 0 ]; then
			[ "$(cat out)" = $'1\n2\n3' ]
		elif [ "$status" -le 3 ]; then
			[ "$(grep -c "^pp: cannot start job .*: $TOO_MANY\$" err)" -eq "$status" ]
			[ "$(wc -l < out)" -eq $((3 - status)) ]
		else
			[ "$status" -eq 255 ] || [ "$status" -eq 127 ]
			grep -q "$TOO_MANY\|cannot open shared object" err
		fi
	done
	[ "$status" -eq 0 ]
}

# Sets $as to what makes a command run as a user who has no other process, or skips with the reason.
lonely_user()
{
	local uid=$((20000 + $$ % 20000))

	[ "$(id -u)" -eq 0 ] || skip "only root can become a user with no other process"
	as="setpriv --reuid=$uid --clear-groups"
	command -v setpriv > /dev/null || skip "no setpriv here"
	chmod 711 "$TEST_DIR"
	chmod 777 . "$TMPDIR"
	$as test -x "$PP" 2>/dev/null || skip "another user may not run $PP"
}

# Starts another process of that user.
start_other()
{
	$as sleep 1000 3>&- &
	OTHER="$OTHER $!"
	wait_until is_other $!
}

is_other()
{
	[[ $(ps -o args= -p "$1") == sleep* ]]
}

# as_with_processes N ARGUMENTS...: pp as that user with no more than N processes.
as_with_processes()
{
	local most=$1

	shift
	no_leak_check
	exec $as bash -c 'ulimit -u "$1"; shift; exec "$@"' bash "$most" "$PP" "$@"
}

@test "no process left for a worker: told, tried for a while, then 255" {
	lonely_user
	status=0
	(as_with_processes 1 echo ::: 1 2 3) > out 2> err 3>&- || status=$?
	[ "$status" -eq 255 ]
	[ ! -s out ]
	[ "$(cat err)" = 'pp: warning: cannot start a worker: Resource temporarily unavailable: trying again
pp: no worker can be started: the run ends before job 1' ]
}

@test "few processes are few workers, and all jobs run" {
	lonely_user
	status=0
	(as_with_processes 5 -j9 -k echo ::: $(seq 9)) > out 2> err 3>&- || status=$?
	[ "$status" -eq 0 ]
	[ "$(cat out)" = "$(seq 9)" ]
}

@test "no process left for a second worker: the first does the work" {
	lonely_user
	start_other
	start_other
	status=0
	(as_with_processes 6 -j3 -k --max-tasks 1 "$(command -v echo)" ::: 1 2 3) > out 2> err 3>&- || status=$?
	[ "$status" -eq 0 ]
	[ "$(cat out)" = $'1\n2\n3' ]
}

@test "no process left for a job: it waits until there is one" {
	lonely_user
	mkfifo input
	chmod 666 input
	start_other
	(as_with_processes 3 -j1 -a input "$(command -v echo)") > out 2> err 3>&- &
	PP_PID=$!
	exec 8> input
	echo 1 >&8
	wait_until has_child "$PP_PID"
	kill -KILL $OTHER
	exec 8>&-
	wait_pp
	[ "$status" -eq 0 ]
	[ "$(cat out)" = 1 ]
}

has_child()
{
	[ -n "$(ps -o pid= --ppid "$1")" ]
}
