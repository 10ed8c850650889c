# Line workers: the protocols, what becomes of workers that fail, and of those that are replaced.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # shell lines for workers; subshells end with their tests; $output comes from bats
load helper

setup()
{
	begin
	export PP_OPTIONS=--no-summary
	# A worker that runs each task as a shell line.
	cat >shell <<-'END'
		while IFS= read -r task; do
			eval "$task"
		done
	END
}

# need PROGRAM...: skips the test where one is not installed.
need()
{
	local program

	for program; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

has_lines()
{
	[ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]
}

# feed ARGUMENTS...: starts pp with tasks from descriptor 8.
feed()
{
	rm -f tasks out err
	mkfifo tasks
	exec 8<>tasks
	start_pp "$@" <tasks 8>&-
}

# -- Tasks and answers --

@test "line: answers come in the order of the tasks with -k, each once without" {
	local slots

	seq 20000 >tasks
	for slots in 1 2 16; do
		pp_split -k -j "$slots" --worker sed -u 's/$/!/' <tasks
		[ "$status" -eq 0 ]
		sed 's/$/!/' tasks | cmp - "$TEST_DIR/out"
	done
	pp_split -j4 --worker sed -u 's/$/!/' <tasks
	[ "$status" -eq 0 ]
	sed 's/$/!/' tasks | sort | cmp - <(sort "$TEST_DIR/out")
}

@test "line: empty lines, and a last line without its end" {
	printf '\n\na\n\nb' >tasks
	pp_split -k -j2 --worker cat <tasks
	[ "$status" -eq 0 ]
	[ "$output" = $'\n\na\n\nb\n' ]
	[ "$errors" = '' ]
}

@test "line: long lines, and many of them" {
	awk 'BEGIN { for (x = "x"; length(x) < 200000;) x = x x; for (i = 1; i <= 20; i++) print i x }' >tasks
	pp_split -k -j2 --worker cat <tasks
	[ "$status" -eq 0 ]
	cmp tasks "$TEST_DIR/out"
	[ "$errors" = '' ]
}

@test "no input: no worker is started" {
	run pp --worker sh -c 'echo >started; cat' </dev/null
	[ "$status" -eq 0 ]
	[ "$output" = '' ]
	[ ! -e started ]
}

@test "a task is the values of its job, with blanks between them" {
	run pp -k --worker cat ::: a 'b c' ::: 1
	[ "$status" -eq 0 ]
	[ "$output" = $'a 1\nb c 1' ]
	run pp -k -n 2 --worker cat ::: a b c
	[ "$output" = $'a b\nc' ]
	run pp -k -C , --worker cat ::: a,b
	[ "$output" = 'a b' ]
}

@test "the program may be a shell line, and its words are left alone" {
	run pp -k --worker 'sed -u "s/^/x /" | cat' ::: a b
	[ "$status" -eq 0 ]
	[ "$output" = $'x a\nx b' ]
	run pp -k --worker sh -c 'while read -r x; do echo "$1 $x"; done' sh '*  $(date)' ::: a
	[ "$output" = '*  $(date) a' ]
}

@test "a program with a replacement string in it, or none, is refused" {
	run pp --worker echo '{}' ::: a
	[ "$status" -eq 255 ]
	[[ $output == *--worker*'replacement string'* ]]
	run pp --worker ::: a
	[ "$status" -eq 255 ]
	[[ $output == *--worker* ]]
	run pp --worker=none cat ::: a
	[ "$status" -eq 255 ]
	[[ $output == *none*line*mark*fd*frame*json* ]]
}

@test "-0: tasks end with NUL, and may hold newlines" {
	printf 'a\nb\0\0c\0' >tasks
	pp -0 -k --worker sed -zu 's/^/x/' <tasks >out
	[ "$(tr '\0' '\n' <out)" = $'xa\nb\nx\nxc' ]
	pp_split -0 -k --worker=mark bash -c 'while IFS= read -rd "" x; do echo "<$x>"; echo "$PP_END"; done' <tasks
	[ "$status" -eq 0 ]
	[ "$output" = $'<a\nb>\n<>\n<c>\n' ]
}

@test "a task that holds the separator fails, and the others are done" {
	printf 'a\nb,c' >tasks
	pp_split -k -d , --worker cat <tasks
	[ "$status" -eq 1 ]
	[ "$output" = $'c\n' ]
	[[ $errors == *separator*-0* ]]
	pp_split -k -d , --worker=json sh -c 'while read -r x; do echo "{\"id\":1,\"output\":\"${#x}\"}"; done' <<<a
	[ "$status" -eq 0 ]
}

@test "a worker has its slot and its protocol in the environment, and nothing of a job" {
	run pp -j1 --worker sh shell ::: 'echo "$PP_SLOT $PARALLEL_JOBSLOT $PYTHONUNBUFFERED ${PP_SEQ-none} ${PP_END-none} ${PP_FD-none}"'
	[ "$status" -eq 0 ]
	[ "$output" = '1 1 1 none none none' ]
	run pp -j1 --worker sh shell ::: 'kill -0 "$PP_PID" && echo "$PP_PID $PARALLEL_PID"'
	[[ $output =~ ^([0-9]+)\ ([0-9]+)$ ]]
	[ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]
	run pp -j1 --process-slot-var slot --worker sh shell ::: 'echo $slot'
	[ "$output" = 0 ]
	run pp -j1 --worker=fd sh shell ::: 'echo "$PP_FD"; echo 0 >&$PP_FD'
	[[ $output =~ ^[3-9]$ ]]
}

@test "a worker has no descriptors of pp but its own" {
	local theirs

	[ -d /proc/self/fd ] || skip "no /proc"
	theirs=$(sh -c 'ls /proc/$$/fd; :' 3>&-)
	run pp -j1 --worker=mark sh -c 'read -r x; ls /proc/$$/fd; echo "$PP_END 0"; read -r x' ::: a
	[ "$output" = "$theirs" ]
	run pp -j1 --worker=fd sh -c 'read -r x; ls /proc/$$/fd; echo 0 >&$PP_FD; read -r x' ::: a
	[ "$(grep -vx 3 <<<"$output")" = "$theirs" ]
	[[ $output == *3* ]]
}

@test "--wd and --init hold for the program" {
	mkdir there
	run pp -j1 --wd there --worker sh "$PWD/shell" ::: 'echo "${PWD##*/}"'
	[ "$output" = there ]
	pp_split -j1 --init 'v=$PP_SLOT; export v; cd there; echo init' --worker sh "$PWD/shell" ::: 'echo "$v ${PWD##*/}"'
	[ "$status" -eq 0 ]
	[ "$output" = $'1 there\n' ]
	[ "$errors" = init ]
	run pp -j1 --init 'f() { echo "f $1"; }' --worker 'while read -r x; do f "$x"; done' ::: a
	[ "$output" = 'f a' ]
}

@test "an --init that fails ends the run, with its words" {
	need_extensions "what a worker has read cannot be told"
	run pp -j2 --init 'echo sorry >&2; false' --worker cat ::: a b c
	[ "$status" -eq 255 ]
	[ "${#lines[@]}" -le 2 ]
	[[ $output == *sorry* ]]
}

@test "--pty: standard output is a terminal that changes nothing" {
	pp_split -k -j1 --pty --worker sh -c 'while read -r x; do test -t 1 && printf "%s\tx\n" "$x"; done' ::: a b
	[ "$status" -eq 0 ]
	[ "$output" = $'a\tx\nb\tx\n' ]
	[ "$errors" = '' ]
}

@test "--window 1: no task stands in the pipe behind another" {
	seq 100 >tasks
	pp_split -j1 --window 1 --worker bash -c 'while read -r x; do if read -rt 0; then echo ahead; else echo alone; fi; done' <tasks
	[ "$status" -eq 0 ]
	[ "$(sort -u "$TEST_DIR/out")" = alone ]
}

@test "--window N: tasks are handed over ahead" {
	seq 100 >tasks
	pp_split -j1 --window 50 --worker bash -c 'while read -r x; do if read -rt 0; then echo ahead; else echo alone; fi; done' <tasks
	[ "$status" -eq 0 ]
	grep -q ahead "$TEST_DIR/out"
}

@test "fd: no task stands in the pipe behind another" {
	seq 100 >tasks
	pp_split -j1 --worker=fd bash -c 'while read -r x; do if read -rt 0; then echo ahead; else echo alone; fi; echo 0 >&$PP_FD; done' <tasks
	[ "$status" -eq 0 ]
	[ "$(sort -u "$TEST_DIR/out")" = alone ]
}

# -- Statuses, messages and output --

# What the protocols with a status have in common: a worker for each that runs tasks as shell lines.
marks()
{
	echo 'while IFS= read -r task; do eval "$task"; echo "$PP_END $?"; done' >mark
	echo 'while IFS= read -r task; do eval "$task"; echo "$?" >&$PP_FD; done' >fd
}

@test "mark and fd: the status is the job's, and a failure is no loss" {
	local protocol

	marks
	for protocol in mark fd; do
		pp_split -k -j1 --joblog log --worker=$protocol sh $protocol ::: 'echo a; printf b' 'echo c; (exit 7)' 'echo d'
		[ "$status" -eq 1 ]
		[ "$output" = $'a\nbc\nd\n' ]
		[ "$errors" = '' ]
		[ "$(cut -f 1,7,8 log)" = $'Seq\tExitval\tSignal\n1\t0\t0\n2\t7\t0\n3\t0\t0' ]
	done
}

@test "standard error is that of the task under way" {
	local protocol

	marks
	for protocol in mark fd; do
		pp_split -k -j2 --tagstring '{#}' --worker=$protocol sh $protocol ::: 'echo a >&2' 'echo b' 'echo c >&2; echo c'
		[ "$status" -eq 0 ]
		[ "$output" = $'2\tb\n3\tc\n' ]
		[ "$errors" = $'1\ta\n3\tc' ]
	done
	pp_split -k -j1 --tag --worker sh -c 'while read -r x; do echo "$x!" >&2; echo "$x"; done' ::: a b
	[ "$errors" = $'a\ta!\nb\tb!' ]
	pp_split -j1 --worker sh -c 'echo begin >&2; while read -r x; do echo "$x"; done; echo end >&2' ::: a b
	[ "$errors" = $'begin\nend' ]
}

@test "a message with the status is a line of standard error" {
	pp_split -k -j1 --tag --worker=mark sh -c 'while read -r x; do echo "$PP_END 3 no $x"; done' ::: a b
	[ "$status" -eq 2 ]
	[ "$output" = '' ]
	[ "$errors" = $'a\tno a\nb\tno b' ]
	pp_split -k -j1 --worker=fd sh -c 'while read -r x; do echo "0 fine  $x" >&$PP_FD; done' ::: a
	[ "$status" -eq 0 ]
	[ "$errors" = 'fine  a' ]
}

@test "mark: found anywhere, status and all may be left out, and it is new in each run" {
	pp_split -k -j1 --worker=mark sh -c 'while read -r x; do echo "$x$PP_END"; done' ::: a b
	[ "$status" -eq 0 ]
	[ "$output" = ab ]
	pp_split -k -j1 --worker=mark sh -c 'while read -r x; do printf %s "$x${PP_END%?}"; printf "%s 1\n" "${PP_END#"${PP_END%?}"}"; done' ::: a b
	[ "$status" -eq 2 ]
	[ "$output" = ab ]
	echo 'while read -r x; do printf %s "$PP_END" | od -An -tx1; echo "$PP_END"; done' >show
	[[ $(pp -j1 --worker=mark sh show ::: a) == ' 1e '* ]]
	[ "$(pp -j1 --worker=mark sh show ::: a)" != "$(pp -j1 --worker=mark sh show ::: a)" ]
}

@test "an answer with a number that no task has is told of as such" {
	pp_split -j1 --crash-limit 1 --no-summary --worker=json sh -c 'while read -r x; do echo "$0"; done' '{"id":2}' ::: a
	[ "$errors" = $'pp: worker of slot 1 broke its protocol, and is replaced: this belongs to no task that it has: "{"id":2}"\npp: job 1 lost with its worker: a' ]
	pp_split -j1 --crash-limit 1 --no-summary --worker=frame sh -c 'echo H 1; while read -r x; do echo D 2 0; done' ::: a
	[[ $errors == 'pp: worker of slot 1 broke its protocol, and is replaced: this belongs to no task that it has: "D 2 0"'$'\npp: job 1 lost with its worker: a' ]]
}

@test "--end: the program's own mark" {
	pp_split -k -j1 --end '{ready}' --worker sh -c 'while read -r x; do echo "$x"; echo "{ready}"; done' ::: a b
	[ "$status" -eq 0 ]
	[ "$output" = $'a\nb\n' ]
	[ "$errors" = '' ]
	pp_split -k -j1 --end '%' --worker=mark sh -c 'while read -r x; do printf "%s%%\n" "$x"; done' ::: a b
	[ "$status" -eq 0 ]
	[ "$output" = ab ]
	pp_split -k -j1 --end '%' sh -c 'while read -r x; do printf "%s%%\n" "$x"; done' ::: a b
	[ "$status" -eq 0 ]
	[ "$output" = ab ]
}

@test "frame: any bytes, errors, statuses and messages" {
	need perl
	cat >frame <<-'END'
		$| = 1; print "H 1\n";
		while (<STDIN>) {
			my ($kind, $id, $size, $try) = split; read STDIN, my $task, $size;
			printf "P %s going\nO %s %d\n%sO %s 1\n.E %s 2\ne\n", $id, $id, $size, $task, $id, $id;
			printf "D %s %s\n", $id, $task =~ /^f/ ? "9 failed at $try" : 0;
		}
	END
	pp_split -k -j1 -0 --tagstring '{#}' --retries 2 --worker=frame perl frame < <(printf 'a\nb\0f\0\0')
	[ "$status" -eq 1 ]
	[ "$output" = $'1\ta\n1\tb.2\tf.3\t.' ]
	[ "$errors" = $'1\te\n2\te\n2\tfailed at 2\n3\te' ]
}

@test "frame: --inflight N tasks at a time, answered in any order" {
	need perl
	cat >gather <<-'END'
		$| = 1; print "H 1\n";
		while (<STDIN>) {
			my ($kind, $id, $size) = split; read STDIN, my $task, $size; unshift @tasks, [$id, $task];
			printf "O %d %d\n%s\nD %d 0\n", $_->[0], 1 + length $_->[1], $_->[1], $_->[0] for @tasks == 3 ? splice @tasks : ();
		}
	END
	pp_split -k -j1 --inflight 3 --worker=frame perl gather ::: a b c d e f
	[ "$status" -eq 0 ]
	[ "$output" = $'a\nb\nc\nd\ne\nf\n' ]
	[ "$errors" = '' ]
}

@test "frame: a task whose time is over is cancelled, and the worker stays" {
	need perl
	cat >cancel <<-'END'
		$| = 1; print "H 1\n";
		while (<STDIN>) {
			my ($kind, $id, $size) = split; read STDIN, my $task, $size if $kind eq 'T';
			print "D $id 0 given up by $$\n" if $kind eq 'X';
			print "D $id 0 done by $$\n" if $kind eq 'T' && $task ne 'hang';
		}
	END
	feed -j1 --inflight 2 --timeout 3 --worker=frame perl cancel
	printf 'hang\na\n' >&8
	wait_until grep -q 'given up' err
	echo b >&8
	wait_until has_lines err 4
	exec 8>&-
	wait_pp
	cat err
	[ "$status" -eq 1 ]
	grep -q 'job 1 timed out' err
	[ "$(sed -n 's/.* by //p' err | sort -u | wc -l)" -eq 1 ]
	[ "$(sed -n 's/ by .*//p' err | sort)" = $'done\ndone\ngiven up' ]
}

@test "json: strings are printed as text, other values as JSON, errors on standard error" {
	need python3
	cat >values <<-'END'
		import json, sys
		for line in sys.stdin:
		    job = json.loads(line)
		    print(json.dumps({"more": {}, "output": json.loads(job["task"]), "id": job["id"], "error": job["task"][:1] if job["id"] == 1 else None}))
	END
	pp_split -k -j1 --worker=json python3 values ::: '"a"' '"b\n"' '""' '[1, {"c": null}]' 1.50 null true
	[ "$status" -eq 0 ]
	[ "$output" = $'a\nb\n[1, {"c": null}]\n1.5\ntrue\n' ]
	[ "$errors" = '"' ]
}

@test "json: any bytes come through" {
	need python3
	printf '\xff\xfe"\\\0\xc3\xa9\x1f\n\r\0\xed\xa0\x80\xe2\x80\xa8\0' >tasks
	cat >same <<-'END'
		import json, sys
		for line in sys.stdin:
		    job = json.loads(line)
		    print(json.dumps({"id": job["id"], "output": job["task"]}, ensure_ascii=job["id"] % 2 == 1))
	END
	pp -0 -k -j1 --worker=json env PYTHONIOENCODING=utf-8 python3 same <tasks >out
	printf '\xff\xfe"\\\n\xc3\xa9\x1f\n\r\n\xed\xa0\x80\xe2\x80\xa8\n' | cmp - out
}

@test "--tag, -u, --line-buffer and --joblog hold" {
	run pp -k -j1 --tag --joblog log --worker cat ::: a b
	[ "$output" = $'a\ta\nb\tb' ]
	[ "$(cut -f 1,7,9 log)" = $'Seq\tExitval\tCommand\n1\t0\ta\n2\t0\tb' ]
	[ "$(pp -u -j2 --worker cat ::: a b | sort)" = $'a\nb' ]
	[ "$(pp --line-buffer -j2 --worker cat ::: a b | sort)" = $'a\nb' ]
}

@test "callbacks and --each get the answers" {
	marks
	run pp -k -j2 --callback 'sed "s/^/got /"' --error-callback 'echo "$PP_SEQ: $PP_STATUS"' --worker=mark sh mark ::: 'echo a' '(exit 3)' 'echo b'
	[ "$status" -eq 1 ]
	[ "$output" = $'got a\n2: 3\ngot b' ]
	run pp -k -j2 --each 'sed "s/^/got /"' --worker cat ::: a b
	[ "$status" -eq 0 ]
	[ "$output" = $'got a\ngot b' ]
}

@test "--retries: a failed task is tried again" {
	marks
	pp_split -k -j1 --retries 3 --worker=mark sh mark ::: 'echo >>tries; echo "try $(wc -l <tries)"; [ "$(wc -l <tries)" = 3 ]'
	[ "$status" -eq 0 ]
	[ "$(tr -d ' ' <<<"$output")" = $'try3' ]
}

@test "--halt: nothing more is run after a failure" {
	marks
	pp_split -k -j1 --halt now,fail=1 --worker=mark sh mark ::: 'echo a' '(exit 5)' 'echo >ran'
	[ "$status" -eq 5 ]
	[ "$output" = $'a\n' ]
	[ ! -e ran ]
}

# -- Workers that die --

@test "a killed worker: its task is tried again in another one" {
	pp_split -k -j1 --worker sh shell ::: '[ -e tried ] || { : >tried; kill -KILL $$; }; echo a' 'echo b'
	[ "$status" -eq 0 ]
	[ "$output" = $'a\nb\n' ]
	[[ $errors == *lost*'signal 9'* ]]
}

@test "what a killed worker has printed of its task is not printed" {
	pp_split -k -j1 --worker=mark sh -c 'read -r x; echo "$x"; [ -e tried ] || { : >tried; kill -KILL $$; }; echo "$PP_END"; read -r x' ::: a
	[ "$status" -eq 0 ]
	[ "$output" = $'a\n' ]
}

@test "--crash-limit: a task that kills its workers is lost after three tries, or as many as are said" {
	pp_split -k -j1 --joblog log --worker sh shell ::: 'echo a' 'echo >>tries; kill -KILL $$' 'echo b'
	[ "$status" -eq 1 ]
	[ "$output" = $'a\nb\n' ]
	[ "$(wc -l <tries)" -eq 3 ]
	[[ $errors == *'job 2 lost'* ]]
	[ "$(cut -f 1,7,8 log | sed -n 3p)" = $'2\t-1\t9' ]
	rm tries
	pp_split -k -j1 --crash-limit 1 --worker sh shell ::: 'echo a' 'echo >>tries; exit 3' 'echo b'
	[ "$status" -eq 1 ]
	[ "$output" = $'a\nb\n' ]
	[ "$(wc -l <tries)" -eq 1 ]
	[[ $errors == *'exit status 3'* ]]
}

@test "tasks that wait behind one that kills its worker are not counted" {
	{
		seq -f 'echo %.0f' 500
		echo 'kill -KILL $$'
		seq -f 'echo %.0f' 501 1000
	} >tasks
	pp_split -k -j2 --crash-limit 1 --worker sh shell <tasks
	[ "$status" -eq 1 ]
	[ "$output" = "$(seq 1000)"$'\n' ]
	[[ $errors == *'job 501 lost'* ]]
}

@test "workers killed all the while: each task is answered once, or reported lost" {
	local jobs slots killer before=0

	jobs=30000
	seq "$jobs" >tasks
	for slots in 1 2 16; do
		: >pids
		start_pp -k -j "$slots" --worker sh -c 'echo $$ >>pids; while read -r x; do echo "<$x>"; done' <tasks
		(
			exec 3>&-
			while kill -0 "$PP_PID" 2>/dev/null; do
				# Only after some have done their work: on a slow machine too there is an end.
				if [ "$(wc -c <out)" -ne "$before" ]; then
					before=$(wc -c <out)
					# shellcheck disable=SC2046 # numbers
					kill -KILL $(tail -n "$slots" pids | shuf -n 1) 2>/dev/null || true
				fi
				command sleep 0.01
			done
		) &
		killer=$!
		wait_pp
		wait "$killer" || true
		[ "$(uniq -d out)" = '' ]
		[ "$(grep -c 'job [0-9]* lost' err)" -eq "$status" ]
		[ $(($(wc -l <out) + status)) -eq "$jobs" ]
		awk '{ n = substr($0, 2) + 0; if ($0 != "<" n ">" || n <= last || n > jobs) exit 1; last = n }' jobs="$jobs" out
	done
}

@test "workers that end at once end the run, with one line and their last words" {
	need_extensions "what a worker has read cannot be told"
	pp_split -j2 --worker sh -c 'echo first >&2; echo "no such model" >&2; exit 3' ::: a b c d e f
	[ "$status" -eq 255 ]
	[ "$output" = '' ]
	[ "$(grep -c '^pp: ' <<<"$errors")" -eq 1 ]
	[[ $errors == *'exit status 3'*'no such model'* ]]
}

@test "a program that is not there ends the run" {
	pp_split -j2 --worker ./none ::: a b
	[ "$status" -eq 127 ]
	[ "$errors" = 'pp: cannot start a worker: ./none: No such file or directory' ]
	: >none
	pp_split -j2 --worker ./none ::: a b
	[ "$status" -eq 126 ]
	[[ $errors == *'Permission denied'* ]]
}

@test "a one-shot command is told of once, and the jobs are done all the same" {
	pp_split -k -j1 --worker sh -c 'read -r x; echo "$x"' ::: a b c
	[ "$status" -eq 0 ]
	[ "$output" = $'a\nb\nc\n' ]
	[ "$(grep -c 'one-shot' <<<"$errors")" -eq 1 ]
	[[ $errors == *'drop --worker'* ]]
}

@test "a buffering worker is told of once, with the cure, and the jobs are done all the same" {
	need perl
	seq 1000 >tasks
	pp_split -k -j2 --worker perl -pe '$_ = $_' <tasks
	[ "$status" -eq 0 ]
	cmp tasks "$TEST_DIR/out"
	[ "$(grep -c 'does it flush its output?' <<<"$errors")" -eq 1 ]
	[[ $errors == *'python3 -u'*fflush*'stdbuf -oL'*'mawk -W interactive'*--pty* ]]
}

@test "one answer to all tasks, at the end of the input: said, and those without an answer are done again" {
	pp_split -j1 --worker wc -l ::: a b
	[ "$status" -eq 0 ]
	[[ $errors == *'this looks like a one-shot command: drop --worker'* ]]
	[[ $errors != *'worker lost'* ]]
	[ "$(printf %s "$output" | wc -l)" -eq 2 ]
}

@test "too many answers: the worker is replaced, and no job gets what is not its own" {
	pp_split -k -j1 --worker sed -u 'p;s/.*/stray/' ::: a b c
	[ "$status" -eq 0 ]
	[ "$output" = $'a\nb\nc\n' ]
	[ "$(grep -c '^pp: ' <<<"$errors")" -eq 1 ]
	[[ $errors == *'more than one answer'*stray* ]]
}

@test "what breaks a protocol is told, and the job has failed" {
	need perl
	bad()
	{
		pp_split -j1 --crash-limit 1 --worker="$1" sh -c "$2" ::: a
		[ "$status" -eq 1 ] && [[ $errors == *'broke its protocol'*"$3"* ]] || { echo "$1: $status: $output$errors"; return 1; }
	}
	bad mark 'while read -r x; do echo "$PP_END 256"; done' 255
	bad mark 'while read -r x; do echo "$PP_END x"; done' status
	bad fd 'while read -r x; do echo >&$PP_FD; done' status
	bad fd 'while read -r x; do echo x >&$PP_FD; done' status
	bad frame 'echo H 1; exec cat' protocol
	bad frame 'echo H 1; while read -r x; do echo O 1; done' ''
	bad json 'while read -r x; do echo no; done' JSON
	bad json 'while read -r x; do echo "[]"; done' JSON
	bad json 'while read -r x; do echo "{\"id\":1,\"status\":256}"; done' JSON
}

# -- Workers that are replaced --

@test "--max-tasks, --max-rss and bye: another worker takes its place between two tasks" {
	run pp -k -j1 --max-tasks 2 --worker sh shell ::: 'echo $$' 'echo $$' 'echo $$' 'echo $$'
	[ "$status" -eq 0 ]
	[ "$(uniq -c <<<"$output" | awk '{ print $1 }')" = $'2\n2' ]
	run pp -k -j1 --max-rss 1k --worker sh shell ::: 'echo $$' 'echo $$' 'echo $$'
	[ "$(sort -u <<<"$output" | wc -l)" -eq 3 ]
	run pp -k -j1 --max-rss 1T --worker sh shell ::: 'echo $$' 'echo $$' 'echo $$'
	[ "$(sort -u <<<"$output" | wc -l)" -eq 1 ]
	run pp -k -j1 --worker=mark sh -c 'while read -r x; do echo $$; echo "$PP_END 0 bye"; done' ::: a b c
	[ "$status" -eq 0 ]
	[ "$(sort -u <<<"$output" | wc -l)" -eq 3 ]
}

@test "--max-age and --idle: a worker that is due goes while it has no task" {
	local option

	for option in --max-age --idle; do
		feed -j1 $option 10ms --worker sh shell
		echo 'echo $$' >&8
		wait_until has_lines out 1
		wait_until is_gone "$(cat out)"
		echo 'echo $$' >&8
		wait_until has_lines out 2
		exec 8>&-
		wait_pp
		[ "$status" -eq 0 ]
		[ "$(sort -u out | wc -l)" -eq 2 ]
		[ ! -s err ]
	done
}

@test "--timeout: the task is ended with its worker, and the next one has another" {
	pp_split -k -j1 --timeout 3 --worker sh shell ::: 'echo $$ >pid; sleep 300' 'echo b'
	[ "$status" -eq 1 ]
	[ "$output" = $'b\n' ]
	[[ $errors == *'job 1 timed out'* ]]
	is_gone "$(cat pid)"
}

@test "a worker that does not read its tasks blocks nobody" {
	{ head -c 300000 /dev/zero | tr '\0' x; echo; } >tasks
	pp_split -k -j1 --timeout 0.2 --worker sleep 300 <tasks
	[ "$status" -eq 1 ]
	[[ $errors == *'timed out'* ]]
}

@test "--init-timeout: a worker that is not ready in time is replaced, and none that ever is ends the run" {
	pp_split -j1 --init-timeout 1 --worker sh -c '[ -e there ] && exec cat; : >there; exec sleep 300' ::: a
	[ "$status" -eq 0 ]
	[ "$output" = $'a\n' ]
	[[ $errors == *--init-timeout* ]]
	pp_split -j1 --init-timeout 10ms --worker=frame sleep 300 ::: a
	[ "$status" -eq 255 ]
	[ "$(grep -c -e --init-timeout <<<"$errors")" -eq 1 ]
}

# -- The end --

@test "at the end of the input a worker's input ends, and it may finish in peace" {
	run pp -j2 --worker sh -c 'while read -r x; do echo "$x"; done; echo >"end.$PP_SLOT"' ::: a b
	[ "$status" -eq 0 ]
	[ -e end.1 ]
}

@test "a worker that does not end is ended, by the signals of --termseq" {
	run pp -j1 --termseq INT,1000,KILL --worker sh -c 'trap ": >asked" INT; while read -r x; do echo "$x"; done; while :; do sleep 300; done' ::: a
	[ "$status" -eq 0 ]
	[ "$output" = a ]
	[ -e asked ]
}

@test "INT, TERM and KILL of pp: its workers end, and what they have started" {
	local signal child worker

	echo 'while read -r x; do sleep 300 & echo $! $$ >pids.new; mv pids.new pids; wait; done' >hang
	for signal in INT TERM KILL; do
		rm -f pids
		start_pp -j1 --worker sh hang ::: a b
		wait_until test -e pids
		kill "-$signal" "$PP_PID"
		wait_pp
		case $signal in
		INT) [ "$status" -eq 130 ] ;;
		TERM) [ "$status" -eq 143 ] ;;
		KILL) [ "$status" -eq 137 ] ;;
		esac
		read -r child worker <pids
		wait_until is_gone "$child"
		wait_until is_gone "$worker"
	done
}

