# The manual of line workers: its examples and the filters in its tables do what it says.

# shellcheck disable=SC2030,SC2031,SC2154 # subshells end with their tests; $output and the like come from bats and helper.bash
load helper

setup()
{
	begin
	EXAMPLES=$BATS_TEST_DIRNAME/../examples/workers
	MANUAL=$BATS_TEST_DIRNAME/../man/pp-worker.5
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

# -- The examples --

# lengths COMMAND...: the worker answers with the length of each line.
lengths()
{
	printf 'one\n\ntwo  three \n' >tasks
	pp_split -k --worker "$@" <tasks
	[ "$status" -eq 0 ]
	[ "$output" = $'3\n0\n11\n' ]
	[ "$errors" = '' ]
	pp_split -k -j3 --worker "$@" < <(seq 1000)
	[ "$status" -eq 0 ]
	[ "$output" = "$(seq 1000 | awk '{ print length($0) }')"$'\n' ]
	[ "$errors" = '' ]
}

@test "example: length.sh" {
	lengths sh "$EXAMPLES/length.sh"
}

@test "example: length.awk with gawk" {
	need gawk
	lengths gawk -f "$EXAMPLES/length.awk"
}

@test "example: length.awk with mawk" {
	need mawk
	lengths mawk -W interactive -f "$EXAMPLES/length.awk"
}

@test "example: length.py" {
	need python3
	lengths python3 "$EXAMPLES/length.py"
}

@test "example: length.pl" {
	need perl
	lengths perl "$EXAMPLES/length.pl"
}

@test "example: length.js" {
	need node
	lengths node "$EXAMPLES/length.js"
}

@test "example: length.c" {
	need cc
	cc -o length "$EXAMPLES/length.c"
	lengths ./length
}

@test "example: lines.sh" {
	printf 'b\na\nb\n' >one
	printf 'd\nc' >two
	pp_split -k --worker=mark sh "$EXAMPLES/lines.sh" ::: one missing two
	[ "$status" -eq 1 ]
	[ "$output" = $'a\nb\nc\nd\n' ]
	[[ $errors == *missing* ]]
}

@test "example: upper.py" {
	need python3
	printf 'one\ntwo' >one
	: >empty
	pp_split -k --worker=mark python3 "$EXAMPLES/upper.py" ::: one missing empty one
	[ "$status" -eq 1 ]
	[ "$output" = $'ONE\nTWOONE\nTWO' ]
	[[ $errors == *missing* ]]
}

@test "example: shell.sh" {
	pp_split -k --no-summary --worker=fd sh "$EXAMPLES/shell.sh" ::: 'echo one; cat' 'echo two >&2; exit 3' 'printf three'
	[ "$status" -eq 1 ]
	[ "$output" = $'one\nthree' ]
	[ "$errors" = two ]
}

@test "example: reverse.pl" {
	need perl
	pp_split -k -0 --worker=frame perl "$EXAMPLES/reverse.pl" < <(printf 'one\n\0\0two\0')
	[ "$status" -eq 0 ]
	[ "$output" = $'\nenoowt' ]
	[ "$errors" = '' ]
}

@test "example: fetch.py" {
	need python3
	echo one >one
	echo two >two
	pp_split -k -j2 --worker=frame --inflight 8 python3 "$EXAMPLES/fetch.py" \
		::: "file://$PWD/one" "file://$PWD/missing" "file://$PWD/two"
	[ "$status" -eq 1 ]
	[ "$output" = $'one\ntwo\n' ]
	[[ $errors == *missing* || $errors == *'No such file'* ]]
}

@test "example: fraction.py" {
	need python3
	pp_split -k --worker=json python3 "$EXAMPLES/fraction.py" ::: 1/4 1/0 $'\xff\r\xe2\x80\xa8"' -3
	[ "$status" -eq 2 ]
	[ "$output" = $'0.25\n-3.0\n' ]
	[[ $errors == *1* && $errors == *udcff* ]]
}

@test "example: host.js" {
	need node
	pp_split -k --worker=json node "$EXAMPLES/host.js" ::: http://one.example/x bad $'\xff\r\xe2\x80\xa8"' http://two/
	[ "$status" -eq 2 ]
	[ "$output" = $'one.example\ntwo\n' ]
}

@test "example: exiftool.sh, with stay-open in its place" {
	mkdir bin
	cp "$EXAMPLES/stay-open" bin/exiftool
	chmod +x bin/exiftool
	export PATH=$PWD/bin:$PATH
	pp_split -k -j2 --worker=mark --end '{ready}' sh "$EXAMPLES/exiftool.sh" ::: a.jpg 'b c.jpg' d.jpg
	[ "$status" -eq 0 ]
	[ "$output" = $' -s3 -ImageSize a.jpg\n -s3 -ImageSize b c.jpg\n -s3 -ImageSize d.jpg\n' ]
	[ "$errors" = '' ]
}

@test "the examples have ten lines at most, comments and empty ones not counted" {
	local file

	for file in "$EXAMPLES"/*; do
		[ "$(grep -vcE '^(#|//|/\*|   pp|$)' "$file")" -le 10 ] || { echo "$file"; return 1; }
	done
}

# plain: takes the markup of literal text away.
plain()
{
	sed -e "s/\\\\(aq/'/g" -e 's/\\(ga/`/g' -e 's/\\(ha/^/g' -e 's/\\(ti/~/g' -e 's/\\(dq/"/g' -e 's/\\-/-/g' -e 's/\\&//g' -e 's/\\e/\\/g'
}

@test "the manual shows each example as it is" {
	local file

	for file in "$EXAMPLES"/*; do
		sed -n "\\,^\\.\\\\\" examples/workers/${file##*/}\$,,/^\\.Ed/p" "$MANUAL" | grep -v '^\.[\B E]' | plain >shown
		diff -u "$file" shown
	done
}

