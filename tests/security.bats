#!/usr/bin/env bats
# The promises of SECURITY.md that no other file holds pp to.

# shellcheck disable=SC2016,SC2154,SC1083,SC2094 # shell code is for the jobs; bats sets status, output and lines; braces are replacement strings
load helper

# What a hostile user would name a file. Whoever runs one of them makes the file bad.
hostile=('$(touch bad)' '`touch bad`' "'; touch bad; '" '"; touch bad; "' ';touch bad;' $'a\ntouch bad\n' '|touch bad' '&&touch bad' '${x:-`touch bad`}'
	$'\\\ntouch bad' '>bad' "\$'\\x27;touch bad'" '!touch bad' '{}' '{#}' '~' '*' '--help' '-n' '%s%n' $'\001\033[2J')

# all_in FILE: each hostile value stands in it.
all_in()
{
	local value

	for value in "${hostile[@]}"; do
		grep -qzF -e "$value" <(cat "$1") || { printf 'missing: %q\n' "$value"; return 1; }
	done
}

@test "a value is a value in assignments, substitutions and the words of other shells' -c" {
	local line

	for line in 'printf "%s\n" {}' 'x={}; printf "%s\n" "$x"' 'x="{}"; printf "%s\n" "$x"' \
		'printf "%s\n" "$(printf "%s\n" {})"' 'printf "%s\n" "$(printf "%s\n" "{}")"' "sh -c 'printf \"%s\\\\n\" \"\$1\"' sh {}" \
		'case {} in *) printf "%s\n" {} ;; esac' 'printf "%s\n" "a{}b" # {}'; do
		pp -k -0 --no-summary "$line" < <(printf '%s\0' "${hostile[@]}") > out
		all_in out
		[ ! -e bad ]
	done
	# Where nothing can be quoted nothing stands.
	run pp $'cat <<E\n{}\nE' ::: a
	[ "$status" -eq 255 ]
}

@test "a value is a value after cutting, replacing, linking and batching" {
	for line in 'printf "%s\n" {.}' 'printf "%s\n" "{/}"' "printf '%s\n' {= s/a/b/ =}" 'printf "%s\n" {1} {2}' 'printf "%s\n" {^a}'; do
		pp -k --plus "$line" ::: "${hostile[@]}" :::+ "${hostile[@]}" > out
		[ ! -e bad ]
	done
	pp -n 3 'printf "%s\n" {}' ::: "${hostile[@]}" > out
	all_in out
	pp -X 'printf "%s\n" "a{}b"' ::: "${hostile[@]}" > out
	all_in out
	pp --gnu -q printf '%s\n' {} ::: "${hostile[@]}" > out
	all_in out
	[ ! -e bad ]
}

@test "a value is a value in tags, names of results, directories, callbacks and job logs" {
	pp -k --tagstring '{}' echo x ::: "${hostile[@]}" > out
	pp --results 'kept/{#}-{}' 'printf "%s\n" {}' ::: a 'b c' '$(touch bad)' '`touch bad`' > out
	pp --wd 'there {}' 'pwd; : {}' ::: '$(touch bad)' '`touch bad`' "'" > out
	pp -k --callback 'cat; printf "%s\n" "$PP_ARG1"; : "$PP_COMMAND"' 'printf "%s\n" {}' ::: "${hostile[@]}" > out
	all_in out
	[ ! -e bad ]
	run pp --no-summary --joblog log 'printf "%s\n" {}; false' ::: "${hostile[@]}"
	[ ! -e bad ]
	pp --no-summary -k --retry-failed --joblog log > out || true
	all_in out
	[ ! -e bad ]
}

@test "what a worker is given and what it answers is data" {
	pp -k --worker cat ::: '$(touch bad)' '`touch bad`' '; touch bad' > out
	[ "$(cat out)" = $'$(touch bad)\n`touch bad`\n; touch bad' ]
	printf '%s\0' "${hostile[@]}" | pp -k -0 --worker cat > out
	all_in out
	printf '%s\n' '$(touch bad)' | pp --worker=mark 'read -r x; echo "$x"; echo "$PP_END 1 \$(touch bad)"' > out 2> err || true
	[ "$(cat out)" = '$(touch bad)' ]
	[ ! -e bad ]
}

@test "pp's own variables hold no code: the shell that reads them is the user's" {
	PP_SEQ='$(touch bad)' PP_SLOT='`touch bad`' pp -N0 'echo "$PP_SEQ $PP_SLOT"' ::: a > out
	[ "$(cat out)" = '1 1' ]
	[ ! -e bad ]
}

# -- Files --

