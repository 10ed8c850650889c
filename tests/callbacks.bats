# --callback, --error-callback, --callback-fails and --each: commands that are given the results.
#
# shellcheck disable=SC1083,SC2016 # braces and variables are for pp and its jobs
# shellcheck disable=SC2030,SC2031,SC2154 # subshells end with their tests, errors comes from helper.bash

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

# -- What a callback is given --

@test "a callback gets the job's output, and what it prints is printed for the job" {
	run pp -k -j2 --callback 'tr a-z A-Z' echo ::: one two
	[ "$status" -eq 0 ]
	[ "$output" = 'ONE
TWO' ]
}

@test "a callback knows the facts of its job" {
	run pp -j1 --callback 'echo "$PP_SEQ/$PP_SLOT/$PP_STATUS/$PP_SIGNAL/$PP_CAUSE/$PP_TRIES/$PP_COMMAND/$PP_ARGC/$PP_ARG1/$PP_ARG2/$PP_STDERR"' \
		echo {2} {1} ::: 'a b' ::: c
	[ "$status" -eq 0 ]
	[ "$output" = "1/1/0//exited/1/echo c 'a b'/2/a b/c/" ] || [ "$output" = '1/1/0//exited/1/echo c a\ b/2/a b/c/' ]
	run pp -j1 --callback 'echo "$PP_SECONDS" | grep -c "^[0-9]*\.[0-9][0-9][0-9]$"' true ::: 1
	[ "$output" = 1 ]
}

@test "an error callback knows how its job ended" {
	run pp -k -j2 --timeout 30 --error-callback 'echo "$PP_SEQ/$PP_STATUS/$PP_SIGNAL/$PP_CAUSE/$(cat)"' \
		'echo out{}; [ {} = 1 ] && exit 7; kill -9 $$' ::: 1 2
	[ "$status" -eq 2 ]
	[ "$output" = '1/7//exited/out1
2//9/signalled/out2' ]
	run pp --error-callback 'echo "$PP_STATUS/$PP_SIGNAL/$PP_CAUSE"' --timeout 50ms 'exec sleep 60; :' ::: 1
	[ "$status" -eq 1 ]
	[ "${lines[1]}" = '/15/timeout' ]
	run pp --error-callback 'echo "$PP_STATUS/$PP_SIGNAL/$PP_CAUSE"' ./nosuch{} ::: 1
	[ "${lines[1]}" = '127//not_started' ]
}

@test "a callback does not take the facts of another pp for its own" {
	run pp --callback 'pp_=$PP_STDERR; "$PP" --callback "echo \"<\$PP_STDERR><\$PP_ARG2><\$PP_SIGNAL>\"" true ::: x' true ::: a ::: b
	[ "$output" = '<><><>' ]
}

@test "values and commands with any bytes come as they are" {
	printf 'new\nline $x "q" \\ \377\0' > in
	pp -0 --callback 'printf %s "$PP_ARG1"' true < in > out
	tr -d '\0' < in | cmp - out
}

@test "long values are left out, and their number stays" {
	long=$(head -c 70000 /dev/zero | tr '\0' x)
	printf 'a\t%s\tb\n' "$long" > in
	run pp -C '\t' --callback 'echo "$PP_ARGC ${#PP_ARG1} ${#PP_ARG2} ${#PP_COMMAND}"' true {1} {2} :::: in
	[ "$output" = '3 1 0 65536' ]
}

@test "standard error of a job that succeeds is printed, and is no input" {
	pp_split --callback cat 'echo out; echo err >&2; : {}' ::: 1
	[ "$output" = out$'\n' ]
	[ "$errors" = err ]
}

@test "an error callback reads the standard error of its job from a file" {
	pp_split --error-callback 'cat "$PP_STDERR" "$PP_STDERR"; cat' 'echo out; echo err >&2; exit {}' ::: 1
	[ "$status" -eq 1 ]
	[ "$output" = $'err\nerr\nout\n' ]
	[ "$errors" = '' ]
}

@test "an error callback gets megabytes of standard error, though memory for output is scarce" {
	run pp --buffer 10k -j3 --error-callback 'cksum < "$PP_STDERR"; cksum' \
		'seq 300000 >&2; seq 200000; exit {}' ::: 1 2 3
	[ "$status" -eq 3 ]
	want="$(seq 300000 | cksum)
$(seq 200000 | cksum)"
	[ "$output" = "$want
$want
$want" ]
}

@test "a callback gets megabytes and prints megabytes" {
	pp -k -j3 --buffer 10k --callback 'cat; seq 200000 >&2' 'seq 200000; : {}' ::: 1 2 3 > out 2> err
	seq 200000 > one
	cat one one one | cmp - out
	cat one one one | cmp - err
}

@test "an error callback alone leaves jobs that succeed as they are, a callback alone those that fail" {
	pp_split -k -j2 --error-callback 'echo called' 'echo {}; exit {}' ::: 0 1
	[ "$output" = $'0\ncalled\n' ]
	pp_split -k -j2 --callback 'echo called' 'echo {}; exit {}' ::: 0 1
	[ "$output" = $'called\n1\n' ]
	pp_split -k -j2 --callback 'echo good' --error-callback 'echo bad' 'echo {}; exit {}' ::: 0 1
	[ "$output" = $'good\nbad\n' ]
	[ "$status" -eq 1 ]
}

@test "a callback has its own standard error, which is printed as such" {
	pp_split --callback 'echo told >&2' true ::: 1
	[ "$output" = '' ]
	[ "$errors" = told ]
}

# -- Order --

@test "callbacks run in the order in which jobs end, with -k in that of the input" {
	mkfifo hold
	start_pp -j2 --callback cat 'echo {}; [ {} = 2 ] || cat hold > /dev/null' ::: 1 2
	wait_until has_lines out 2
	: > hold
	wait_pp
	has_lines out '2
1'
	start_pp -k -j3 --callback 'cat; echo "$PP_SEQ" >> order' 'echo {}; [ {} = 3 ] && touch over; [ {} != 1 ] || cat hold > /dev/null' ::: 1 2 3
	wait_until test -e over
	[ ! -e order ]
	: > hold
	wait_pp
	has_lines out '1
2
3'
	has_lines order '1
2
3'
}

@test "callbacks run one at a time" {
	run pp -j4 --callback 'mkdir running; usleep 1000 2>/dev/null; rmdir running' true ::: $(seq 50)
	[ "$status" -eq 0 ]
	[ "$output" = '' ]
}

@test "workers go on while a callback runs" {
	mkfifo hold
	start_pp -j2 --callback '[ "$PP_SEQ" != 1 ] || cat hold' 'echo {} >> ran' ::: $(seq 30)
	all_ran() { [ "$(wc -l < ran)" -eq 30 ]; }
	wait_until all_ran
	[ ! -s out ]
	echo go > hold
	wait_pp
	[ "$status" -eq 0 ]
	has_lines out go
}

@test "a callback that takes long stops the intake, and none of the results is lost" {
	mkfifo hold
	seq 20000 > in
	start_pp -j1 -a in --callback '[ "$PP_SEQ" != 1 ] || cat hold > /dev/null; echo $PP_SEQ >> called' --worker tee ran
	wait_until test -s ran
	wait_until rest "$PP_PID"
	[ "$(wc -l < ran)" -lt 10000 ]
	[ ! -e called ]
	kill -KILL "$PP_PID"
	wait_pp
	run pp -j2 --callback 'cat; cat' echo ::: $(seq 300)
	[ "$status" -eq 0 ]
	[ "$(sort -n <<< "$output")" = "$(seq 300)" ]
}

@test "output that waits for callbacks is not held in memory" {
	mkfifo hold
	start_pp -j2 --buffer 100k --callback '[ "$PP_SEQ" != 1 ] || cat hold > /dev/null; wc -l' 'touch ran{}; seq 300000; :' ::: $(seq 30)
	wait_until test -e ran30
	wait_until rest "$PP_PID"
	grep -q __asan_init "$PP" || [ "$(awk '/^VmHWM/ { print $2 }' "/proc/$PP_PID/status")" -lt 20000 ]
	: > hold
	wait_pp
	[ "$status" -eq 0 ]
	[ "$(sort out | uniq -c | tr -s ' ')" = ' 30 300000' ]
}

# -- Callbacks that behave badly --

@test "a callback that fails fails its job" {
	pp_split -k -j2 --joblog log --callback 'echo seen; [ {$PP_SEQ} = {2} ] || exit 3' true ::: 1 2
	[ "$status" -eq 1 ]
	[ "$output" = $'seen\nseen\n' ]
	[ "$errors" = 'pp: the callback of job 1 failed: exit status 3' ]
	[ "$(cut -f 1,7,8 log | tail -n 2)" = $'1\t3\t0\n2\t0\t0' ]
}

@test "--callback-fails run ends the run, ignore only says it" {
	# No job behind the tenth runs before the run ends, however long a callback takes to fail.
	pp_split --callback-fails run -j1 --callback 'exit 3' '[ {} != 10 ] || exec sleep 60; touch {}' ::: $(seq 100)
	[ "$status" -eq 255 ]
	[ ! -e 100 ]
	[[ $errors == 'pp: the callback of job 1 failed: exit status 3'* ]]
	pp_split --callback-fails ignore --joblog log --callback 'exit 3' true ::: 1 2
	[ "$status" -eq 0 ]
	[ "$(grep -c 'failed: exit status 3' <<< "$errors")" -eq 2 ]
	[ "$(cut -f 7 log | tail -n 2)" = $'0\n0' ]
	run pp --callback-fails nonsense --callback true true ::: 1
	[ "$status" -eq 255 ]
}

@test "a job that failed by itself keeps its own end, whatever becomes of its error callback" {
	pp_split --joblog log --error-callback 'exit 3' 'exit 5; {}' ::: 1
	[ "$status" -eq 1 ]
	[ "$(cut -f 7 log | tail -n 1)" = 5 ]
}

@test "a callback that is killed fails its job" {
	pp_split --joblog log --callback 'kill -9 $$' true ::: 1
	[ "$status" -eq 1 ]
	[ "$errors" = 'pp: the callback of job 1 was killed by signal 9' ]
	[ "$(cut -f 8 log | tail -n 1)" = 9 ]
}

@test "a callback need not read its input" {
	run pp -j2 --callback 'echo done' 'seq 100000; : {}' ::: 1 2 3
	[ "$status" -eq 0 ]
	[ "$output" = $'done\ndone\ndone' ]
	run pp -j2 --callback 'exec < /dev/null; echo done' 'seq 100000; : {}' ::: 1 2 3
	[ "$status" -eq 0 ]
	[ "$output" = $'done\ndone\ndone' ]
	run pp -j2 --callback 'read -r x; echo $x; exec <&-; cat hold' 'seq 100000; : {}' ::: 1
	[ "$status" -eq 1 ]
}

@test "a callback may leave a program behind that keeps its output" {
	mkfifo hold
	exec 8<> hold
	start_pp --callback '{ read -r x < hold; echo > left.$PP_SEQ; echo late; } & echo done' true ::: 1 2
	wait_pp
	[ "$status" -eq 0 ]
	has_lines out $'done\ndone'
	printf '\n\n' >&8
	wait_until test -e left.1
	wait_until test -e left.2
	exec 8>&-
}

@test "when pp is killed the callback that runs ends, and what it has started" {
	local mode

	for mode in true '--worker cat'; do
		rm -f callback child
		# shellcheck disable=SC2086 # words
		start_pp -j1 --callback 'sleep 1000 & echo $! > child; echo $$ > callback; wait' $mode ::: 1 2
		wait_until test -s callback
		kill -KILL "$PP_PID"
		wait_pp
		wait_until is_gone "$(cat callback)"
		wait_until is_gone "$(cat child)"
	done
}

@test "what a callback has written is printed whole, however slow the reader is" {
	mkfifo pipe
	"$PP" -j1 --buffer 1k --callback 'head -c 70000 /dev/zero | tr "\0" "$PP_ARG1"' true ::: a b c d e f > pipe 3>&- &
	while read -r -N 10000 part || [ -n "$part" ]; do
		command sleep 0.05
		printf %s "$part"
	done < pipe | wc -c > count
	wait $!
	[ "$(cat count)" -eq 420000 ]
}

@test "a callback that cannot be started ends the run, and the job's output is printed" {
	pp_split -j1 --callback ./nosuch 'echo out{}; echo err{} >&2' ::: $(seq 200)
	[ "$status" -eq 255 ]
	[ "$(grep -c '^pp: ' <<< "$errors")" -eq 1 ]
	[[ $errors == *'pp: cannot start the callback of job 1: No such file or directory'* ]]
	[[ $output == out1$'\n'* ]]
	[[ $output != *out200$'\n'* ]]
	grep -qx err1 <<< "$errors"
	pp_split -j1 --error-callback ./nosuch 'echo out{}; echo err{} >&2; false' ::: 1
	[ "$output" = out1$'\n' ]
	[[ $errors == *err1* ]]
	PP_OPTIONS='' pp_split --callback ./nosuch echo ::: 1
	[[ $errors == *'  job 1: exit status 127 after '* ]]
	pp_split -k --callback-fails ignore --callback ./nosuch echo ::: 1 2
	[ "$status" -eq 0 ]
	[ "$output" = $'1\n2\n' ]
}

# -- How it is started --

@test "a callback without shell syntax is executed directly" {
	run pp "$HELPERS/probe" ::: 1
	fds=${lines[0]}
	run pp --callback "$HELPERS/probe" true ::: 1
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "$fds" ]
	PP_SHELL=/nonexistent run pp --callback 'tr a b' echo ::: a
	[ "$output" = b ]
	run pp --error-callback "$HELPERS/probe" false ::: 1
	[ "${lines[0]}" = "${fds/0 1 2/0 1 2 3}" ]
}

@test "a callback sees a clean process" {
	run bash -c 'trap "" INT QUIT PIPE; exec "$PP" --callback "$HELPERS/probe" true ::: 1'
	[ "$status" -eq 0 ]
	run pp --callback "$HELPERS/probe" true ::: 1
	[ "${lines[1]}" = 'blocked:' ]
	[ "${lines[2]}" = 'ignored:' ]
}

# -- Together with other options --

@test "callbacks with --tag, -v, --line-buffer and -u" {
	pp_split --tag --callback 'tr a b' echo a ::: 1
	[ "$output" = $'1\tb 1\n' ]
	for mode in --line-buffer -u; do
		pp_split $mode -k --callback 'tr a b' echo a ::: 1 2
		[ "$output" = $'b 1\nb 2\n' ]
	done
	pp_split -v --callback 'tr a b' echo a ::: 1
	[ "$output" = $'echo a 1\nb 1\n' ]
}

@test "callbacks with --dry-run are not run" {
	run pp --dry-run --callback 'touch called' --error-callback 'touch called' echo ::: 1
	[ "$output" = 'echo 1' ]
	[ ! -e called ]
}

@test "with --retries the last try alone has a callback" {
	pp_split --retries 3 --callback 'cat; echo "$PP_TRIES good"' --error-callback 'cat; echo "$PP_TRIES bad"' \
		'echo try$PP_RETRY; [ {} = 1 ] && [ $PP_RETRY = 1 ]' ::: 1
	[ "$output" = $'try1\n2 good\n' ]
	[ "$status" -eq 0 ]
	pp_split --retries 3 --error-callback 'cat; echo "$PP_TRIES bad"' 'echo try$PP_RETRY; exit {}' ::: 1
	[ "$output" = $'try2\n3 bad\n' ]
}

@test "with --halt now what has ended has its callback, what was ended has none" {
	mkfifo ready
	run pp -k -j2 --halt now,fail=1 --callback 'echo "good $PP_SEQ"' --error-callback 'echo "bad $PP_SEQ"' \
		'case {} in 1) ;; 2) cat ready; exit 4 ;; 3) echo > ready; echo lost; exec sleep 60 ;; esac' ::: 1 2 3 4 5
	[ "$status" -eq 4 ]
	[ "$output" = $'good 1\nbad 2' ]
}

@test "--halt does not wait for the callback of a job that has failed" {
	mkfifo hold
	start_pp -k -j2 --halt now,fail=1 --error-callback 'cat hold; echo "bad $PP_SEQ"' 'case {} in 1) touch ready; exec sleep 60 ;; *) exit 4 ;; esac' ::: 1 2 3
	echo go > hold
	wait_pp
	[ "$status" -eq 4 ]
	has_lines out $'go\nbad 2'
}

@test "INT: what has ended has its callback, running jobs have none" {
	mkfifo hold
	start_pp -j2 --joblog log --callback 'touch called; cat hold; echo "$PP_SEQ"' '[ {} = 1 ] || { touch running; exec sleep 60; }' ::: 1 2 3
	wait_until test -e called
	wait_until test -e running
	kill -INT "$PP_PID"
	echo go > hold
	wait_pp
	[ "$status" -eq 130 ]
	has_lines out $'go\n1'
	[ "$(cut -f 1 log)" = $'Seq\n1' ]
}

@test "a second INT ends a callback too, and a resumed run does its job again" {
	start_pp -j2 --joblog log --callback 'touch called; cat; trap "" INT TERM; exec sleep 60' 'echo {} >> ran' ::: 1 2 3
	wait_until test -e called
	three() { [ "$(wc -l < ran)" -eq 3 ]; }
	wait_until three
	kill -INT "$PP_PID"
	wait_until rest "$PP_PID"
	kill -INT "$PP_PID"
	wait_pp
	[ "$status" -eq 130 ]
	[ "$(wc -l < log)" -eq 1 ]
	run pp --resume --joblog log --callback 'echo "$PP_SEQ"' true ::: 1 2 3
	[ "$(sort <<< "$output")" = $'1\n2\n3' ]
}

@test "callbacks with --json: what they print is the output of the object" {
	command -v jq > /dev/null || skip "needs jq"
	run pp --json --callback 'tr a b; echo x >&2' echo ::: a
	[ "$(jq -r '.stdout + .stderr' <<< "$output")" = $'b\nx' ]
}

@test "callbacks with line workers" {
	run pp -k -j2 --callback 'tr a-z A-Z' --worker cat ::: a b c
	[ "$status" -eq 0 ]
	[ "$output" = $'A\nB\nC' ]
}

@test "callbacks on a full disk: whole input for all that are called, or a message and status 255" {
	for mode in --group -k; do
		status=0
		(
			ulimit -f 20
			pp $mode -j2 --buffer 1k --callback cksum --error-callback cksum 'seq 3000; exit {}' ::: 0 1 0 1 0 1 2> errs
		) > got || status=$?
		[ "$(grep -cvx "$(seq 3000 | cksum)" got)" -eq 0 ]
		if [ "$status" -eq 255 ]; then
			grep -q '^pp: no room on the disk for output that has to wait for its turn: ' errs
		else
			[ "$status" -eq 3 ]
			[ "$(wc -l < got)" -eq 6 ]
		fi
		status=0
		(
			ulimit -f 8
			pp $mode -j2 --buffer 1k --callback cksum 'seq 30000; : {}' ::: 1 2 3 2> errs
		) > got || status=$?
		[ "$status" -eq 255 ]
		grep -q '^pp: no room on the disk for output that has to wait for its turn: ' errs
		[ "$(grep -cvx "$(seq 30000 | cksum)" got)" -eq 0 ]
	done
}

@test "a callback that takes its time on a full disk is waited for" {
	mkfifo hold1 hold2 hold3
	(
		ulimit -f 20
		pp -j1 --buffer 1k --callback 'cat "hold$PP_SEQ"; cksum' 'seq 3000; : {}' ::: 1 2 3 > got 2> err
		echo $? > status
	) &
	for i in 1 2 3; do
		echo > "hold$i"
	done
	wait $!
	[ "$(cat status)" -eq 0 ]
	[ "$(grep . got | uniq -c | tr -s ' ')" = " 3 $(seq 3000 | cksum)" ]
}

@test "an error callback whose job's standard error finds no room: it is said, and the output is printed" {
	(
		ulimit -f 4
		pp --error-callback 'cat' 'echo out; seq 20000 >&2; exit {}' ::: 1 2>&1 > got || echo "status $?"
	) | cat > errs
	[ "$(tail -n 1 errs)" = 'status 1' ]
	sed -i.old '$d' errs
	[ "$(cat got)" = out ]
	grep -q '^pp: cannot start the callback of job 1: File too large$' errs
	[ "$(grep -v '^pp: ' errs | cksum)" = "$(seq 20000 | cksum)" ]
}

@test "callbacks with few descriptors and many jobs" {
	(
		ulimit -n 30
		exec "$PP" -j2 --callback cat echo ::: $(seq 300) > got 3>&-
	)
	[ "$(sort -n got)" = "$(seq 300)" ]
}

# -- --each --

@test "--each reads all that is printed, in one program" {
	run pp -k -j2 --each 'tr a-z A-Z; echo end' echo ::: a b c
	[ "$status" -eq 0 ]
	[ "$output" = $'A\nB\nC\nend' ]
	run pp -k -j2 --each cat --json echo ::: a
	[[ $output == '{"seq":1,'* ]]
	run pp "$HELPERS/probe" ::: 1
	fds=${lines[0]}
	run pp --each "$HELPERS/probe" true ::: 1
	[ "${lines[0]}" = "$fds" ]
}

@test "--each does not read standard error" {
	pp_split --each 'tr a-z A-Z' 'echo out; echo err >&2; : {}' ::: 1
	[ "$output" = $'OUT\n' ]
	[ "$errors" = err ]
}

@test "--each that fails is said, and counts" {
	pp_split --each 'cat; exit 3' echo ::: a
	[ "$status" -eq 1 ]
	[ "$output" = $'a\n' ]
	[ "$errors" = 'pp: the program of --each ended with exit status 3' ]
	pp_split --each 'cat; kill -9 $$' 'echo; exit {}' ::: 1
	[ "$status" -eq 2 ]
	[[ $errors == *'pp: the program of --each was killed by signal 9'* ]]
	pp_split --each ./nosuch echo ::: a
	[ "$status" -eq 255 ]
	[ "$errors" = 'pp: cannot start the program of --each: ./nosuch: No such file or directory' ]
}

@test "--each that ends early is said, and the run ends" {
	pp_split -j1 --each 'head -n 1; exec <&-; : > deaf' '[ {} = 1 ] || until [ -e deaf ]; do sleep 0.01; done; echo {}; touch ran{}' \
		::: $(seq 1000)
	[ "$status" -eq 255 ]
	[ "$output" = $'1\n' ]
	[[ $errors == *'pp: the program of --each reads no more'* ]]
	[ ! -e ran1000 ]
}

@test "--each that is slow gets all" {
	mkfifo hold
	start_pp -j2 --buffer 10k --each 'cat hold; cksum' 'seq 30000; touch ran{}; :' ::: $(seq 30)
	wait_until test -e ran1
	: > hold
	wait_pp
	[ "$status" -eq 0 ]
	has_lines out "$(for _ in $(seq 30); do seq 30000; done | cksum)"
}

@test "INT: --each gets what has ended, and a second one ends it" {
	start_pp -j2 --each 'cat; echo end' 'echo {}; touch ran; exec sleep 60' ::: 1
	wait_until test -e ran
	kill -INT -"$PP_PID"
	wait_pp
	[ "$status" -eq 130 ]
	[ "$(tail -n 1 out)" = end ]
	start_pp -j2 --each 'trap "" INT TERM; cat > got; touch over; exec sleep 60' echo ::: 1
	wait_until test -e over
	kill -INT "$PP_PID"
	wait_until rest "$PP_PID"
	kill -INT "$PP_PID"
	wait_pp
	[ "$status" -eq 130 ]
	has_lines got 1
	[ "$(cat err)" = '' ]
}

# -- Workers that are started while a callback runs --

@test "a callback sees the end of its input though workers were started meanwhile" {
	mkfifo input go hold
	start_pp -j2 -a input --callback 'echo > begun.$PP_SEQ; read -r x < go; wc -c | tr -d " " > got.$PP_SEQ' \
		'[ {} = 1 ] || { echo > job.{}; read -r x < hold; }; head -c 200000 /dev/zero'
	exec 7<> go 8<> hold 9> input
	echo 1 >&9
	wait_until test -e begun.1
	printf '2\n3\n' >&9
	wait_until test -e job.2
	wait_until test -e job.3
	echo >&7
	wait_until has_lines got.1 200000
	printf '\n\n' >&8
	printf '\n\n' >&7
	exec 9>&-
	wait_pp
	exec 7>&- 8>&-
	[ "$status" -eq 0 ]
	cat got.2 got.3 > both
	has_lines both '200000
200000'
}
