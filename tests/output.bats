# What pp prints: whose output comes when, what is held meanwhile, full disks, slow readers and readers that go away.
#
# shellcheck disable=SC1083,SC2016 # braces and variables are for pp and its jobs
# shellcheck disable=SC2030,SC2031,SC2086,SC2154 # subshells end with their tests, some modes are several words, errors comes from helper.bash

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

# Whether the file has exactly these lines.
has_lines()
{
	[ "$(cat "$1")" = "$2" ]
}

# most_memory PID: the most memory that the process had at once, in KiB. Sanitizers take a lot for themselves.
most_memory()
{
	if grep -q __asan_init "$PP"; then
		echo 0
		return
	fi
	awk '/^VmHWM/ { print $2 }' "/proc/$1/status"
}

lines_of()
{
	[ "$(wc -l < "$1")" -ge "$2" ]
}

# ticks PID: the processor time that it has used, in hundredths of a second.
ticks()
{
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

# $TMPDIR becomes a disk of 64 KiB where that is possible.
small_disk()
{
	if mount -t tmpfs -o size=64k tmpfs "$TMPDIR" 2>/dev/null; then
		MOUNTED=$TMPDIR
	else
		skip "cannot mount"
	fi
}

# What the jobs of talk print, sorted.
said()
{
	local i

	for i in "$@"; do
		seq -f "o$i-%.0f" 10000
		seq -f "e$i-%.0f" 10000
	done | sort | cksum
}

TALK='seq -f o{}-%.0f 10000; seq -f e{}-%.0f 10000 >&2'

# -- Grouped --

@test "output is grouped: a job's lines stand together whatever happens meanwhile" {
	mkfifo one two
	start_pp -j2 'echo first {}; read x < {}; echo second {}' ::: one two
	echo > two
	wait_until has_lines out $'first two\nsecond two'
	echo > one
	wait_pp
	[ "$status" -eq 0 ]
	[ "$(cat out)" = $'first two\nsecond two\nfirst one\nsecond one' ]
}

@test "standard error stays apart from standard output" {
	pp_split -k 'echo out {}; echo err {} >&2' ::: a b
	[ "$output" = $'out a\nout b\n' ]
	[ "$errors" = $'err a\nerr b' ]
}

@test "where both streams are one file, standard error comes after standard output of its job" {
	for mode in --group -k --line-buffer; do
		pp "$mode" -j1 'echo err {} >&2; echo out {}' ::: a b > both 2>&1
		[ "$mode" = --line-buffer ] || [ "$(cat both)" = $'out a\nerr a\nout b\nerr b' ]
		[ "$(sort both)" = $'err a\nerr b\nout a\nout b' ]
	done
}

@test "both streams come whole through a pipe that is read slowly" {
	mkfifo pipe
	"$PP" -j3 'seq 3000; echo err {} >&2' ::: 1 2 3 4 5 6 7 8 9 > pipe 2> errs 3>&- &
	while read -r -N 1000 part || [ -n "$part" ]; do
		printf %s "$part"
	done < pipe > outs
	wait $!
	[ "$(cksum < outs)" = "$(for i in 1 2 3 4 5 6 7 8 9; do seq 3000; done | cksum)" ]
	[ "$(sort errs)" = "$(printf 'err %d\n' 1 2 3 4 5 6 7 8 9)" ]
}

@test "10 MB a job come out byte for byte" {
	sum=$(seq 1400000 | head -c 10000000 | cksum)
	pp -j4 'seq 1400000 | head -c 10000000; : {}' ::: 1 2 3 > all
	[ "$(wc -c < all)" -eq 30000000 ]
	for i in 0 1 2; do
		[ "$(tail -c +$((i * 10000000 + 1)) all | head -c 10000000 | cksum)" = "$sum" ]
	done
	pp -k -j4 --buffer 1M 'seq 1400000 | head -c 10000000; : {}' ::: 1 2 3 | cmp - all
	pp --line-buffer -j2 'head -c 10000000 /dev/zero | tr "\\0" {}; echo' ::: a b | tr -d '\n' > lines
	[ "$(tr -d b < lines | wc -c)" -eq 10000000 ]
	[ "$(wc -c < lines)" -eq 20000000 ]
}

@test "output without a newline at the end gets none" {
	for mode in --group -k --line-buffer -u; do
		pp "$mode" -j1 printf %s ::: a b c > out
		[ "$(cat out && echo x)" = abcx ]
	done
}

@test "NUL and other bytes go through unchanged" {
	printf '\000\001\377\r\n\000\200\033[m\n\n\000' > bytes
	for mode in --group -k --line-buffer -u; do
		pp "$mode" cat ::: bytes | cmp - bytes
		pp "$mode" 'cat {} >&2' ::: bytes 2>&1 >/dev/null | cmp - bytes
	done
}

@test "jobs that print nothing leave nothing" {
	pp_split -k true ::: 1 2 3
	[ -z "$output$errors" ]
}

# -- In order --

@test "-k: the first unfinished job streams, later ones wait for it" {
	mkfifo one two
	start_pp -k -j2 'printf {}; read x < {}; echo " done"' ::: one two
	wait_until has_lines out one
	echo > two
	wait_until has_lines out one
	echo > one
	wait_pp
	[ "$(cat out)" = $'one done\ntwo done' ]
}

@test "-k: standard error streams too where it goes elsewhere, though nothing is on standard output" {
	mkfifo go
	start_pp -k -j1 'echo working >&2; read x < {}' ::: go
	wait_until has_lines err working
	echo > go
	wait_pp
	[ "$status" -eq 0 ]
}

@test "-k: the next job in order begins to stream when the first ends" {
	mkfifo one two
	start_pp -k -j2 'echo {}; read x < {}; echo {} done' ::: one two
	echo > one
	wait_until has_lines out $'one\none done\ntwo'
	echo > two
	wait_pp
	[ "$(cat out)" = $'one\none done\ntwo\ntwo done' ]
}

@test "-k --tag: lines of the first job are tagged as they come" {
	mkfifo go
	start_pp -k --tag -j1 'echo x; read x < {}; echo y' ::: go
	wait_until has_lines out $'go\tx'
	echo > go
	wait_pp
	[ "$(cat out)" = $'go\tx\ngo\ty' ]
}

@test "-k with retries prints the last try alone" {
	run pp -k --retries 3 'echo {} try $PP_RETRY; [ $PP_RETRY -eq {} ]' ::: 0 1 2
	[ "$status" -eq 0 ]
	[ "$output" = $'0 try 0\n1 try 1\n2 try 2' ]
}

@test "-k with few descriptors holds the output of a thousand jobs" {
	(
		ulimit -n 40
		pp -k -j3 --buffer 1k 'head -c 3000 /dev/zero | tr "\\0" x; echo {}' ::: $(seq 300)
	) > all
	[ "$(tr -d x < all)" = "$(seq 300)" ]
	[ "$(wc -c < all)" -eq $((300 * 3000 + $(seq 300 | wc -c))) ]
}

# -- Lines --

@test "--line-buffer: whole lines come at once, half lines wait" {
	mkfifo one two
	start_pp --line-buffer -j2 'echo {} first; printf {}; read x < {}; echo " second"' ::: one two
	wait_until lines_of out 2
	[ "$(sort out)" = $'one first\ntwo first' ]
	echo > two
	wait_until lines_of out 3
	[ "$(tail -n 1 out)" = 'two second' ]
	echo > one
	wait_pp
	[ "$(tail -n 2 out)" = $'two second\none second' ]
}

@test "--line-buffer never mixes halves of lines" {
	line=$(head -c 5000 /dev/zero | tr '\0' x)
	export line
	pp --line-buffer -j4 'for i in 1 2 3 4 5 6 7 8; do printf "%s" {}$line; printf "%s\n" $line{}; done' ::: a b c d > all
	[ "$(wc -l < all)" -eq 32 ]
	[ "$(tr -d x < all | sort | uniq -c | tr -s ' ')" = "$(printf ' 8 %s\n' aa bb cc dd)" ]
}

@test "-k --line-buffer: lines of the first job come at once, those of later ones wait" {
	mkfifo one two
	start_pp -k --line-buffer -j2 'echo {} first; printf {}; read x < {}; echo " second"' ::: one two
	wait_until has_lines out 'one first'
	echo > two
	wait_until has_lines out 'one first'
	echo > one
	wait_pp
	[ "$(cat out)" = $'one first\none second\ntwo first\ntwo second' ]
}

@test "--line-buffer: a line of a megabyte is one line" {
	run pp --line-buffer -j2 'head -c 1000000 /dev/zero | tr "\\0" {}; echo' ::: a b
	[ "${#lines[@]}" -eq 2 ]
	[ "${#lines[0]}" -eq 1000000 ]
	[ "${#lines[1]}" -eq 1000000 ]
}

# -- Straight through --

@test "-u: output is there before the job ends" {
	mkfifo go
	start_pp -u -j1 'printf half; read x < {}; echo " whole"' ::: go
	wait_until has_lines out half
	echo > go
	wait_pp
	[ "$(cat out)" = 'half whole' ]
}

@test "-u: jobs have pp's own standard output and error" {
	pp_split -u 'echo out {}; echo err {} >&2' ::: 1
	[ "$output" = $'out 1\n' ]
	[ "$errors" = 'err 1' ]
}

# -- Tags --

@test "--tag marks each line with the values and a tab" {
	pp_split -k --tag 'echo out; echo more; echo err {1} >&2' ::: a 'b c'
	[ "$output" = $'a\tout\na\tmore\nb c\tout\nb c\tmore\n' ]
	[ "$errors" = $'a\terr a\nb c\terr b c' ]
	run pp -k --tag echo x ::: a b ::: 1 2
	[ "${lines[3]}" = $'b 2\tx b 2' ]
}

@test "--tag: a last line without its end is tagged and stays so" {
	pp -k --tag 'printf "x\\ny"' ::: a b > out
	[ "$(cat out && echo z)" = $'a\tx\na\tyb\tx\nb\tyz' ]
}

@test "--tag: an empty line is tagged, no output is not" {
	run pp -k --tag 'if [ {} = a ]; then echo; fi' ::: a b
	[ "$output" = $'a\t' ]
}

@test "--tag with lines that come in pieces tags each line once" {
	pp -k --tag -j2 'printf a; printf b; printf "c\\nd"; printf "\\n"' ::: 1 2 > out
	[ "$(cat out)" = $'1\tabc\n1\td\n2\tabc\n2\td' ]
	pp --line-buffer --tag -j2 'printf a; printf b; printf "c\\nd"; printf "\\n"' ::: 1 2 | sort > out
	[ "$(cat out)" = $'1\tabc\n1\td\n2\tabc\n2\td' ]
}

@test "--tag with 2 MB a job tags all lines" {
	pp -k --tag -j2 --buffer 100k seq ::: 300000 > out
	[ "$(cut -f 2 out | cksum)" = "$(seq 300000 | cksum)" ]
	pp -j4 --tag 'seq 100000; : {}' ::: a b c d > out
	[ "$(cut -f 1 out | sort | uniq -c | tr -s ' ')" = "$(printf ' 100000 %s\n' a b c d)" ]
}

@test "--tagstring knows escapes and replacement strings" {
	run pp -k --tagstring '{#}\x3a{/.}\t-' echo x ::: dir/a.c dir/b.c
	[ "$output" = $'1:a\t-\tx dir/a.c\n2:b\t-\tx dir/b.c' ]
	run pp -k --tagstring 'in {2}' echo ::: a ::: b
	[ "$output" = $'in b\ta b' ]
	run pp --tagstring plain echo ::: a
	[ "$output" = $'plain\ta' ]
}

# -- The commands themselves --

@test "-v prints each command in front of its output" {
	run pp -k -v 'echo {} | cat' ::: a b
	[ "$output" = $'echo a | cat\na\necho b | cat\nb' ]
	run pp -v -j1 echo ::: a b
	[ "$output" = $'echo a\na\necho b\nb' ]
	run pp -u -v -j1 echo ::: a b
	[ "$output" = $'echo a\na\necho b\nb' ]
}

@test "-k -v: the command of the first job is printed before it prints anything" {
	mkfifo go.a go.b
	start_pp -k -v -j1 'read x < go.{}; echo {}' ::: a b
	wait_until has_lines out 'read x < go.a; echo a'
	echo > go.a
	wait_until lines_of out 3
	echo > go.b
	wait_pp
	[ "$(cat out)" = $'read x < go.a; echo a\na\nread x < go.b; echo b\nb' ]
}

@test "-v with retries prints the command of the last try once" {
	run pp -k -v --retries 2 'echo {}; false' ::: a b
	[ "$status" -eq 2 ]
	[ "$output" = $'echo a; false\na\necho b; false\nb' ]
}

@test "-t prints each command to standard error" {
	pp_split -k -t echo ::: a 'b c'
	[ "$output" = $'a\nb c\n' ]
	[ "$(sort <<< "$errors")" = $'echo \'b c\'\necho a' ]
}

@test "--dry-run prints the commands and runs none" {
	run pp --dry-run -k touch ::: a 'b c'
	[ "$output" = $'touch a\ntouch \'b c\'' ]
	[ ! -e a ]
	run pp --dry-run -k -j1 -X touch ::: a b c
	[ "$output" = 'touch a b c' ]
	run pp --dry-run -k -n 2 'touch {}; touch x' ::: a b c
	[ "$output" = $'touch a b; touch x\ntouch c; touch x' ]
	[ -z "$(ls)" ]
}

@test "--dry-run -u prints as well" {
	run pp --dry-run -u touch ::: a b
	[ "$output" = $'touch a\ntouch b' ]
}

@test "--dry-run into a slow reader neither spins nor grows" {
	[ -e /proc/self/stat ] || skip "needs /proc"
	mkfifo pipe
	seq 1000000 | "$PP" --dry-run echo > pipe 2> err 3>&- &
	exec 5< pipe
	head -c 100 <&5 > /dev/null
	wait_until rest $!
	before=$(ticks $!)
	sleep 0.2
	[ $(($(ticks $!) - before)) -le 2 ]
	cat <&5 > rest
	exec 5<&-
	wait $!
	[ "$(tail -n 1 rest)" = 'echo 1000000' ]
}

# -- Held output --

@test "held output beyond the budget goes to a file that nobody sees" {
	[ -e /proc/self/fd ] || skip "needs /proc"
	mkfifo one two
	start_pp -k -j2 --buffer 100k 'read x < {}; seq 200000; echo > done.{}' ::: one two
	echo > two
	wait_until test -e done.two
	[ -z "$(ls -A "$TMPDIR")" ]
	readlink "/proc/$PP_PID/fd/"* | grep -F "$TMPDIR"
	[ "$(most_memory "$PP_PID")" -lt 8000 ]
	echo > one
	wait_pp
	[ "$status" -eq 0 ]
	[ "$(cksum < out)" = "$({ seq 200000; seq 200000; } | cksum)" ]
}

@test "a slow reader makes jobs wait, and memory stays flat" {
	[ -e /proc/self/status ] || skip "needs /proc"
	for mode in --group -k --line-buffer; do
		rm -f pipe
		mkfifo pipe
		"$PP" "$mode" -j2 --buffer 1M 'seq 500000; : {}' ::: 1 2 3 4 > pipe 2> err 3>&- &
		exec 5< pipe
		head -c 1000 <&5 > part
		wait_until rest $!
		[ "$(most_memory $!)" -lt 8000 ]
		cat <&5 >> part
		exec 5<&-
		wait $!
		[ "$(sort part | cksum)" = "$(for i in 1 2 3 4; do seq 500000; done | sort | cksum)" ]
	done
}

@test "thousands of quick jobs through a slow reader" {
	mkfifo pipe
	seq 3000 | "$PP" -k -j4 --buffer 10k 'echo {} xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' > pipe 2> err 3>&- &
	exec 5< pipe
	head -c 1000 <&5 > part
	wait_until rest $!
	cat <&5 >> part
	exec 5<&-
	wait $!
	[ "$(cut -d ' ' -f 1 part)" = "$(seq 3000)" ]
}

@test "a temporary directory that is none costs nothing but a warning" {
	for mode in --group -k --line-buffer '-k --line-buffer' --tag; do
		TMPDIR=/nonexistent pp $mode -j3 --buffer 10k "$TALK" ::: 1 2 3 4 5 > all 2> err
		# None where the jobs happened to run one after another.
		[ "$(grep -c '^pp: warning: cannot make a temporary file: /nonexistent: ' err)" -le 1 ]
		[ "$(cat all err | grep -v '^pp:' | sed 's/^.*	//' | sort | cksum)" = "$(said 1 2 3 4 5)" ]
	done
}

@test "a full disk loses nothing" {
	small_disk
	sum=$(said 1 2 3 4 5 6)
	for mode in --group -k --line-buffer '-k --line-buffer' --tag '-k --tag' '--line-buffer --tag' '--retries 2' '-k --retries 2'; do
		pp $mode -j4 --buffer 20k "$TALK" ::: 1 2 3 4 5 6 > all 2> err
		[ "$(cat all err | sed 's/^.*	//' | sort | cksum)" = "$sum" ]
		pp $mode -j4 --buffer 20k "$TALK" ::: 1 2 3 4 5 6 > all 2>&1
		[ "$(sed 's/^.*	//' all | sort | cksum)" = "$sum" ]
	done
}

@test "a limit on the size of files loses nothing" {
	sum=$(said 1 2 3 4 5 6)
	for mode in --group -k --line-buffer '-k --line-buffer' --tag '-k --tag'; do
		(
			ulimit -f 30
			pp $mode -j4 --buffer 20k "$TALK" ::: 1 2 3 4 5 6 2>&1
		) | sed 's/^.*	//' | sort | cksum > got
		[ "$(cat got)" = "$sum" ]
	done
}

@test "both streams into one file on a full disk: all of it, no line within another" {
	for mode in --group -k --line-buffer '-k --tag'; do
		(
			ulimit -f 1
			pp $mode -j2 --buffer 1k 'seq -f e%.0fe 50000 >&2; seq -f o%.0fo 50000; : {}' ::: 1 2 2>&1
		) | sed 's/^.*	//' | sort | cksum > got
		[ "$(cat got)" = "$(for i in e e o o; do seq -f "$i%.0f$i" 50000; done | sort | cksum)" ]
	done
}

@test "--line-buffer: both streams into one slow pipe, no line within another" {
	mkfifo pipe
	"$PP" --line-buffer -j2 --buffer 10k 'seq -f e%.0fe 30000 >&2 & seq -f o%.0fo 30000; wait; : {}' ::: 1 2 3 > pipe 2>&1 3>&- &
	while read -r -N 3000 part || [ -n "$part" ]; do
		printf %s "$part"
	done < pipe > all
	wait $!
	[ "$(sort all | cksum)" = "$(for i in e e e o o o; do seq -f "$i%.0f$i" 30000; done | sort | cksum)" ]
}

@test "-k with retries on a full disk ends: with all output, or with a message" {
	status=0
	(
		ulimit -f 1
		pp -k --retries 2 --retry-delay 50ms --buffer 1k -j2 '[ {}$PP_RETRY != 10 ] && seq 50000' ::: 1 2 3 4 2> errs |
			cksum > /dev/null
		echo "${PIPESTATUS[0]}" > status
	)
	if [ "$(cat status)" -ne 0 ]; then
		[ "$(cat status)" -eq 255 ]
		[ "$(cat errs)" = 'pp: no room on the disk for output that has to wait for its turn: $TMPDIR may name another' ]
	fi
}

# -- Readers --

@test "a standard output that is full is told of, with status 255" {
	[ -c /dev/full ] || skip "needs /dev/full"
	for mode in --group -k --line-buffer --dry-run -v; do
		status=0
		pp $mode -j2 echo ::: a b > /dev/full 2> err || status=$?
		[ "$status" -eq 255 ]
		[[ $(cat err) == 'pp: cannot write standard output: '* ]]
		[ "$(wc -l < err)" -eq 1 ]
	done
}

@test "a standard output that is closed is told of, with status 255" {
	status=0
	pp echo ::: a >&- 2> err || status=$?
	[ "$status" -eq 255 ]
	[[ $(cat err) == 'pp: cannot write standard output: '* ]]
	run pp true ::: a >&-
	[ "$status" -eq 0 ]
}

@test "a standard error that is full costs status 255, one that is closed nothing" {
	status=0
	[ ! -c /dev/full ] || pp 'echo err >&2; echo {}' ::: a b > out 2> /dev/full || status=$?
	[ ! -c /dev/full ] || [ "$status" -eq 255 ]
	status=0
	pp -k 'echo err >&2; echo {}' ::: a b > out 2>&- || status=$?
	[ "$status" -eq 0 ]
	[ "$(cat out)" = $'a\nb' ]
}

@test "a reader that goes away ends the run quietly" {
	for mode in --group -k --line-buffer -u '-u -v' --dry-run --tag; do
		yes | {
			status=0
			pp $mode -j2 echo 2> err || status=$?
			echo "$status" > status
		} | head -n 1 > first
		wait_until test -s status
		[ "$(cat status)" -eq 141 ]
		[ ! -s err ]
		[[ $(cat first) == *y ]]
	done
}

@test "a second interrupt does not wait for a reader that reads nothing" {
	for target in '> pipe 2> err' '> pipe 2>&1'; do
		rm -f pipe ran3
		mkfifo pipe
		set -m
		eval '"$PP" -j2 "touch ran{}; seq 100000; seq 100000 >&2" ::: 1 2 3 3>&-' "$target" '&'
		set +m
		exec 5< pipe
		# The third job begins when one of the others has ended, whose output finds no room in the pipe.
		wait_until test -e ran3
		wait_until rest $!
		kill -INT $!
		wait_until rest $!
		kill -INT $!
		status=0
		wait $! || status=$?
		exec 5<&-
		[ "$status" -eq 130 ]
	done
}

@test "the flags of standard output stay as they are" {
	mkfifo go pipe
	exec 5<> pipe
	for i in block nonblock; do
		for mode in --group -u; do
			if [ $i = nonblock ]; then
				"$HELPERS/flags" set true >&5
			fi
			set -m
			"$PP" "$mode" -j1 'seq {}; read x < go' ::: 3 >&5 2> err 3>&- &
			set +m
			echo > go
			wait $!
			[ "$("$HELPERS/flags" 5)" = $i ]
		done
	done
	exec 5>&-
	: > file
	exec 5>> file
	pp echo ::: a >&5
	[ "$("$HELPERS/flags" 5)" = 'append block' ]
	[ "$(cat file)" = a ]
	exec 5>&-
}

@test "a standard output that does not block gets every byte" {
	for mode in --group -k --line-buffer; do
		"$HELPERS/flags" set "$PP" "$mode" -j3 seq ::: 200000 200000 200000 3>&- 2> err |
			{
				read -r first
				sleep 0.05
				echo "$first"
				cat
			} | sort | cksum > sum
		[ "$(cat sum)" = "$(for i in 1 2 3; do seq 200000; done | sort | cksum)" ]
		[ ! -s err ]
	done
}

@test "output goes to a file at its place, between what others write" {
	{
		echo before
		pp -k echo ::: a b 3>&-
		echo after
	} > file
	[ "$(cat file)" = $'before\na\nb\nafter' ]
}

# -- The job log and what is printed --

@test "-k: no job is in the log before its output is printed" {
	mkfifo go
	start_pp -k -j2 --joblog log '[ {} != 1 ] || read -r x < go; echo {}' ::: 1 2 3 4
	exec 8<> go
	wait_until test -e log
	wait_until rest "$PP_PID"
	[ "$(wc -l < log)" -eq 1 ]
	[ ! -s out ]
	echo >&8
	wait_pp
	exec 8>&-
	[ "$(cat out)" = $'1\n2\n3\n4' ]
	[ "$(sed 1d log | cut -f 1)" = $'1\n2\n3\n4' ]
}

@test "no job whose output nobody reads is in the log" {
	status=0
	pp -j2 --joblog log 'seq 100000; : {}' ::: 1 2 3 4 5 6 2> err | head -n 1 > first
	[ "$(wc -l < log)" -le 2 ]
	[ ! -e /dev/full ] || pp -j1 --joblog log echo ::: 1 2 > /dev/full 2> err || status=$?
	[ ! -e /dev/full ] || [ "$(wc -l < log)" -eq 1 ]
}
