# helper.bash - what every bats file loads: load helper (or load ../helper).
#
# pp is started here and nowhere else: bats hands its tests a descriptor 3 that a long-lived child must not keep, or bats
# waits for it at the end. Each test begins in an empty directory of its own, with a clean environment, and leaves no process behind.
#
#   run pp -k echo {} ::: a b      status, output and lines as bats has them (both streams together)
#   pp_split ARGUMENTS...          the same with $output (standard output) and $errors apart, bytes kept as they are
#   start_pp ARGUMENTS...          starts pp in the background; its process id is $PP_PID, its streams go to the files out and err
#   wait_pp                        waits for it, sets $status
#   wait_until COMMAND...          repeats a command until it holds, 30 seconds at most
#   is_gone, is_stopped PID        for it, and: rest PID...
#
# Works with bats 1.2 (no `run -N`, no BATS_TEST_TMPDIR).

# shellcheck disable=SC2034 # status, errors and the like are for the tests

: "${PP:=$BATS_TEST_DIRNAME/../build/pp}"
: "${HELPERS:=$(dirname "$PP")/tests/helpers}"
export PP HELPERS

# A file with a setup of its own calls begin first, one with a teardown of its own calls end last.
setup()
{
	begin
}

teardown()
{
	end
}

# For tests of what only a pp with the extensions of its system can know.
need_extensions()
{
	if grep -q 'define PP_PORTABLE' "$(dirname "$PP")/config.h" 2>/dev/null; then
		skip "built with nothing beyond POSIX: $1"
	fi
}

# For files whose tests look at what pp says of one job, and not at the list of failures at the end: to be called in their setup.
no_summary()
{
	export PP_OPTIONS=--no-summary
}

begin()
{
	local name

	for name in $(compgen -e); do
		case $name in
		PP | PP_LOOP) ;;
		CI | GITHUB_ACTIONS | GITLAB_CI) unset "$name" ;;
		PP_* | PARALLEL* | MAKEFLAGS | MFLAGS | MAKELEVEL) unset "$name" ;;
		esac
	done
	export LC_ALL=C
	TEST_DIR=$(mktemp -d "${TMPDIR:-/tmp}/pp-test.XXXXXX")
	export TMPDIR=$TEST_DIR/tmp HOME=$TEST_DIR/home
	mkdir "$TMPDIR" "$HOME" "$TEST_DIR/work"
	cd "$TEST_DIR/work" || return 1
	PP_PID=
}

end()
{
	local pid

	for pid in $(jobs -p); do
		kill -KILL "$pid" 2>/dev/null || true
	done
	cd / || return 1
	chmod -R u+rwx "$TEST_DIR"
	rm -rf "$TEST_DIR"
}

pp()
{
	"$PP" "$@" 3>&-
}

pp_split()
{
	status=0
	"$PP" "$@" >"$TEST_DIR/out" 2>"$TEST_DIR/err" 3>&- || status=$?
	output=$(cat "$TEST_DIR/out" && printf x)
	output=${output%x}
	errors=$(cat "$TEST_DIR/err")
}

# Job control gives pp a process group of its own and spares it the ignored SIGINT of other background commands.
start_pp()
{
	set -m
	"$PP" "$@" <&0 >out 2>err 3>&- &
	PP_PID=$!
	set +m
}

wait_pp()
{
	status=0
	wait "$PP_PID" || status=$?
}

# A process has ended, whether or not somebody has reaped it, or does so in the midst of this.
is_gone()
{
	[[ $(ps -o stat= -p "$1") == Z* ]] || ! kill -0 "$1" 2>/dev/null
}

is_stopped()
{
	[[ $(ps -o stat= -p "$1") == T* ]]
}

wait_until()
{
	local i

	for ((i = 0; i < 3000; i++)); do
		if "$@"; then
			return 0
		fi
		command sleep 0.01
	done
	echo "gave up waiting for: $*"
	return 1
}

# For wait_until: the processes wait, and have done nothing for a while: each has dealt with what it was sent. Where the system
# does not tell, they do.
rest()
{
	local pid before

	for pid; do
		[ -e "/proc/$pid/status" ] || continue
		before=$(grep -E 'State|ctxt' "/proc/$pid/status")
		[[ $before != *[RD]\ \(* ]] || return 1
		command sleep 0.1
		[ "$before" = "$(grep -E 'State|ctxt' "/proc/$pid/status")" ] || return 1
	done
}