# held_modes: a line for each file without a name that pp has open.
held_modes()
{
	local fd

	for fd in /proc/"$PP_PID"/fd/*; do
		case $(readlink "$fd") in
		"$TMPDIR"/*) stat -L -c '%a %h' "$fd" ;;
		esac
	done
}

holds()
{
	[ -n "$(held_modes)" ]
}

@test "output that is held is in a file for its owner only, which has no name" {
	[ -d /proc/self/fd ] || skip 'no /proc here'
	mkfifo go
	umask 0
	start_pp -k -j2 --buffer 1k "[ {} = 2 ] || cat go; head -c 300000 /dev/zero; echo {} >> told" ::: 1 2
	wait_until test -s told
	wait_until holds
	[ "$(held_modes | sort -u)" = '600 0' ]
	[ -z "$(ls -A "$TMPDIR")" ]
	echo > go
	wait_pp
	[ "$status" -eq 0 ]
}

@test "--files: for their owner only, under names that nobody can know before" {
	umask 0
	run pp -k --files echo ::: a b
	[ "$status" -eq 0 ]
	[ "$(cat "${lines[0]}" "${lines[1]}")" = $'a\nb' ]
	[ "$(stat -c %a "${lines[0]}" "${lines[1]}" | sort -u)" = 600 ]
	cp "${lines[@]}" .
	run pp -k --files echo ::: a b
	[ "$status" -eq 0 ]
	[ ! -e "${lines[0]##*/}" ]
	[ ! -e "${lines[1]##*/}" ]
}

@test "--files: a link that has come in the place of a file is not followed" {
	echo mine > target
	run pp --no-summary --files 'name=$(echo "$TMPDIR"/pp-*); rm "$name"; ln -s "$PWD/target" "$name"; echo theirs; : {}' ::: a
	[ "$(cat target)" = mine ]
	[ "$status" -eq 255 ]
	[[ $output == *'pp: cannot write results: '* ]]
}

@test "a run leaves nothing in the home directory and in that for temporary files" {
	pp -k --init 'x=1' --joblog log --callback cat --buffer 1k 'head -c 9000 /dev/zero; echo $x {}' ::: a b c > out
	printf '1\n2\n' | pp --worker=mark 'while read x; do echo $x; echo "$PP_END 0"; done' > out
	[ -z "$(find "$HOME" "$TMPDIR" ! -type d)" ]
}

@test "a value of a path stays in the directory of --results" {
	mkdir deep
	(cd deep && pp --results kept echo ::: ../../out /etc/x .. . a/../../b > /dev/null)
	[ "$(ls -A)" = deep ]
	[ "$(ls -A deep)" = kept ]
	run pp --results 'kept/{}' echo ::: ../../../out
	[ "$status" -eq 255 ]
}

# -- What jobs get --

@test "jobs get the environment of pp's caller and the variables that the manual names, no other" {
	env -i PATH="$PATH" A=1 "B=$(printf 'x\ny')" PP_SEQ=1 PP_SLOT=1 PP_RETRY=0 PARALLEL_SEQ=1 PARALLEL_JOBSLOT=1 env | sort > want
	run env -i PATH="$PATH" A=1 PP_SEQ=old "B=$(printf 'x\ny')" "$PP" -j1 -N0 env ::: 1 3>&-
	[ "$(printf '%s\n' "$output" | grep -v '^P.*_PID=[0-9]*$' | sort)" = "$(cat want)" ]
	[ "$(printf '%s\n' "$output" | grep -c '^P.*_PID=[0-9]*$')" -eq 2 ]
}

@test "jobs get descriptors 0 to 2 and those of pp's caller, no other, whatever pp has open" {
	want=$("$HELPERS/probe" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- | grep '^fds:')
	printf 'a\n' > names
	for options in '-k --joblog log' '-k --results kept' '--each cat' '--callback cat' '-u' '--init :' '--events told' '-k --buffer 1k'; do
		# shellcheck disable=SC2086 # words
		pp $options -a names "$HELPERS/probe" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- > out 2>&1
		cat out kept/1/a/stdout > all 2>/dev/null || true
		grep -qxF "$want" all
		rm -rf kept all
	done
}

@test "the mark of --worker=mark is another one in each run" {
	for _ in 1 2; do
		pp -j1 --worker=mark 'read x; printf "%s\n" "${PP_END#?}"; echo "$PP_END 0"' ::: a
	done > marks
	[ "$(grep -cx '[0-9a-f]\{16\}' marks)" -eq 2 ]
	[ "$(sort -u marks | wc -l)" -eq 2 ]
	# One that looks like it is output.
	run pp -j1 --worker=mark 'read x; printf "\\0360123456789abcdef 0\n"; echo "$PP_END 7"' ::: a
	[[ $output == *0123456789abcdef* ]]
	[ "$status" -eq 1 ]
}

@test "without random numbers there is no mark that could be guessed in its place" {
	local library=${HELPERS%/*}/faults/fault.so

	[ -s "$library" ] || skip 'no library for faults here'
	for ((k = 1; k < 30; k++)); do
		run env "FAULT=manager:open:$k:EACCES" "LD_PRELOAD=$library" "$PP" --worker=mark 'read x; echo "$PP_END 0"' ::: a 3>&-
		[[ $output == *urandom* ]] && break
	done
	[ "$k" -lt 30 ] || skip 'the library cannot be loaded'
	[ "$status" -eq 255 ]
}

@test "programs are looked up in PATH, and what lies about in the current directory is not run" {
	printf '#!/bin/sh\ntouch bad\n' > ./sh
	printf '#!/bin/sh\ntouch bad\n' > ./echo
	chmod +x sh echo
	pp 'echo {}; :' ::: a
	pp echo ::: a
	pp --init : echo ::: a
	[ ! -e bad ]
}
