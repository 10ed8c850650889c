# The forms of the command: which shell, what is printed instead of running it, who is asked, where and how jobs run.
#
# shellcheck disable=SC1083,SC2016,SC2154,SC2317 # braces, variables and functions are for pp and its jobs; errors is pp_split's

load helper

# called_parallel ARGUMENTS...: pp under the name of parallel
called_parallel()
{
	[ -e "$TEST_DIR/parallel" ] || ln -s "$PP" "$TEST_DIR/parallel"
	"$TEST_DIR/parallel" "$@" 3>&-
}

# on_terminal TYPED ARGUMENTS...: pp with a terminal; what that shows is in the file shown afterwards
on_terminal()
{
	local typed=$1

	shift
	timeout -k 1 30 "$HELPERS/onterm" "$typed" shown "$PP" "$@" 3>&-
}

# -- Shells --

@test "exported functions of bash are commands" {
	f() { echo "f:$1:$#"; }
	export -f f
	run pp -k f ::: a 'b  c'
	[ "$output" = $'f:a:1\nf:b  c:1' ]
	run pp -k 'f {} | tr f g' ::: a
	[ "$output" = g:a:1 ]
	PARALLEL_SHELL=/bin/sh run pp f ::: x
	[ "$output" = f:x:1 ]
	run called_parallel -k f {1} {2} ::: 'a b' ::: c
	[ "$output" = "f:a b:2" ]
}

@test "values for a function stay words in batches" {
	f() { printf '<%s>' "$@"; echo; }
	export -f f
	run pp -k -n2 f x ::: 'a b' c 'd  e'
	[ "$output" = $'<x><a b><c>\n<x><d  e>' ]
	run pp -k -j1 -X f p{}q ::: 'a b' c
	[ "$output" = '<pa bq><pcq>' ]
}

@test "commands that only a shell has go to a shell, their words stay words" {
	run pp -j1 exit ::: 0 3 0 4
	[ "$status" -eq 2 ]
	mkdir 'a b'
	run pp cd ::: 'a b'
	[ "$status" -eq 0 ]
	pp_split --no-shell exit ::: 0
	[ "$status" -eq 127 ]
}

@test "the shell is PP_SHELL, else PARALLEL_SHELL" {
	ln -s "$(command -v sh)" mine
	PP_SHELL=$PWD/mine PARALLEL_SHELL=/nosuch run pp 'echo $0' ::: a
	[[ $output == "$PWD/mine"* ]]
	PARALLEL_SHELL=$PWD/mine run pp 'echo $0' ::: a
	[[ $output == "$PWD/mine"* ]]
}

@test "the shell is the nearest one among those that started pp" {
	[ -e /proc/self/exe ] || skip "the system does not tell"
	run bash -c 'timeout 20 "$PP" "[[ {} == a ]] && x=(1 2) && echo \${x[1]}" ::: a; true' 3>&-
	[ "$output" = 2 ]
}

@test "called parallel, the words are joined to a shell line" {
	run called_parallel -k echo {} '|' tr a b ::: a 'a  a'
	[ "$output" = $'b\nb  b' ]
	run called_parallel -k echo 'a  b' '$((1+{}))' ::: 1
	[ "$output" = "a b 2" ]
	run called_parallel -k -q echo 'a  b' '$x' {} ::: 'c  d'
	[ "$output" = 'a  b $x c  d' ]
}

@test "bats runs its tests with pp in the place of parallel" {
	mkdir "$TEST_DIR/bin" suite
	ln -s "$PP" "$TEST_DIR/bin/parallel"
	for file in 1 2 3; do
		printf '@test "a %s" {\n true\n}\n@test "b %s" {\n false\n}\n' $file $file >suite/$file.bats
	done
	run env -u BATS_RUN_TMPDIR PATH="$TEST_DIR/bin:$PATH" bats --tap suite 3>&-
	[ "$status" -eq 1 ]
	one=$output
	run env -u BATS_RUN_TMPDIR PATH="$TEST_DIR/bin:$PATH" bats --tap --jobs 4 suite 3>&-
	[ "$status" -eq 1 ]
	[ "$output" = "$one" ]
}

