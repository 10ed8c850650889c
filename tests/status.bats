# status.bats - what people see of a run: on a terminal, which tmux plays; and what is written where there is none.

load helper

setup()
{
	begin
	command -v tmux >/dev/null || skip "tmux is not installed"
	# A server of its own, which knows nothing of the user's.
	screen=(tmux -f /dev/null -S "$TEST_DIR/socket")
	cat >run <<-'END'
		"$PP" "$@"
		echo "status $?"
		exec cat
	END
}

teardown()
{
	[ -z "${screen[*]-}" ] || "${screen[@]}" kill-server 2>/dev/null || true
	end
}

# on_screen ARGUMENTS...: pp in a terminal of 60 columns and 10 lines.
on_screen()
{
	local line

	printf -v line '%q ' bash run "$@"
	SHELL=/bin/sh "${screen[@]}" new-session -d -x 60 -y 10 "env TERM=${TERM_FOR_PP-screen} $line" 3>&-
}

shown()
{
	"${screen[@]}" capture-pane -p | sed 's/ *$//'
}

shows()
{
	shown | grep -qE -- "$1"
}

last_line_is()
{
	shown | grep -v '^$' | tail -n 1 | grep -qE -- "$1"
}

# Whether the terminal that the programs see has so many columns.
has_columns()
{
	[ "$(stty size <"$("${screen[@]}" display-message -p '#{pane_tty}')")" = "10 $1" ]
}

@test "--bar stands below the output, goes on with the jobs, and stays in the end" {
	mkfifo one two
	on_screen -j1 --bar 'echo begin {}; read x < {}; echo end {}' ::: one two
	wait_until last_line_is '^0% 0:2'
	echo >one
	wait_until last_line_is '^50% 1:1=[0-9]+s two'
	shows '^end one$'
	echo >two
	wait_until shows '^status 0$'
	[ "$(shown | grep -v '^$')" = $'begin one\nend one\nbegin two\nend two\n'"$(shown | grep '^100% 2:0')"$'\nstatus 0' ]
	[ "$(shown | grep -c '%')" -eq 1 ]
}

@test "--bar fits the window, also when that becomes narrower" {
	mkfifo one
	on_screen -j1 --bar 'read x < {}; echo end {}' ::: one
	wait_until last_line_is '^0% 0:1'
	"${screen[@]}" resize-window -x 30 -y 10
	wait_until has_columns 30
	echo >one
	wait_until shows '^status 0$'
	[ "$(shown | grep -v '^$' | sed 's/^100%.*/bar/')" = $'end one\nbar\nstatus 0' ]
}

@test "--eta and --progress count the jobs" {
	mkfifo one two
	on_screen -j2 --eta 'read x < {}; echo end {}' ::: one two
	wait_until last_line_is '^ETA: .*Left: 2 .*local:2/0/'
	echo >one
	wait_until last_line_is 'Left: 1 .*local:1/1/'
	echo >two
	wait_until shows '^status 0$'
}

@test "--latest-line shows a line for each running job, and keeps the last one of each" {
	mkfifo one two
	on_screen -j2 --latest-line 'echo first {}; echo second {}; read x < {}; echo last {}' ::: one two
	wait_until shows '^one: second one$'
	wait_until shows '^two: second two$'
	echo >one
	wait_until shows '^last one$'
	wait_until last_line_is '^two: second two$'
	echo >two
	wait_until shows '^status 0$'
	[ "$(shown | grep -v '^$')" = $'last one\nlast two\nstatus 0' ]
}

@test "a message stands above the bar, on a line of its own" {
	mkfifo one
	on_screen -j1 --bar --no-summary --timeout 0.2 'read x < {}' ::: one
	wait_until shows '^status 1$'
	[ "$(shown | grep -c '^pp: job 1 timed out: ')" -eq 1 ]
	[ "$(shown | grep -v '^$' | grep -v '^pp: ' | grep -v '^ *$' | grep -c '%')" -eq 1 ]
}