# -- Common filters --

# rows: the lines of the manual's tables, each with the option that the text above its table names ("none"), worker, task and answer.
rows()
{
	sed -n '/^\.Sh COMMON FILTERS/,/^\.Sh EXAMPLES/p' "$MANUAL" |
		awk '/^\.Fl .-pty :$/ { way = "--pty" } /^\.El/ { way = "none" } sub(/^\.It Li /, "") { print (way ? way : "none") " Ta " $0 }' |
		sed -e 's/ Ta Li / Ta /g' -e 's/ Ta /\t/g' -e 's/"$//' -e 's/"*\t"*/\t/g' | plain
}

# is_there COMMAND: whether the program at its beginning is there, and the one behind stdbuf -oL.
is_there()
{
	local first rest

	read -r first rest <<<"$1"
	if [ "$first" = stdbuf ] && command -v stdbuf >/dev/null; then
		read -r rest first rest <<<"$rest"
	fi
	if ! command -v "$first" >/dev/null; then
		echo "# skipped: $1: $first is not installed" >&3
		return 1
	fi
}

# answers OPTION WORKER TASK ANSWER: whether the worker answers before it gets more or is at the end of its input.
answers()
{
	local options=(-j1 -k) expected

	[ "$1" = none ] || options+=("$1")
	rm -f go out err
	mkfifo go
	exec 8<>go
	start_pp "${options[@]}" --worker "$2" <go 8>&-
	for expected in "$4" "$4"$'\n'"$4"; do
		printf '%s\n' "$3" >&8
		wait_until has_lines out "$(wc -l <<<"$expected")"
		if [ "$(cat out)" != "$expected" ] || [ -s err ]; then
			echo "$2: $(cat out err)"
			return 1
		fi
	done
	exec 8>&-
	wait_pp
	[ "$status" -eq 0 ] && [ ! -s err ]
}

@test "filters of the manual answer each line at once" {
	local way worker task answer failed=0 count=0

	while IFS=$'\t' read -r way worker task answer <&9; do
		[ -n "$answer" ] && is_there "$worker" || continue
		count=$((count + 1))
		answers "$way" "$worker" "$task" "$answer" || failed=1
	done 9< <(rows)
	[ "$failed" -eq 0 ]
	[ "$count" -ge 10 ]
}

@test "filters of the manual that need stdbuf or --pty are diagnosed without it" {
	local way worker task answer failed=0

	# Three of them, for it takes half a second to be sure of each.
	while IFS=$'\t' read -r way worker task answer <&9; do
		is_there "$worker" || continue
		pp_split -j1 --worker "${worker#stdbuf -oL }" ::: "$task" </dev/null
		if [ "$status" -ne 0 ] || [ "$output" != "$answer"$'\n' ] || [[ $errors != *'does it flush its output?'*stdbuf* ]]; then
			echo "$worker: $status: $output$errors"
			failed=1
		fi
	done 9< <(rows | grep -E $'\t(stdbuf -oL (sed|tr)|perl -pe) ')
	[ "$failed" -eq 0 ]
}

@test "filters of the manual that cannot be workers are diagnosed" {
	local way worker answer more failed=0 count=0

	while IFS=$'\t' read -r way worker answer more <&9; do
		[ -n "$answer" ] && [ -z "$more" ] && is_there "$worker" || continue
		pp_split -j1 --worker "$worker" ::: 1 1 1 </dev/null
		if [[ $errors != *'does it flush its output?'* && $errors != *'one-shot'* ]]; then
			echo "$worker: $status: $output$errors"
			failed=1
		fi
		count=$((count + 1))
	done 9< <(rows)
	[ "$failed" -eq 0 ]
	[ "$count" -gt 3 ]
}

@test "Python is told to write at once" {
	need python3
	run answers none "python3 -c 'for x in open(0): print(x, end=\"\")'" 1 1
	[ "$status" -eq 0 ]
}