# The worker around takes it over, so that its process group is no orphan, which the system would wake.
@test "within a job of pp, a stopped worker goes too when its manager is killed" {
	grep -q prctl "$PP" || skip "this pp was built without prctl, which wakes the worker"
	cat >inner <<-'END'
		"$PP" -j1 'echo $PPID >new; mv new worker; exec sleep 1000' ::: 1 &
		until [ -s worker ]; do sleep 0.01; done
		kill -STOP "$(cat worker)"
		kill -KILL $!
		for ((i = 0; i < 2000; i++)); do
			kill -0 "$(cat worker)" 2>/dev/null || exit 0
			sleep 0.01
		done
		kill -KILL "$(cat worker)"
		exit 1
	END
	run pp -N0 bash inner ::: a
	[ "$status" -eq 0 ]
}

# -- Printing instead of running --

@test "--dry-run prints commands that a shell can read again" {
	pp_split -k --dry-run printf '%s\n' ::: 'a b' '$x' "it's" '' $'n\nl'
	[ "$(sh -c "$output")" = $'a b\n$x\nit\'s\n\nn\nl' ]
	run pp -k --dry-run -N2 'echo {} > f' ::: a b c
	[ "$output" = $'echo a b > f\necho c > f' ]
}

@test "--dry-run leaves the job log alone" {
	echo old >log
	run pp --dry-run --joblog log echo ::: a
	[ "$output" = "echo a" ]
	[ "$(cat log)" = old ]
}

@test "--dry-run leaves files of results, events and failed records alone, and prints commands whatever else is asked for" {
	local way

	echo before | tee rows.csv events failed >expected
	for way in '--results rows.csv' '--events events' '--failed failed' --json '--results -.csv' '--results -.json' '--results dir'; do
		# shellcheck disable=SC2086 # two words
		pp_split --dry-run $way echo ::: a
		[ "$status" -eq 0 ]
		[ "$output" = $'echo a\n' ]
		[ "$errors" = '' ]
	done
	cmp expected rows.csv
	cmp expected events
	cmp expected failed
	[ ! -e dir ]
	pp_split --shellquote --json echo ::: a
	[ "$output" = $'\'echo a\'\n' ]
}

@test "--dry-run prints what a resumed run would run" {
	pp -j1 --no-summary --joblog log --results dir 'exit {}' ::: 0 1 2 || true
	printf '4\t:\t17' >>log
	cp log before
	[ "$(pp --dry-run --joblog log --resume -k 'exit {}' ::: 0 1 2 3)" = 'exit 3' ]
	[ "$(pp --dry-run --joblog log --resume-failed -k 'exit {}' ::: 0 1 2 3)" = $'exit 1\nexit 2\nexit 3' ]
	[ "$(pp --dry-run --joblog log --retry-failed -k </dev/null)" = $'exit 1\nexit 2' ]
	[ "$(pp --dry-run --results dir --resume -k 'exit {}' ::: 0 1 2 3)" = 'exit 3' ]
	cmp log before
}

@test "-v prints commands in front of output, -t to standard error" {
	pp_split -k -v echo ::: 'a b' c
	[ "$output" = $'echo \'a b\'\na b\necho c\nc\n' ]
	pp_split -k -t echo ::: a
	[ "$output" = $'a\n' ]
	[ "$errors" = "echo a" ]
}

@test "printed commands carry the tag of their job" {
	run pp -k --dry-run --tag echo ::: a b
	[ "$output" = $'a\techo a\nb\techo b' ]
	run pp -k -v --tagstring '{#}' $'echo x\necho {}' ::: a
	[ "$output" = $'1\techo x\n1\techo a\n1\tx\n1\ta' ]
}

@test "--shellquote prints values that a shell can read again" {
	run pp -k --shellquote ::: 'a b' "it's" '$x' ''
	[ "$(eval "printf '[%s]' $(tr '\n' ' ' <<<"$output")")" = "[a b][it's][\$x][]" ]
	run pp --shellquote --shellquote ::: 'a b'
	[ "$(eval "eval echo $output")" = "a b" ]
}

# -- Asking, the terminal --