@test "a program that a worker leaves behind does not hold up the end" {
	run pp -k -j1 --worker sh -c 'while read -r x; do sleep 300 & echo "$!"; done' ::: a b
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	kill -KILL "${lines[@]}"
}

@test "a worker that closes its output is replaced" {
	run pp -k -j1 --worker sh -c 'read -r x; echo "$x"; exec >&-; read -r x' ::: a b
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = a ]
	[ "${lines[1]}" = b ]
}

@test "a reader that goes away ends the run" {
	# shellcheck disable=SC2216 # yes needs no input
	[ "$(yes | pp -k --worker cat | head -n 2)" = $'y\ny' ]
}

@test "line: an answer that a killed worker has not finished is none" {
	pp_split -j1 --worker sh -c 'read -r x; [ -e tried ] || { : >tried; printf "half of"; kill -KILL $$; }; echo "$x"; read -r x' ::: a
	[ "$status" -eq 0 ]
	[ "$output" = $'a\n' ]
	[[ $errors == *lost* ]]
}

@test "frame, fd, mark and json: what a killed worker has not finished is no answer" {
	pp_split -j1 --crash-limit 1 --worker=frame sh -c 'echo H 1; read -r x; printf "D 1 1"; kill -KILL $$' ::: a
	[[ $errors == *'job 1 lost'* ]]
	pp_split -j1 --crash-limit 1 --worker=fd sh -c 'read -r x; printf 1 >&$PP_FD; kill -KILL $$' ::: a
	[[ $errors == *'job 1 lost'* ]]
	pp_split -j1 --crash-limit 1 --worker=mark sh -c 'read -r x; printf "$PP_END 1"; kill -KILL $$' ::: a
	[[ $errors == *'job 1 lost'* ]]
	pp_split -j1 --crash-limit 1 --worker=json sh -c 'read -r x; printf "{\"id\":1"; kill -KILL $$' ::: a
	[[ $errors == *'job 1 lost'* && $errors != *protocol* ]]
}