@test "nothing is drawn while a line is not ended" {
	mkfifo one
	on_screen -j1 -k --bar 'printf half; read x < {}; echo " whole"' ::: one
	wait_until shows '^half$'
	echo >one
	wait_until shows '^status 0$'
	shows '^half whole$'
}

@test "nothing is drawn on a dumb terminal" {
	TERM_FOR_PP=dumb on_screen -j1 --bar echo ::: a b
	wait_until shows '^status 0$'
	[ "$(shown | grep -v '^$')" = $'a\nb\nstatus 0' ]
}

@test "NO_COLOR: the bar does without reverse video" {
	mkfifo one
	NO_COLOR=1 on_screen -j1 --bar 'read x < {}' ::: one
	wait_until last_line_is '%'
	[ "$("${screen[@]}" capture-pane -p -e | grep -c $'\e\\[7m')" -eq 0 ]
	echo >one
	wait_until shows '^status 0$'
}

@test "to a file nothing is drawn; to a pipe --bar writes what zenity reads" {
	"$PP" -k --bar --eta --progress echo ::: a b >out 2>err
	[ "$(cat out)" = $'a\nb' ]
	[ ! -s err ]
	"$PP" -k --bar echo ::: a b 2>&1 >out | tr '\r' '\n' >err
	grep -q '^100$' err
	grep -q '^#  *[0-9]* sec ' err
}

@test "--summary tells what ran, also in a log" {
	"$PP" --summary --no-summary 'exit {}' ::: 0 0 3 2>err || true
	grep -q '^pp: 3 jobs in .*: 2 succeeded, 1 failed' err
}

@test "--heartbeat: a line of life while nothing is written, where there is no terminal" {
	mkfifo one
	start_pp --heartbeat 0.1 'read x < {}' ::: one
	wait_until grep -q '^pp: 0 of 1 .*jobs done, 1 running' err
	echo >one
	wait_pp
	[ "$status" -eq 0 ]
}

@test "--group-marks: output is folded under its command, that of failed jobs is not" {
	pp_split -k --no-summary --group-marks github 'echo out {}; exit {}' ::: 0 1
	[ "$output" = $'::group::echo out 0; exit 0\nout 0\n::endgroup::\necho out 1; exit 1\nout 1\n' ]
	pp_split --no-summary --group-marks gitlab echo ::: a
	[[ $output == $'\e[0Ksection_start:'*$':pp_job_1[collapsed=true]\r\e[0Kecho a\na\n\e[0Ksection_end:'*$':pp_job_1\r\e[0K\n' ]]
}

@test "--group-marks: a line that a job did not end holds no mark and nothing of another job" {
	pp_split -k --no-summary --group-marks github 'printf {}; exit {}' ::: 1 0 2 0
	[ "$output" = $'printf 1; exit 1\n1\n::group::printf 0; exit 0\n0\n::endgroup::\nprintf 2; exit 2\n2\n::group::printf 0; exit 0\n0\n::endgroup::\n' ]
	pp -k --no-summary --group-marks github 'printf {} >&2; exit {}' ::: 1 0 >out 2>&1 || true
	[ "$(cat out)" = $'printf 1 >&2; exit 1\n1\n::group::printf 0 >&2; exit 0\n0\n::endgroup::' ]
	[ "$(pp -j1 --line-buffer --no-summary --group-marks github 'printf {}; exit {}' ::: 1 0)" = $'printf 1; exit 1\n1\n::group::printf 0; exit 0\n0\n::endgroup::' ]
}

@test "marks of CI services are found out, but data is left alone" {
	GITHUB_ACTIONS=true "$PP" echo ::: a >out 2>&1
	grep -q '^::group::echo a$' out
	[ "$(GITHUB_ACTIONS=true "$PP" echo ::: a | cat)" = a ]
	GITHUB_ACTIONS=true "$PP" --group-marks none echo ::: a >out 2>&1
	[ "$(cat out)" = a ]
	[[ "$(pp --group-marks github --json echo ::: a)" == '{'*'"stdout":"a\n"'*'}' ]]
	[ "$(pp --group-marks github --results -.csv echo ::: a | tail -n 2 | sed 's/.*,a,//')" = $'"a\n",' ]
}