@test "-p runs the jobs that the terminal says yes to" {
	run on_terminal $'y\nn\nYes\n\n' -p -k echo ::: a b c d
	[ "$status" -eq 0 ]
	[ "$output" = $'a\nc' ]
	[[ $(cat shown) == *'echo a ?...'*'echo b ?...'*'echo c ?...'*'echo d ?...'* ]]
}

@test "--tty: jobs read the terminal, one at a time" {
	run on_terminal $'one\ntwo\n' --tty 'read x; echo {} $x' ::: a b
	[ "$status" -eq 0 ]
	[ "$output" = $'a one\nb two' ]
}

@test "without a terminal -p and --tty say so" {
	command -v setsid >/dev/null || skip "no setsid"
	for option in -p --tty; do
		run setsid "$PP" $option echo ::: a 3>&-
		[ "$status" -eq 255 ]
		[[ $output == pp:*/dev/tty* ]]
	done
}

# -- Where and how jobs run --

@test "--wd: jobs run in the directory, which is made" {
	run pp --wd new/deep -N0 'basename "$PWD"' ::: a
	[ "$output" = deep ]
	run pp -k --wd 'w{}' 'basename "$PWD"; true {}' ::: 1 '2 3'
	[ "$output" = $'w1\nw2 3' ]
}

@test "--wd: a directory that cannot be is told in one line" {
	touch file
	run pp --wd file echo ::: a
	[ "$status" -eq 255 ]
	[ "$output" = "pp: cannot use directory: file: Not a directory" ]
	run pp --wd ... echo ::: a
	[ "$status" -eq 255 ]
	[ "$output" = "pp: --wd: ...: must be the name of a directory" ]
	[ ! -e ... ]
	run pp --no-summary --wd '{}' echo ::: ''
	[ "$status" -eq 1 ]
	[ "$output" = "pp: cannot start job 1: directory : No such file or directory" ]
	run pp --worker --wd 'new{}' /bin/cat ::: a
	[ "$status" -eq 255 ]
	[ "$output" = "pp: --worker: a replacement string in the directory of --wd: a worker has one directory for all its tasks" ]
	[ ! -e newa ]
}

@test "jobs know their number, their slot, their try and pp" {
	run pp -k -j1 -N0 'echo $PP_SEQ $PP_SLOT $PP_RETRY $PARALLEL_SEQ $PARALLEL_JOBSLOT' ::: a b
	[ "$output" = $'1 1 0 1 1\n2 1 0 2 1' ]
	run pp -N0 'test "$PP_PID" -gt 1 && test "$PP_PID" = "$PARALLEL_PID" && echo ok' ::: a
	[ "$output" = ok ]
	run pp -j1 -N0 --process-slot-var MINE 'echo $MINE' ::: a b
	[ "$output" = $'0\n0' ]
}

@test "--nice lowers the priority of jobs" {
	local now

	now=$(nice)
	[ "$now" -le 16 ] || skip "nice already"
	run pp --nice 3 -N0 nice ::: a
	[ "$output" = $((now + 3)) ]
}

@test "--env takes names, jobs have the whole environment anyway" {
	export ONE=1 TWO=2
	run pp -N0 --env ONE,other 'echo $ONE $TWO' ::: a
	[ "$output" = "1 2" ]
	run pp --env 'ONE,,' echo ::: a
	[ "$status" -eq 255 ]
	[[ $output == "pp: --env: ONE,,: must be names"* ]]
}

# -- For scripts written for GNU parallel --

@test "what scripts ask GNU parallel for is answered" {
	run called_parallel -k --will-cite --plain --silent --no-notice --gnu echo ::: a
	[ "$output" = a ]
	run pp --minversion 20200101
	[ "$status" -eq 0 ]
	run pp --minversion 99991231
	[ "$status" -eq 255 ]
	run pp --minversion 0.0.1
	[ "$status" -eq 0 ]
	run pp --max-line-length-allowed
	[ "$output" -gt 4000 ]
}

@test "--tmpdir is where output is held that does not fit into memory" {
	mkdir held
	run pp -k --buffer 1k --tmpdir held 'head -c 200000 /dev/zero | tr "\0" x; echo {}' ::: a b
	[ "${#output}" -eq 400003 ]
	[ -z "$(ls held)" ]
}