@test "frame: D without a status breaks the protocol" {
	pp_split -j1 --crash-limit 1 --worker=frame sh -c 'echo H 1; read -r x; echo "D 1"; read -r x' ::: a
	[ "$status" -eq 1 ]
	[[ $errors == *protocol* ]]
}

@test "frame: a worker with tasks under way in threads is not told of, and its input stays open for X" {
	need python3
	cat >slow <<-'END'
		import sys, threading
		i, o = sys.stdin.buffer, open(1, "wb")
		gone = threading.Event()
		def work(id):
		    gone.wait(); o.write(b"D %s 0 given up\n" % id); o.flush()
		o.write(b"H 1\n"); o.flush()
		for kind, id, *n in map(bytes.split, i):
		    if n: i.read(int(n[0])); threading.Thread(None, work, None, (id,)).start()
		    else: gone.set()
		gone.set()
	END
	pp_split -j1 --inflight 2 --timeout 4 --worker=frame python3 slow ::: a
	[ "$status" -eq 1 ]
	[[ $errors == *'timed out'*'given up'* ]]
	[[ $errors != *flush* ]]
}

@test "a worker that buffers gets as much as it needs before it answers, however long the input" {
	seq 20000 >in
	tr 0-9 a-j <in >want
	pp_split -j2 -k --worker tr 0-9 a-j <in
	[ "$status" -eq 0 ]
	printf %s "$output" | cmp - want
	[[ $errors == *'does it flush its output'* ]]
	# The shell waits for it, and cannot be seen to read.
	pp_split -j2 -k --worker 'tr 0-9 a-j; true' <in
	[ "$status" -eq 0 ]
	printf %s "$output" | cmp - want
}

@test "the log has tasks as they are, and --retry-failed hands them over again unchanged" {
	cat >fails <<-'END'
		while IFS= read -r x; do printf '%s\n' "<$x>"; echo "$PP_END 1"; done
	END
	pp -k -j1 --no-summary --joblog log --worker=mark sh fails ::: 'a b' "it's" '$x' '' ' ' || true
	[ "$(cut -f 9 log | sed 1d)" = $'a b\nit\'s\n$x\n\n ' ]
	[ "$(pp -k -j1 --no-summary --joblog log --retry-failed --worker=mark sh fails)" = $'<a b>\n<it\'s>\n<$x>\n<>\n< >' ]
	[ "$(pp -k -j1 --no-summary --joblog log --retry-failed --worker=mark sh fails)" = $'<a b>\n<it\'s>\n<$x>\n<>\n< >' ]
	pp_split --joblog log --resume --worker=mark sh fails ::: 'a b' "it's" '$x' '' ' '
	[ "$errors" = '' ]
	[ "$(pp --json --worker cat ::: 'a b' | sed 's/.*"command":\("[^"]*"\).*/\1/')" = '"a b"' ]
}
