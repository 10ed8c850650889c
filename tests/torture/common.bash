# common.bash - what the torture scripts share: a directory of their own, processes that can be found again, and the verdict.
#
# $PP is the program, $HELPERS where the helper programs are. A run that is started with TORTURE_MARK=$mark carries a
# mark in its environment, and so do all that it starts.

# shellcheck disable=SC2034 # for the scripts

: "${PP:?the program to be tried}" "${HELPERS:?the directory of the helper programs}"
export LC_ALL=C
mark=torture-$$-$RANDOM
place=$(mktemp -d "${TMPDIR:-/tmp}/pp-torture.XXXXXX")
export TMPDIR=$place/tmp
mkdir "$TMPDIR"
cd "$place" || exit 2
wrongs=0

for name in $(compgen -e); do
	case $name in
	PP | PP_LOOP) ;;
	PP_* | PARALLEL* | MAKEFLAGS | MFLAGS | MAKELEVEL) unset "$name" ;;
	esac
done

# Process ids of what runs with the mark. A corpse has no environment.
running()
{
	grep -lsz "^TORTURE_MARK=$mark\$" /proc/[0-9]*/environ | tr -dc '0-9\n'
}

# Whether the process is the one that cleans up behind pp. A pp with nothing beyond POSIX cannot give it a name, but it holds nothing
# except its three streams and a pipe.
is_guard()
{
	local files

	[ "$(cat "/proc/$1/comm" 2>/dev/null)" != job-guard ] || return 0
	files=("/proc/$1/fd"/*)
	[ "${#files[@]}" -eq 4 ]
}

# Fails the script in the end, and says why.
wrong()
{
	wrongs=$((wrongs + 1))
	echo "wrong: $*"
}

milliseconds()
{
	local now

	now=$(date +%s%N)
	echo $((now / 1000000))
}

# gone LIMIT COMMAND...: waits until COMMAND prints nothing, LIMIT milliseconds at most. Sets $waited.
gone()
{
	local limit=$1 begin

	shift
	begin=$(milliseconds)
	while [ -n "$("$@")" ]; do
		waited=$(($(milliseconds) - begin))
		[ "$waited" -lt "$limit" ] || return 1
		sleep 0.02
	done
	waited=$(($(milliseconds) - begin))
}

finish()
{
	cd /
	rm -rf "$place"
	exit $((wrongs > 0))
}
