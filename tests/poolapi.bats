# The table of the manual that has a line for each call of Python's multiprocessing.Pool: each line prints what stands below it.

# shellcheck disable=SC2016,SC2154 # a script in quotes; what helper.bash sets
load helper

setup()
{
	begin
	MANUAL=$BATS_TEST_DIRNAME/../man/pp.1
	mkdir bin
	ln -s "$PP" bin/pp
	printf '#!/bin/sh\necho $(($1 * $1))\n' >bin/f
	chmod +x bin/f
	PATH=$PWD/bin:$PATH
}

# entries: the tagged entries of the table, without markup: "call: CALL", then the lines of its block, then "end".
entries()
{
	sed -n '/^\.Sh POOL API/,/^\.Sh EXAMPLES/p' "$MANUAL" |
		awk '/^\.It Li / { sub(/^\.It Li /, ""); sub(/ No /, " "); print "call: " $0 }
			/^\.Ed/ { if (shown) print "end"; shown = 0 }
			shown
			/^\.Bd -literal -compact/ { shown = 1 }' |
		sed -e "s/\\\\(aq/'/g" -e 's/\\(ha/^/g' -e 's/\\-/-/g' -e 's/\\&//g' -e 's/\\e/\\/g'
}

# try CALL SCRIPT EXPECTED: whether the lines that are typed print what they should on standard output.
try()
{
	rm -rf try
	mkdir try
	(cd try && bash -c "$2" </dev/null 3>&-) >got 2>errors || true
	if ! printf '%s' "$3" | diff -u - got; then
		printf 'from: %s\n%s' "$1" "$2"
		cat errors
		return 1
	fi
}

@test "each line of the Pool table prints what stands below it" {
	local line call='' script='' expected='' failed=0 count=0

	while IFS= read -r line <&9; do
		case $line in
		'call: '*) call=${line#call: } script='' expected='' ;;
		end)
			count=$((count + 1))
			if [[ $script == *python3* ]] && ! command -v python3 >/dev/null; then
				echo "# skipped: $call: python3 is not installed" >&3
			else
				try "$call" "$script" "$expected" || failed=1
			fi
			;;
		'$ '*) script+=${line#'$ '}$'\n' ;;
		*) expected+=$line$'\n' ;;
		esac
	done 9< <(entries)
	[ "$failed" -eq 0 ]
	[ "$count" -ge 15 ]
}

@test "the Pool table has every call" {
	local call

	entries | sed -n 's/^call: //p' >calls
	for call in 'Pool(4' initializer= initargs= maxtasksperchild= 'apply(' 'apply_async(' 'map(' 'map_async(' 'imap(' \
		'imap_unordered(' 'starmap(' chunksize= callback= error_callback= 'get()' \
		'get(timeout=' 'ready()' 'successful()' 'wait()' 'close()' 'join()' 'terminate()'; do
		grep -qF "$call" calls || { echo "missing: $call"; return 1; }
	done
}
