# The command line as a user meets it: help, the manual and the completions know every option; what is wrong is named.

# shellcheck disable=SC2030,SC2031 # each test is a process of its own

load helper

manual=$BATS_TEST_DIRNAME/../man/pp.1

# All names of the option table with their dashes, one a line.
names()
{
	pp --help all | grep '^ \{2,6\}-' | sed 's/^ *//; s/   .*//' | tr ',' '\n' | sed 's/^ *//; s/[[ =].*//' | grep '^-' | sort -u
}

# refused MESSAGE ARGUMENTS...: pp says just this and ends with status 255, nothing on standard output.
refused()
{
	local message=$1

	shift
	pp_split "$@"
	[ "$status" -eq 255 ]
	[ -z "$output" ]
	if [ "$errors" != "pp: $message" ]; then
		echo "got: $errors"
		return 1
	fi
}

@test "help fits a screen" {
	COLUMNS=80 pp --help > page
	[ "$(wc -l < page)" -le 24 ]
	[ "$(awk 'length > 80' page | wc -l)" -eq 0 ]
}

@test "help goes to standard output, with status 0" {
	for arguments in --help -h '--help all' --help=jobs '--help halt'; do
		# shellcheck disable=SC2086 # words
		pp_split $arguments
		[ "$status" -eq 0 ]
		[ -n "$output" ]
		[ -z "$errors" ]
	done
}

@test "each topic of help has a page" {
	for topic in jobs command pool policy output about all; do
		pp --help "$topic" > "page.$topic"
		[ -s "page.$topic" ]
	done
	[ "$(cat page.[!a]* page.about | wc -l)" -lt "$(wc -l < page.all)" ]
}

@test "help is as wide as the terminal says" {
	COLUMNS=60 pp --help all > narrow
	COLUMNS=100 pp --help all > wide
	[ "$(wc -l < narrow)" -gt "$(wc -l < wide)" ]
	[ "$(awk 'length > 60' narrow | wc -l)" -eq 0 ]
}

@test "the table has a good number of names" {
	names > all
	[ "$(wc -l < all)" -gt 100 ]
	grep -qx -- --jobs all
	grep -qx -- -j all
}

@test "every option is in the manual" {
	sed 's/\\-/-/g' "$manual" | grep '^\.It .*Fl' | grep -o 'Fl [^ ]*' | sed 's/Fl /-/' | sort -u > there
	names > all
	diff all there
}

@test "every option is in each completion" {
	for shell in bash zsh fish; do
		pp --completion "$shell" > script
		while read -r name; do
			case $shell$name in
			fish--*) name="-l ${name#--} " ;;
			fish-*) name="-s ${name#-} " ;;
			esac
			grep -qF -- "$name" script || { echo "$shell: $name"; return 1; }
		done < <(names)
	done
}

@test "the manual has no fault" {
	type mandoc > found || skip "no mandoc"
	mandoc -T lint -W warning "$manual" > faults 2>&1 || { cat faults; return 1; }
}

@test "the option may be cut to a unique beginning" {
	run pp --keep -j1 echo ::: a
	[ "$status" -eq 0 ]
	[ "$output" = a ]
}

@test "options of the command are the command's own" {
	run pp -j1 echo -k --jobs ::: a
	[ "$status" -eq 0 ]
	[ "$output" = "-k --jobs a" ]
}

@test "-- ends the options" {
	run pp -j1 -- echo ::: a
	[ "$status" -eq 0 ]
	[ "$output" = a ]
}

@test "an unknown option is named" {
	refused "unknown option: --foo: see 'pp --help'" --foo echo
}

@test "an unknown option that is nearly right brings the right one" {
	refused "unknown option: --keep-odrer (did you mean --keep-order?): see 'pp --help'" --keep-odrer echo
}

@test "an unknown letter is named with its bundle" {
	refused "unknown option: -Z (in -kZ3): see 'pp --help'" -kZ3 echo
}

@test "an ambiguous beginning brings the candidates" {
	refused "ambiguous option: --jo: --jobs, --joblog-extra, --joblog: see 'pp --help'" --jo 3 echo
}

@test "a missing value is told of" {
	refused "--jobs: needs a value: see 'pp --help'" --jobs
	refused "-j: needs a value: see 'pp --help'" -kj
}

@test "a value too many is told of" {
	refused "--null: takes no value: see 'pp --help'" --null=yes echo
}

@test "a bad number is told of, with what is allowed" {
	refused "--retries: many: must be a whole number, 0 or more" --retries many echo
	refused "-n: -1: must be a whole number, 0 or more" -n -1 echo
	refused "-j: two: must be N, N%, +N, -N, 0 for as many as possible, or a file that holds one of them" -j two echo
}

@test "a bad size is told of" {
	refused "--buffer: 1Q: must be a size above 0: bytes, or a number with K, M, G, T (1024) or k, m, g, t (1000)" --buffer 1Q echo
}

@test "a bad duration is told of" {
	refused "--delay: 1x: must be a duration: seconds, or numbers with s, m, h, d, as in 1h30m" --delay 1x echo
	refused "--timeout: x%: must be a duration (seconds, or numbers with s, m, h, d, as in 1h30m) or a percentage, as in 200%" \
		--timeout x% echo
}

@test "a bad halt rule is told of" {
	refused "--halt: later: must be never, or soon or now with ,fail= ,success= or ,done= and a number or a percentage, as in now,fail=1" \
		--halt later echo
}

@test "a bad termination sequence is told of" {
	refused "--termseq: NOW: must be signals and milliseconds in turn, as in TERM,200,KILL" --termseq NOW echo
}

@test "a bad choice is told of" {
	refused "--trim: both: must be one of n l r lr rl" --trim both echo
	refused "--completion: csh: must be one of bash zsh fish" --completion csh
	refused "--help: nothing: must be one of jobs command pool policy output about all" --help nothing
}

@test "bytes that no terminal takes are shown as escapes" {
	refused '--retries: \x1B[31m: must be a whole number, 0 or more' --retries $'\e[31m' echo
}

@test "PP_OPTIONS stands in front" {
	export PP_OPTIONS="-j1 --tagstring 'a b'"
	run pp echo ::: x
	[ "$status" -eq 0 ]
	[ "$output" = $'a b\tx' ]
}

@test "a mistake in PP_OPTIONS is named with where it stands" {
	export PP_OPTIONS=--foo
	refused "PP_OPTIONS: unknown option: --foo: see 'pp --help'" echo ::: x
}

@test "a profile is read" {
	mkdir -p "$HOME/.config/pp"
	echo "-j1 --tagstring 'a b' # a comment" > "$HOME/.config/pp/mine"
	run pp --profile mine echo ::: x
	[ "$status" -eq 0 ]
	[ "$output" = $'a b\tx' ]
}

@test "a missing profile is told of" {
	refused "cannot read profile: none (in $HOME/.config/pp or /etc/pp): No such file or directory" -J none echo
}

@test "options for scripts written for GNU parallel are taken in silence" {
	pp_split --will-cite --plain -j1 echo ::: a
	[ "$status" -eq 0 ]
	[ "$output" = $'a\n' ]
	[ -z "$errors" ]
}
