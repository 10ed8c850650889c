# Results for programs and people: --json, --results, --files, --events, --failed, --failed-only and the list of failures.
#
# shellcheck disable=SC1083,SC2016 # braces and variables are for pp and its jobs
# shellcheck disable=SC2001,SC2030,SC2031,SC2086,SC2154,SC2217 # subshells end with their tests, some modes are several words

load helper

setup()
{
	begin
	no_summary
}

need()
{
	command -v "$1" > /dev/null || skip "needs $1"
}

# A job that prints every byte there is, and half characters at the end of a piece.
ALL='printf %b "$(printf "\\\\0%03o" $(seq 0 255))"; printf "\303"; printf "\251\342\202"; printf "\254\360\237" >&2; : {}'

# -- --json --

@test "--json: an object for each job, with all that is known of it" {
	need jq
	pp --json -k -j2 --retries 2 'echo out{1}{2}; echo err >&2; exit {1}' ::: 0 3 ::: a > out || true
	[ "$(wc -l < out)" -eq 2 ]
	[ "$(jq -c '[.seq,.host,.values,.command,.status,.signal,.cause,.tries,.stdout,.stderr]' out)" = \
		'[1,":",["0","a"],"echo out0a; echo err >&2; exit 0",0,null,"exited",1,"out0a\n","err\n"]
[2,":",["3","a"],"echo out3a; echo err >&2; exit 3",3,null,"exited",2,"out3a\n","err\n"]' ]
	[ "$(jq -c '[.slot > 0, .start > 1600000000, .seconds >= 0, .user >= 0, .system >= 0, (.peak_memory == null or .peak_memory > 0)]' out | sort -u)" = \
		'[true,true,true,true,true,true]' ]
}

@test "--json: signals, time limits and programs that are not there" {
	need jq
	run pp --json -k 'kill -9 $$; :' ::: 1
	[ "$(jq -c '[.status,.signal,.cause]' <<< "$output")" = '[null,9,"signalled"]' ]
	pp_split --json --timeout 50ms 'exec sleep 60; :' ::: 1
	[ "$(jq -c '[.status,.cause]' <<< "$output")" = '[null,"timeout"]' ]
	pp_split --json ./nosuch{} ::: 1
	[ "$(jq -c '[.status,.cause]' <<< "$output")" = '[127,"not_started"]' ]
}

@test "--json is valid whatever the bytes, and they can be had back" {
	need jq
	need python3
	"$PP" --json -j2 "$ALL" ::: $'a\377\tb"\\' > out 3>&-
	jq -e . out > /dev/null
	(eval "${ALL/: {\}/:}") > want.out 2> want.err
	python3 -c '
import json, sys
job = json.loads(open("out").read())
raw = lambda text: text.encode("utf-8", "surrogateescape")
assert raw(job["stdout"]) == open("want.out", "rb").read(), job["stdout"]
assert raw(job["stderr"]) == open("want.err", "rb").read()
assert raw(job["values"][0]) == b"a\xff\tb\"\\", job["values"]'
}

@test "--json: megabytes, one object a line, in order" {
	need python3
	pp --json -k -j3 --buffer 50k 'seq 200000; seq 100000 >&2; : {}' ::: 1 2 3 > out
	python3 -c '
import json
jobs = [json.loads(line) for line in open("out")]
assert [job["seq"] for job in jobs] == [1, 2, 3]
assert all(job["stdout"].split() == [str(n + 1) for n in range(200000)] for job in jobs)
assert all(job["stderr"].split() == [str(n + 1) for n in range(100000)] for job in jobs)'
}

@test "--json streams: a job's object is there before the next one ends" {
	mkfifo hold
	start_pp --json -j1 '[ {} = 1 ] || cat hold' ::: 1 2
	wait_until grep -q '"seq":1,' out
	[ "$(wc -l < out)" -eq 1 ]
	: > hold
	wait_pp
	[ "$(wc -l < out)" -eq 2 ]
}

@test "--json with modes that print at once, with tags and with -v: objects all the same" {
	need jq
	for mode in -u --line-buffer '-k --line-buffer' '-v' '--failed-only'; do
		pp_split --json $mode -j2 'echo {}; exit 1' ::: a b
		[ "$(jq -s 'map(.stdout) | sort | join("")' <<< "$(grep '^{' <<< "$output")")" = '"a\nb\n"' ]
	done
}

# -- Rows --

@test "--results of CSV and TSV: rows as GNU parallel writes them" {
	pp -k --results t.csv 'echo {1} "{2}"; : "$(echo e >&2)"' ::: a ::: 'b,c' $'d"e' > out
	[ ! -s out ]
	cut -d, -f 1-2 t.csv | head -n 2 > got
	[ "$(cat got)" = $'Seq,Host\n1,:' ]
	[ "$(head -n 1 t.csv)" = 'Seq,Host,Starttime,JobRuntime,Send,Receive,Exitval,Signal,Command,V1,V2,Stdout,Stderr' ]
	need python3
	python3 -c '
import csv
rows = list(csv.reader(open("t.csv")))
assert [row[-4:] for row in rows[1:]] == [["a", "b,c", "a b,c\n", "e\n"], ["a", "d\"e", "a d\"e\n", "e\n"]], rows'
	pp -k --results -.tsv --header : echo ::: name a b > out
	[ "$(cut -f 10,11 out | head -n 1)" = $'name\tStdout' ]
	[ "$(cut -f 1,2,10 out | grep -c '^[12]	:	[ab]$')" -eq 2 ]
}

@test "--results of JSON: an object a line" {
	need jq
	pp -k --results t.json echo ::: a b
	[ "$(jq -r .Stdout t.json)" = $'a\n\nb' ]
	run pp --json --results t.json echo ::: a
	[ "$status" -eq 255 ]
}

# -- Files --

@test "--results DIR: files under the values, names made safe" {
	pp -j2 --results dir 'echo out; echo err >&2; : {}' ::: a 'b/c' .. . '' $'t\tab' 'x\y' > out 2> err
	[ ! -s out ]
	[ ! -s err ]
	(cd dir && find . -type f | sort) > got
	for name in 'a' 'b\_c' '\..' '\.' '' 't\tab' 'x\\y'; do
		printf './1/%s/%s\n' "$name" seq "$name" stderr "$name" stdout
	done | sed 's,//,/,' | sort > want
	diff want got
	[ "$(cat dir/1/a/stdout dir/1/a/stderr dir/1/a/seq)" = $'out\nerr\n1' ]
	long=$(head -c 5000 /dev/zero | tr '\0' x)
	pp --results dir 'echo {}' ::: "${long}1" "${long}2"
	[ "$(cat dir/1/xxx*/stdout | sort -u | wc -l)" -eq 2 ]
}

@test "--results with columns, names and batches" {
	printf 'x,y\n1,2\n' | pp -C , --header : --results dir echo {x} {y}
	[ "$(cat dir/x/1/y/2/stdout)" = '1 2' ]
	pp -n 2 --results two echo ::: a b
	[ "$(cat two/1/a/1/b/stdout 2>/dev/null || find two -name stdout -exec cat {} +)" = 'a b' ]
}

@test "--results TEMPLATE: a file a job, and no value leads out of its directory" {
	mkdir out
	pp -j2 --results 'out/r_{}' 'echo {}; echo e >&2' ::: a b
	[ "$(cat out/r_a out/r_a.err out/r_b.seq)" = $'a\ne\n2' ]
	run pp --results 'out/{}/x' echo ::: ../..
	[ "$status" -eq 255 ]
	[[ $output == *'its values lead out of the directory'* ]]
	run pp --results '{}/x' echo ::: /tmp
	[ "$status" -eq 255 ]
	pp --results 'out/{}/' echo ::: c
	[ "$(cat out/c/stdout)" = c ]
}

@test "--results with few descriptors and many jobs under way" {
	(
		ulimit -n 40
		exec "$PP" -j8 --results dir true ::: $(seq 600) 3>&-
	)
	[ "$(find dir -name seq | wc -l)" -eq 600 ]
}

@test "--results: a job that is tried again leaves its last try, one that is ended nothing" {
	pp --retries 2 --results dir 'echo try$PP_RETRY; [ $PP_RETRY = 1 ]; : {}' ::: a
	run pp --retries 2 --results dir 'echo try$PP_RETRY; echo more; [ {} != a ] || [ $PP_RETRY = 1 ]' ::: a
	[ "$(cat dir/1/a/stdout)" = $'try1\nmore' ]
	mkfifo ready
	run pp -j2 --halt now,fail=1 --results two 'case {} in a) cat ready; exit 1 ;; b) echo part; echo > ready; exec sleep 60 ;; esac' ::: a b
	[ -e two/1/a/seq ]
	[ -z "$(find two -path '*/b/*' -type f)" ]
}

@test "--results: of jobs that were handed out but not begun when the run was stopped there is nothing" {
	mkfifo hold
	start_pp -j1 --results dir 'echo {}; [ {} -lt 50 ] || { echo $PPID > at; cat hold; }' ::: $(seq 100)
	wait_until test -s at
	kill -HUP "$PP_PID"
	wait_until rest "$PP_PID" "$(cat at)"
	: > hold
	wait_pp
	[ "$(find dir -name seq | wc -l)" -eq 50 ]
	[ -z "$(find dir -name '*~*')" ]
}

@test "--results: what a kill -9 left is not taken for whole, and is replaced" {
	start_pp -j1 --results dir '[ {} = a ] && { echo a; exit; }; echo part; touch over; exec sleep 60' ::: a b c
	wait_until test -e over
	part() { grep -q part 'dir/1/b/stdout~2'; }
	wait_until part
	kill -KILL "$PP_PID"
	wait_pp
	[ ! -e dir/1/b/stdout ]
	pp -j2 --resume --results dir 'echo {} >> ran; echo {}' ::: a b c
	[ "$(sort ran)" = $'b\nc' ]
	[ "$(cat dir/1/*/stdout)" = $'a\nb\nc' ]
	[ -z "$(find dir -name '*~*')" ]
}

@test "--results: two runs in one directory never write into one file, and the one that loses its files says so" {
	mkfifo hold
	start_pp -j1 --results dir 'echo first; touch begun; cat hold; : {}' ::: a
	wait_until test -e begun
	pp --results dir 'echo second; : {}' ::: a
	[ "$(cat dir/1/a/stdout)" = second ]
	: > hold
	wait_pp
	[ "$status" -eq 255 ]
	[ "$(cat dir/1/a/stdout)" = second ]
	grep -q '^pp: cannot write results: dir/1/a/std[a-z]*: ' err
	[ -z "$(find dir -name '*~*')" ]
}

@test "--results on a full disk is said, and the status is 255" {
	(
		ulimit -f 10
		pp -j2 --results dir 'seq 10000; : {}' ::: a b 2> err || echo $? > status
	)
	[ "$(cat status)" = 255 ]
	grep -q '^pp: cannot write results: dir/1/[ab]/stdout: File too large$' err
	[ -z "$(find dir -name seq)" ]
	mkdir no
	: > no/1
	run pp --results no true ::: a
	[ "$status" -eq 255 ]
	[[ $output == *'pp: cannot make directory for results: no/1/a: Not a directory'* ]]
}

@test "--results together with --json, callbacks and --failed-only: kept, and given to them" {
	pp --json --results dir echo ::: a > out
	grep -q '"stdout":"a\\n"' out
	[ "$(cat dir/1/a/stdout)" = a ]
	run pp -k --results dir --callback 'tr a b' echo ::: a c
	[ "$output" = $'b\nc' ]
	pp_split -k --results dir --failed-only 'echo {}; [ {} = a ]' ::: a c
	[ "$output" = $'c\n' ]
}

@test "--files prints the names of files that hold the output" {
	pp_split -k -j2 --files 'echo {}; echo err{} >&2' ::: a b
	[ "$status" -eq 0 ]
	[ "$errors" = $'erra\nerrb' ]
	[ "$(wc -l <<< "${output%$'\n'}")" -eq 2 ]
	[ "$(xargs cat <<< "$output")" = $'a\nb' ]
	pp_split -k --files --results dir echo ::: a b
	[ "$output" = $'dir/1/a/stdout\ndir/1/b/stdout\n' ]
	mkdir t
	run pp --files --tmpdir t echo ::: a
	[ "$(cat t/*)" = a ]
	run pp -k --tag --files --results dir echo ::: a b
	[ "$output" = $'a\tdir/1/a/stdout\nb\tdir/1/b/stdout' ]
}

# -- --compress --


# A compressor that takes its time: it waits for the file go, and tells its process id in the file at.
SLOW='echo $$ > at; until [ -e go ]; do command sleep 0.01; done; exec gzip'

@test "--compress: files of --results and --files are compressed, empty ones and seq are not" {
	need gzip
	pp -j2 --compress-program 'gzip -9' --results dir 'seq {}; seq 3 >&2' ::: 10000 2
	[ "$(gzip -dc < dir/1/10000/stdout)" = "$(seq 10000)" ]
	[ "$(wc -c < dir/1/10000/stdout)" -lt 30000 ]
	[ "$(gzip -dc < dir/1/2/stdout)" = "$(seq 2)" ]
	[ "$(gzip -dc < dir/1/2/stderr)" = "$(seq 3)" ]
	[ "$(cat dir/1/2/seq)" = 2 ]
	pp --compress --results none true ::: a
	[ ! -s none/1/a/stdout ]
	[ ! -s none/1/a/stderr ]
	pp --compressprogram gzip --results 'out/{}.gz' echo ::: a
	[ "$(gzip -dc out/a.gz)" = a ]
	[ ! -s out/a.gz.err ]
	pp -k --compress-program gzip --files 'echo {}; echo err{} >&2' ::: a b > names 2> errs
	[ "$(cat errs)" = $'erra\nerrb' ]
	[ "$(while read -r name; do gzip -dc < "$name"; done < names)" = $'a\nb' ]
	[ -z "$(find . "$TMPDIR" -name '*~*')" ]
}

@test "--compress takes the first of zstd, lz4 and gzip that is there" {
	mkdir bin
	with() { env PATH="$PWD/bin" "$PP" "$@" 3>&-; }
	for name in zstd lz4 gzip; do
		printf '#!/bin/sh\necho %s "$@"\n' $name > bin/$name
		chmod +x bin/$name
	done
	for want in 'zstd -q -c -1' 'lz4 -q -c -1' 'gzip -c -1'; do
		with --compress --results dir /bin/echo ::: a
		[ "$(cat dir/1/a/stdout)" = "$want" ]
		rm bin/${want%% *}
	done
	run with --compress --results no /bin/echo ::: a
	[ "$status" -eq 255 ]
	[ "$output" = 'pp: --compress: there is no zstd, lz4 or gzip: --compress-program names another program' ]
	[ ! -e no ]
	[ "$(with --compress /bin/echo ::: a)" = a ]
}

@test "--compress leaves what is printed, rows and objects as they are" {
	need gzip
	for way in '' -k --line-buffer -u --tag --json '--results -.csv' '--results t.csv'; do
		pp -j1 $way 'echo {}; exit {}' ::: 0 3 > want || true
		[ ! -e t.csv ] || mv t.csv want.csv
		pp -j1 $way --compress --decompress-program cat 'echo {}; exit {}' ::: 0 3 > got || true
		times() { sed -E 's/"(start|seconds|user|system|peak_memory)":[0-9.]*//g; s/,:,[0-9.]*,[ 0-9.]*/,/'; }
		diff <(times < want) <(times < got)
	done
	diff <(times < want.csv) <(times < t.csv)
	pp --compress-program gzip --results dir --json echo ::: a > out
	grep -q '"stdout":"a\\n"' out
	[ "$(gzip -dc < dir/1/a/stdout)" = a ]
	pp --compress-program gzip --results called --callback 'tr a b' echo ::: a > out
	[ "$(cat out)" = b ]
	[ "$(gzip -dc < called/1/a/stdout)" = a ]
}

@test "--compress: of a job that is tried again the last try is compressed" {
	need gzip
	run pp --retries 2 --compress-program gzip --results dir ': {}; echo try$PP_RETRY; [ $PP_RETRY = 1 ]' ::: a
	[ "$status" -eq 0 ]
	[ "$(gzip -dc < dir/1/a/stdout)" = try1 ]
	run pp --retries 2 --compress-program gzip --results two ': {}; [ $PP_RETRY = 1 ] || { echo try; exit 1; }' ::: a
	[ "$status" -eq 0 ]
	[ ! -s two/1/a/stdout ]
}

@test "--compress: a compressor that fails is told of, loses nothing, and the status is 255" {
	pp_fails()
	{
		rm -rf dir
		pp_split -j1 --compress-program "$1" --results dir 'echo {}; echo err >&2' ::: a
		[ "$status" -eq 255 ]
		[ "$errors" = "pp: cannot compress results: dir/1/a/stdout: $1: $2: it is kept as it is" ]
		[ "$(cat dir/1/a/stdout dir/1/a/stderr dir/1/a/seq)" = $'a\nerr\n1' ]
		[ "$(find dir -type f | wc -l)" -eq 3 ]
	}
	pp_fails false 'exit status 1'
	pp_fails 'head -c 1; exit 3' 'exit status 3'
	pp_fails 'kill -9 $$' 'killed by signal 9'
	pp_fails true 'it has written nothing'
	pp_fails /etc 'Permission denied'
	# The second file of a job alone.
	pp_split --compress-program 'read -r x; [ "$x" = a ] && echo packed' --results two 'echo {}; echo err >&2' ::: a
	[ "$status" -eq 255 ]
	[[ $errors == 'pp: cannot compress results: two/1/a/stderr: '* ]]
	[ "$(cat two/1/a/stdout two/1/a/stderr two/1/a/seq)" = $'packed\nerr\n1' ]
	# No more jobs are begun, and it is told once.
	pp_split -j1 --compress-program false --results many 'echo {}; echo x >> ran' ::: $(seq 100000)
	[ "$status" -eq 255 ]
	[ "$(wc -l <<< "$errors")" -eq 1 ]
	[ "$(wc -l < ran)" -lt 1000 ]
}

@test "--compress-program has to be there, whether anything is compressed or not" {
	for name in nosuch ./nosuch 'nosuch -9'; do
		for way in '' '--results dir' --files; do
			pp_split --compress-program "$name" $way echo ::: a
			[ "$status" -eq 255 ]
			[ "$errors" = "pp: --compress-program: ${name% -9}: No such file or directory" ]
			[ "$output" = '' ]
		done
	done
	[ ! -e dir ]
	run pp --compress-program '' echo ::: a
	[ "$status" -eq 255 ]
	[[ $output == 'pp: --compress-program: '*'a shell line that is not empty'* ]]
}

@test "--compress: a name is printed, a record logged and -k goes on when the files are compressed" {
	need gzip
	start_pp -k -j2 --compress-program "$SLOW" --joblog log --results dir --files echo ::: a b
	wait_until test -s at
	[ "$(wc -l < log)" -eq 1 ]
	[ ! -s out ]
	[ ! -e dir/1/a/stdout ]
	: > go
	wait_pp
	[ "$status" -eq 0 ]
	[ "$(cat out)" = $'dir/1/a/stdout\ndir/1/b/stdout' ]
	[ "$(wc -l < log)" -eq 3 ]
	[ "$(gzip -dc < dir/1/b/stdout)" = b ]
}

@test "--compress: the first interrupt waits for the compressor, the second one does not" {
	need gzip
	job='echo {}; [ {} = a ] || { echo $$ > begun.{}; exec sleep 60; }'
	start_pp -j2 --compress-program "$SLOW" --results dir "$job" ::: a b c
	wait_until test -s at
	wait_until test -s begun.b
	wait_until test -s begun.c
	kill -INT "$PP_PID"
	wait_until is_gone "$(cat begun.b)"
	: > go
	wait_pp
	[ "$status" -eq 130 ]
	[ "$(gzip -dc < dir/1/a/stdout)" = a ]
	[ "$(find dir -type f | sort)" = $'dir/1/a/seq\ndir/1/a/stderr\ndir/1/a/stdout' ]
	rm -f go at begun.*
	start_pp -j2 --compress-program "$SLOW" --results two "$job" ::: a b c
	wait_until test -s at
	wait_until test -s begun.b
	wait_until test -s begun.c
	kill -INT "$PP_PID"
	wait_until is_gone "$(cat begun.b)"
	kill -INT "$PP_PID"
	wait_pp
	[ "$status" -eq 130 ]
	is_gone "$(cat at)"
	[ "$(cat two/1/a/stdout)" = a ]
	[ "$(find two -type f | sort)" = $'two/1/a/seq\ntwo/1/a/stderr\ntwo/1/a/stdout' ]
}

@test "--compress: when pp is killed its compressors end, and what they have started" {
	for mode in echo '--worker cat'; do
		rm -rf at* child dir
		start_pp -j2 --compress-program 'sleep 1000 & echo $! > child; echo $$ > at$$; wait' --results dir $mode ::: 1
		wait_until eval 'grep -qs . at*'
		kill -KILL "$PP_PID"
		wait_pp
		wait_until is_gone "$(cat at*)"
		wait_until is_gone "$(cat child)"
	done
}

@test "--compress with few descriptors, processes and many jobs" {
	need gzip
	(
		ulimit -n 40
		exec "$PP" -j8 --compress-program gzip --results dir 'echo {}; echo {} >&2' ::: $(seq 200) 3>&-
	)
	[ "$(for i in $(seq 200); do gzip -dc < dir/1/$i/stdout; done)" = "$(seq 200)" ]
	[ -z "$(find dir -name '*~*')" ]
}

# -- --events --

@test "--events: start, output, retry and end of each job, as JSON lines" {
	need jq
	pp -j1 --events ev --retries 2 'echo out; echo err >&2; [ {} = a ] || [ $PP_RETRY = 1 ]' ::: a b > out 2> err
	[ "$(jq -rs 'map(select(.seq == 1 and .event != "output") | .event) | join(" ")' ev)" = 'start end' ]
	[ "$(jq -rs 'map(select(.seq == 2 and .event != "output") | .event) | join(" ")' ev)" = 'start retry start end' ]
	[ "$(jq -rs 'map(select(.event == "output" and .seq == 1) | .stream + ":" + .text) | sort | join("")' ev)" = $'stderr:err\nstdout:out' ]
	[ "$(jq -c 'select(.event == "end") | [.seq,.status,.cause,.tries,.values]' ev)" = $'[1,0,"exited",1,["a"]]\n[2,0,"exited",2,["b"]]' ]
	[ "$(jq -s 'all(.time > 1600000000)' ev)" = true ]
	[ "$(cat out err)" = $'out\nout\nerr\nerr' ]
}

@test "--events is valid whatever the bytes, and they can be had back" {
	need python3
	"$PP" --events ev -j2 "$ALL" ::: 1 > /dev/null 2>&1 3>&-
	(eval "${ALL/: {\}/:}") > want.out 2> want.err
	python3 -c '
import json
events = [json.loads(line) for line in open("ev")]
for stream in "out", "err":
    text = "".join(e["text"] for e in events if e["event"] == "output" and e["stream"] == "std" + stream)
    assert text.encode("utf-8", "surrogateescape") == open("want." + stream, "rb").read()'
}

@test "--events tells of each line worker that is started, the one that takes another's place among them" {
	pp -j1 --events ev --worker=mark sh -c 'while read -r x; do echo $$; echo "$PP_END 0 bye"; done' ::: 1 2 3 > pids
	[ "$(sort -u pids | wc -l)" -eq 3 ]
	while read -r pid; do
		grep '"event":"worker_started"' ev | grep '"slot":1,"pid":'"$pid}"
	done < pids
}

@test "--events tells of workers that are started, and of one that is lost" {
	need jq
	run pp -j1 --events ev 'kill -9 $PPID; sleep 60; :' ::: 1
	[ "$(jq -c 'select(.event == "worker_started") | [.slot,.pid > 1]' ev | head -n 1)" = '[1,true]' ]
	[ "$(jq -c 'select(.event == "worker_lost") | [.slot,.signal]' ev)" = '[1,9]' ]
	[ "$(jq 'select(.event == "worker_lost") | .pid' ev)" = "$(jq 'select(.event == "worker_started") | .pid' ev | head -n 1)" ]
	[ "$(jq -c 'select(.event == "end") | .cause' ev)" = '"lost"' ]
}

@test "--events to a descriptor, which jobs do not get" {
	"$PP" "$HELPERS/probe" ::: 1 3>&- > plain
	"$PP" --events 7 "$HELPERS/probe" ::: 1 7> ev 3>&- > out
	cmp plain out
	[ "$(grep -c '"event":"end"' ev)" -eq 1 ]
	run pp --events 9 true ::: 1 9>&-
	[ "$status" -eq 255 ]
	[[ $output == 'pp: cannot write events to descriptor 9: '* ]]
	run pp --events nosuch/ev true ::: 1
	[ "$status" -eq 255 ]
}

# The jobs and their workers can get rid of nothing, and pp waits.
held()
{
	# shellcheck disable=SC2046 # numbers
	rest $(cat ran*) "$PP_PID"
}

@test "--events to a reader that reads nothing: jobs wait, and memory stays" {
	mkfifo pipe
	sleep 60 < pipe &
	start_pp -j2 --events pipe 'echo $$ $PPID > ran{}; exec seq 600000' ::: $(seq 20) > /dev/null
	wait_until test -s ran1
	wait_until held
	[ ! -e ran20 ]
	grep -q __asan_init "$PP" || [ "$(awk '/^VmHWM/ { print $2 }' "/proc/$PP_PID/status")" -lt 30000 ]
	kill -INT "$PP_PID"
	wait_until rest "$PP_PID"
	kill -INT "$PP_PID"
	wait_pp
	[ "$status" -eq 130 ]
}

@test "--events to a slow reader: none is lost" {
	need jq
	mkfifo pipe
	start_pp -j2 --events pipe 'seq 100000; : {}' ::: $(seq 20)
	exec 5< pipe
	wait_until rest "$PP_PID"
	cat <&5 > ev
	exec 5<&-
	wait_pp
	[ "$status" -eq 0 ]
	[ "$(jq -s 'map(select(.event == "end")) | length' ev)" -eq 20 ]
	[ "$(jq -j 'select(.event == "output" and .seq == 7) | .text' ev | cksum)" = "$(seq 100000 | cksum)" ]
}

@test "--events: what a reader does not take is given up at the second interrupt, without a word" {
	mkfifo pipe hold
	exec 5<>pipe
	start_pp -j1 --events pipe 'head -c 300000 /dev/zero; echo $PPID > at; read x < {}' ::: hold
	wait_until test -s at
	wait_until rest "$(cat at)" "$PP_PID"
	kill -INT "$PP_PID"
	wait_until rest "$PP_PID"
	kill -INT "$PP_PID"
	wait_pp
	exec 5<&-
	[ "$status" -eq 130 ]
	[ "$(cat err)" = '' ]
}

@test "what waits for the other end of a fifo is interrupted" {
	mkfifo pipe
	for option in --events --joblog --failed; do
		start_pp "$option" pipe echo ::: 1
		wait_until rest "$PP_PID"
		kill -INT "$PP_PID"
		wait_pp
		[ "$status" -eq 130 ]
	done
}

@test "--events to a full disk is said, and the status is 255" {
	[ -c /dev/full ] || skip "needs /dev/full"
	pp_split --events /dev/full echo ::: a
	[ "$status" -eq 255 ]
	[ "$output" = $'a\n' ]
	[ "$errors" = 'pp: cannot write events: /dev/full: No space left on device' ]
}

# -- Failures --

@test "--failed: the records of failed jobs are the input of another run" {
	run pp -j1 --failed f '[ {} != b ]' ::: a b c
	[ "$status" -eq 1 ]
	[ "$(cat f)" = b ]
	run pp -k echo again :::: f
	[ "$output" = 'again b' ]
	run pp --failed f true ::: a
	[ ! -s f ]
	printf 'a\nb\0c\0' | run pp -0 -j1 --failed f false || true
	printf 'a\nb\0c\0' > in
	run pp -0 -j1 -a in --failed f false
	cmp in f
	printf 'a--b--' > in
	run pp -d -- -j1 -a in --failed f false
	cmp in f
}

@test "--failed with several sources, columns, names, CSV and batches" {
	run pp -j1 --failed f false ::: a b ::: 1
	[ "$(cat f)" = $'a\t1\nb\t1' ]
	printf 'x,y\n1,2\n3,4\n' > in
	run pp -j1 -C , --header : -a in --failed f '[ {x} = 1 ]'
	[ "$(cat f)" = $'x,y\n3,4' ]
	run pp -j1 -C , --header : -a f echo {y}{x}
	[ "$output" = 43 ]
	printf '"a,b","c ""d"""\n"new\nline",e\n' > in
	run pp -j1 --csv -a in --failed f false {1}
	cmp in f
	run pp -j1 -n 2 --failed f false ::: a b c
	[ "$(cat f)" = $'a\nb\nc' ]
}

@test "--failed has what was ended by a halted run, and says where it cannot write" {
	mkfifo ready
	run pp -k -j2 --halt now,fail=1 --failed f 'case {} in a) cat ready; exit 1 ;; b) echo > ready; exec sleep 60 ;; esac' ::: a b c
	[ "$(sort f)" = $'a\nb' ]
	run pp --failed nosuch/f true ::: a
	[ "$status" -eq 255 ]
	[ "$output" = 'pp: cannot open file for failed records: nosuch/f: No such file or directory' ]
	[ -c /dev/full ] || skip "needs /dev/full"
	run pp --failed /dev/full false ::: a
	[ "$status" -eq 255 ]
	[[ $output == *'pp: cannot write failed records: /dev/full: No space left on device'* ]]
}

@test "--failed-only prints the output of failed jobs, in every mode" {
	for mode in --group -k --line-buffer -u --tag '-k --line-buffer' -v; do
		pp_split $mode -j1 --failed-only 'echo o{}; echo e{} >&2; exit {}' ::: 0 1 0 2
		[ "$status" -eq 2 ]
		[ "$(sed 's/^.	//' <<< "$output" | grep -v '^echo\|^$')" = $'o1\no2' ]
		[ "$(sed 's/^.	//' <<< "$errors")" = $'e1\ne2' ]
	done
	pp_split --failed-only --retries 2 'echo try$PP_RETRY; exit {}' ::: 1
	[ "$output" = $'try1\n' ]
}

@test "--failed-only on a full disk: a message and status 255 where output does not fit" {
	status=0
	(
		ulimit -f 8
		pp -j2 --failed-only --buffer 1k 'seq 30000; : {}' ::: 1 2 3 2>&1 > got || echo "status $?"
	) | cat > errs
	[ "$(tail -n 1 errs)" = 'status 255' ]
	grep -q '^pp: no room on the disk for output that has to wait for its turn' errs
}

# -- The list at the end --

summary()
{
	PP_OPTIONS='' pp_split "$@"
}

@test "a run with failures ends with a list of them" {
	summary -j1 'echo "last {}" >&2; exit {}' ::: 0 3
	[ "$status" -eq 1 ]
	[ "$(tail -n 3 <<< "$errors" | sed 's/after [0-9.]*s/after T/')" = 'pp: 1 of 2 jobs failed:
  job 2: exit status 3 after T: echo "last 3" >&2; exit 3
      last 3' ]
	summary 'true' ::: 1
	[ "$errors" = '' ]
	summary --no-summary false ::: 1
	[ "$errors" = '' ]
	summary --gnu false ::: 1
	[ "$errors" = '' ]
}

# list: the list of failures in $errors, without times.
list()
{
	sed -n '/^pp: [0-9]* of [0-9]* jobs* failed:$/,$p' <<< "$errors" | sed 's/after [0-9.]*s/after T/'
}

@test "in the log of a CI service the list has the last lines of each job's standard error" {
	job='echo out; seq 9 >&2; printf "  ten\n\n \t\n50%%\r100%%\r\n\televen" >&2; : {}; exit 3'
	want="pp: 1 of 1 job failed:
  job 1: exit status 3 after T: ${job//\{\}/1}
      | 8
      | 9
      |   ten
      | 100%
      |         eleven"
	for way in '' -k --line-buffer --json '--retries 2' '--results dir' --tag; do
		summary $way --group-marks github "$job" ::: 1
		[ "$(list | sed 's/, the last of 2 tries//')" = "$want" ]
		GITLAB_CI=true summary $way "$job" ::: 1
		[ "$(list | sed 's/, the last of 2 tries//')" = "$want" ]
		GITLAB_CI=true summary $way --group-marks none "$job" ::: 1
		[ "$(list | sed -n '3,$p')" = '      eleven' ]
	done
	GITHUB_ACTIONS=true summary -u 'echo out; echo err >&2; : {}; exit 3' ::: 1
	[ "$(list)" = 'pp: 1 of 1 job failed:
  job 1: exit status 3 after T: echo out; echo err >&2; : 1; exit 3' ]
	GITHUB_ACTIONS=true summary --gnu "$job" ::: 1
	[ "$(list)" = '' ]
}

@test "in the log of a CI service the list has standard output of jobs with no standard error" {
	GITHUB_ACTIONS=true summary -j1 -k ::: 'seq 7; exit 1' 'echo o; echo " " >&2; exit 1' 'echo o; echo e >&2; echo p; exit 1' false
	[ "$(list | grep -v '^  job')" = 'pp: 4 of 4 jobs failed:
      | 3
      | 4
      | 5
      | 6
      | 7
      | o
      | e' ]
	GITHUB_ACTIONS=true summary -j1 --retries 2 'echo try $PP_RETRY; exit 1; :' ::: a
	[ "$(list | sed -n '3,$p')" = '      | try 1' ]
}

@test "in the log of a CI service the list has what line workers said" {
	GITLAB_CI=true summary -j1 --worker=fd sh -c 'while read -r x; do echo "out $x"; eval "echo $x >&$PP_FD"; done' ::: 0 3
	[ "$(list)" = 'pp: 1 of 2 jobs failed:
  job 2: exit status 3 after T: 3
      | out 3' ]
}

@test "in the log of a CI service the list cuts long lines, and is printable" {
	unset PP_OPTIONS
	GITHUB_ACTIONS=true "$PP" -j1 'for i in 1 2 3 4 5 6 7; do head -c 3000000 /dev/zero | tr "\0" $i; echo; done; printf "\033[31m::set-env\377\n"; exit 1; :' ::: 1 > out 2> errs 3>&- || true
	sed '1,2d' errs > list
	[ "$(wc -l < list)" -eq 5 ]
	[ "$(head -n 4 list)" = "$(for i in 4 5 6 7; do printf '      | %s...\n' "$(head -c 200 /dev/zero | tr '\0' $i)"; done)" ]
	[ "$(tail -n 1 list)" = '      | \x1B[31m::set-env\xFF' ]
}

@test "the list has 20 jobs at most, and says how many more there are" {
	summary -j2 false ::: $(seq 33)
	[ "$(grep -c '^  job ' <<< "$errors")" -eq 20 ]
	[ "$(head -n 1 <<< "$errors")" = 'pp: 33 of 33 jobs failed:' ]
	[ "$(tail -n 1 <<< "$errors")" = '  and 13 more' ]
}

@test "the list tells signals, time limits, lost workers and programs that are not there" {
	summary -j1 'kill -9 $$; :' ::: 1
	[[ $errors == *'job 1: killed by signal 9 (KILL) after '* ]]
	summary -j1 --timeout 50ms 'exec sleep 60; :' ::: 1
	[[ $errors == *'job 1: timed out after '* ]]
	summary -j1 'kill -9 $PPID; sleep 60; :' ::: 1
	[[ $errors == *'job 1: lost with its worker after '* ]]
	summary -j1 ./nosuch{} ::: 1 2
	[[ $errors == *'job 2: not started: ./nosuch2'* ]]
	summary -j1 --retries 3 'false; exit 1; :' ::: 1
	[[ $errors == *', the last of 3 tries: '* ]]
}

@test "the list is printable, whatever the jobs print" {
	unset PP_OPTIONS
	"$PP" -j1 "$ALL; exit 1" ::: $'x\e[31m\ny' > /dev/null 2> errs 3>&- || true
	LC_ALL=C sed -n '/^pp: 1 of 1 job failed:$/,$p' errs > list
	[ "$(wc -l < list)" -eq 3 ]
	[ "$(LC_ALL=C tr -d '\n\40-\176' < list | wc -c)" -eq 0 ]
}

@test "a list of failures with megabytes of standard error costs no memory" {
	summary -j1 --buffer 100k 'head -c 5000000 /dev/zero | tr "\0" x >&2; echo >&2; echo end >&2; exit 1; :' ::: 1 2
	[ "$(grep -cx '      end' <<< "$errors")" -eq 2 ]
}

@test "a file that is the input is not emptied: --failed, --events, --results, --joblog" {
	local way

	seq 3 | tee in.csv >before
	ln -s in.csv link
	for way in '--failed in.csv' '--events link' '--results in.csv' '--joblog in.csv'; do
		pp_split $way false :::: in.csv
		[ "$status" -eq 255 ]
		[ "$errors" = "pp: $way: this is the input, which would be emptied: give another file" ]
		pp_split -a in.csv $way false
		[ "$status" -eq 255 ]
		pp_split $way false <in.csv
		[ "$status" -eq 255 ]
		cmp before in.csv
		pp_split $way true ::: a <in.csv
		[ "$status" -eq 0 ]
		cp before in.csv
	done
	pp_split --failed /dev/null --no-summary false </dev/null
	[ "$status" -eq 0 ]
}

@test "-v and --latest-line put nothing between objects and rows, and take nothing out of them" {
	local way

	for way in -v --latest-line '-k -v' '-v --latest-line'; do
		pp_split $way --json 'echo one; echo two' ::: a
		[ "$status" -eq 0 ]
		[[ $output == '{"seq":1,'*'"stdout":"one\ntwo'*'}'$'\n' ]]
		pp_split $way --results -.csv 'echo one; echo two' ::: a
		[[ $output == Seq,*$'Stderr\n1,:,'*$',"one\ntwo a\n",\n' ]]
	done
}

@test "--latest-line: a callback gets all output, files stay whole, and the line stands behind its mark" {
	[ "$(pp --latest-line --callback 'sed s/^/got:/' 'echo one; echo {}' ::: two)" = $'got:one\ngot:two' ]
	[ "$(pp --latest-line --results dir 'echo one; echo {}' ::: two)" = '' ]
	[ "$(cat dir/1/two/stdout)" = $'one\ntwo' ]
	[ "$(cat "$(pp --latest-line --files 'echo one; echo {}' ::: two)")" = $'one\ntwo' ]
	[ "$(pp --latest-line --group-marks github 'echo one; echo {}' ::: two)" = $'::group::echo one; echo two\ntwo\n::endgroup::' ]
}

@test "rows that cannot be written: the message names their file" {
	[ -c /dev/full ] || skip "needs /dev/full"
	ln -s /dev/full rows.csv
	pp_split --results rows.csv echo ::: a
	[ "$status" -eq 255 ]
	[ "$errors" = 'pp: cannot write results: rows.csv: No space left on device' ]
}

@test "a directory that cannot be made: the reason is that of the part that is missing" {
	[ -d /sys/kernel ] || skip "needs /sys, in which nobody makes directories"
	pp_split --no-summary --results /sys/pp-none/dir true ::: a
	[ "$status" -eq 255 ]
	[[ $errors == 'pp: cannot make directory for results: /sys/pp-none/dir/1/a: '* ]]
	[[ $errors != *'No such file'* ]]
	pp_split --wd /sys/pp-none/dir true ::: a
	[ "$status" -eq 255 ]
	[[ $errors != *'No such file'* ]]
}
