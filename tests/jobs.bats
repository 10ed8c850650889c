# Where jobs come from, and the forms of a command.
#
# shellcheck disable=SC1083,SC2016 # braces and variables are for pp and its jobs

load helper

setup()
{
	begin
	no_summary
}

has_lines()
{
	[ "$(cat "$1")" = "$2" ]
}

# -- Standard input --

@test "each line is a job, blanks and quotes in it mean nothing" {
	run pp -k printf '[%s]\n' < <(printf '%s\n' ' a  b ' "it's" '"q"' 'back\slash' '$HOME' '*' '-n')
	[ "$output" = $'[ a  b ]\n[it\'s]\n["q"]\n[back\\slash]\n[$HOME]\n[*]\n[-n]' ]
	run pp -k 'printf "[%s]\n" {}' < <(printf '%s\n' ' a  b ' "it's" '"q"' 'back\slash' '$HOME' '*' '-n')
	[ "$output" = $'[ a  b ]\n[it\'s]\n["q"]\n[back\\slash]\n[$HOME]\n[*]\n[-n]' ]
}

@test "a last line without its end is a job" {
	run pp -k echo < <(printf 'a\nb')
	[ "$output" = $'a\nb' ]
	run pp -k -0 echo < <(printf 'a\0b')
	[ "$output" = $'a\nb' ]
	run pp -k -d , echo < <(printf a,b)
	[ "$output" = $'a\nb' ]
}

@test "an empty line is a job with an empty value, -r leaves it out" {
	run pp -k printf '[%s]\n' < <(printf 'a\n\nb\n')
	[ "$output" = $'[a]\n[]\n[b]' ]
	run pp -k -r printf '[%s]\n' < <(printf 'a\n\n \t\nb\n')
	[ "$output" = $'[a]\n[b]' ]
	run pp -k -r echo < /dev/null
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "-0: records end with NUL and hold newlines" {
	run pp -k -0 printf '[%s]\n' < <(printf 'a\nb\0c\0')
	[ "$output" = $'[a\nb]\n[c]' ]
}

@test "-d: any delimiter, of any length, with escapes" {
	run pp -k -d , echo < <(printf a,b,c,)
	[ "$output" = $'a\nb\nc' ]
	run pp -k -d END printf '[%s]\n' < <(printf 'aENbENDcEND')
	[ "$output" = $'[aENb]\n[c]' ]
	run pp -k -d '\t' echo < <(printf 'a\tb')
	[ "$output" = $'a\nb' ]
	run pp -k -d '\x2c' echo < <(printf a,b)
	[ "$output" = $'a\nb' ]
	run pp -k -d '\0' echo < <(printf 'a\0b')
	[ "$output" = $'a\nb' ]
}

@test "-E ends the input at a record, and what is behind it is not run" {
	run pp -k -E stop echo < <(printf '%s\n' a b stop c)
	[ "$output" = $'a\nb' ]
	run pp -k -E '' echo < <(printf '%s\n' a stop)
	[ "$output" = $'a\nstop' ]
}

@test "a line of a megabyte is one record" {
	head -c 1000000 /dev/zero | tr '\0' x > long
	run pp --no-shell -k --tagstring x echo < <(cat long; echo; echo b)
	# Longer than a program's argument may be: that job fails, the other runs.
	[ "$status" -eq 1 ]
	[[ $output == *$'x\tb'* ]]
}

@test "carriage returns are part of the line" {
	pp -k printf '[%s]' < <(printf 'a\r\nb\r\n') > out
	printf '[a\r][b\r]' | cmp - out
}

# -- Lazy reading --

@test "the first job of a slow producer starts when its line arrives" {
	mkfifo lines
	start_pp -j2 -k echo < <(cat lines)
	exec 5> lines
	echo one >&5
	wait_until has_lines out one
	echo two >&5
	wait_until has_lines out $'one\ntwo'
	exec 5>&-
	wait_pp
	[ "$status" -eq 0 ]
}

@test "a record waits for its end, however its bytes arrive" {
	mkfifo lines
	start_pp -j2 -k echo < <(cat lines)
	exec 5> lines
	printf 'o' >&5
	printf 'ne\ntw' >&5
	wait_until has_lines out one
	printf 'o' >&5
	exec 5>&-
	wait_pp
	[ "$(cat out)" = $'one\ntwo' ]
}

@test "endless input is read no further than needed" {
	yes | pp -j2 echo 2> err | head -n 2 > out
	[ "$(cat out)" = $'y\ny' ]
	[ ! -s err ]
}

@test "jobs do not read what pp reads" {
	run pp -k -j1 'cat; echo {}' < <(printf '%s\n' a b c)
	[ "$output" = $'a\nb\nc' ]
}

@test "a closed standard input is no input" {
	pp_split echo <&-
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	pp_split -k echo ::: a <&-
	[ "$output" = $'a\n' ]
}

# -- Files and words --

@test "-a reads a file, several are crossed, - is standard input" {
	printf '%s\n' a b > one
	printf '%s' x > two
	run pp -k -a one echo
	[ "$output" = $'a\nb' ]
	run pp -k -a one -a two echo
	[ "$output" = $'a x\nb x' ]
	run pp -k -a two -a - echo < one
	[ "$output" = $'x a\nx b' ]
	run pp -k -a one --arg-file two echo {2}{1}
	[ "$output" = $'xa\nxb' ]
}

@test "a file that cannot be read is told of, with status 255" {
	run pp -a nosuch echo
	[ "$status" -eq 255 ]
	[[ $output == *nosuch* ]]
	run pp -a . echo
	[ "$status" -eq 255 ]
}

@test "::: words are records, whatever bytes they hold" {
	run pp -k printf '[%s]\n' ::: a 'b c' $'d\ne' '' '{}' "'"
	[ "$output" = $'[a]\n[b c]\n[d\ne]\n[]\n[{}]\n[\']' ]
}

@test "several sources are crossed, the last one fastest" {
	run pp -k echo ::: a b ::: 1 2 3
	[ "$output" = $'a 1\na 2\na 3\nb 1\nb 2\nb 3' ]
}

@test ":::+ and --link join sources record by record" {
	run pp -k echo ::: a b :::+ 1 2
	[ "$output" = $'a 1\nb 2' ]
	run pp -k --link echo ::: a b c ::: 1 2
	[ "$output" = $'a 1\nb 2\nc 1' ]
}

@test ":::: reads files" {
	printf '%s\n' a b > one
	run pp -k echo :::: one ::: 1 2
	[ "$output" = $'a 1\na 2\nb 1\nb 2' ]
	run pp -k echo :::: - < one
	[ "$output" = $'a\nb' ]
}

@test "::: with no words is no job" {
	run pp echo :::
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "with ::: standard input is left alone" {
	printf 'rest\n' > input
	{
		pp echo ::: a > /dev/null
		cat > rest
	} < input
	[ "$(cat rest)" = rest ]
}

# -- Forms of a command --

@test "several words are executed directly, with no shell between" {
	run pp -k echo '$HOME' '*' ';' '{}' '|' cat ::: 'a b'
	[ "$output" = '$HOME * ; a b | cat' ]
}

@test "one word with shell syntax is a shell line" {
	run pp -k 'echo {} | tr a b; x=1; echo $x' ::: a
	[ "$output" = $'b\n1' ]
	run pp -k 'echo' ::: a
	[ "$output" = a ]
}

@test "one word without shell syntax is a program" {
	printf '#!/bin/sh\necho "got $1"\n' > prog
	chmod +x prog
	run pp -k ./prog ::: 'a b'
	[ "$output" = 'got a b' ]
}

@test "no command: each line is a shell line" {
	run pp -k < <(printf '%s\n' 'echo a; echo b' 'exit 3' 'echo "c  d" | cat')
	[ "$status" -eq 1 ]
	[ "$output" = $'a\nb\nc  d' ]
	run pp -k ::: 'echo x' 'echo y'
	[ "$output" = $'x\ny' ]
}

@test "a value can never become code" {
	for value in '$(touch bad)' '`touch bad`' "'; touch bad; '" '"; touch bad; "' '; touch bad' $'a\ntouch bad' '| touch bad' '&& touch bad'; do
		for line in 'echo {}' 'echo "{}"' "echo '{}'" 'echo x{}y' 'echo "a {} b"'; do
			run pp "$line" ::: "$value"
			[ "$status" -eq 0 ]
			[[ $output == *"$value"* ]]
		done
	done
	[ ! -e bad ]
}

@test "a command with a NUL-free value of any other byte gets it unchanged" {
	value=$(printf '\001\177\200\377\033[ \t')
	run pp printf %s ::: "$value"
	[ "$output" = "$value" ]
	run pp 'printf %s {}' ::: "$value"
	[ "$output" = "$value" ]
}

@test "values are appended where no replacement string stands" {
	run pp -k echo x ::: a
	[ "$output" = 'x a' ]
	run pp -k 'echo x' ::: 'a  b'
	[ "$output" = 'x a  b' ]
	run pp -k echo {#} ::: a
	[ "$output" = 1 ]
}

@test "--no-shell and --shell decide it" {
	printf '#!/bin/sh\necho "run as $0"\n' > 'a b'
	chmod +x 'a b'
	run pp --no-shell './a b' ::: 1
	[ "$output" = 'run as ./a b' ]
	run pp --shell sh echo '$((1+1))' '#' ::: a
	[ "$output" = 2 ]
}

@test "--gnu joins the words to a shell line" {
	run pp --gnu -k echo '$((1+1))' ';' echo ::: 'a b'
	[ "$output" = $'2\na b' ]
}

# -- Replacement strings --

@test "replacement strings for paths" {
	run pp -k echo {} {.} {/} {//} {/.} ::: dir/sub/file.tar.gz name
	[ "$output" = $'dir/sub/file.tar.gz dir/sub/file.tar file.tar.gz dir/sub file.tar\nname name name . name' ]
}

@test "replacement strings for places and numbers" {
	run pp -k -j1 echo {#} {%} {2} {1} {-1} ::: a b ::: x
	[ "$output" = $'1 1 x a x\n2 1 x b x' ]
	run pp -k -j1 echo {#} of {##} ::: a b c
	[ "${lines[2]}" = '3 of 3' ]
}

@test "-I names another replacement string, {} is plain text then" {
	run pp -k -I @ echo {} @ ::: a
	[ "$output" = '{} a' ]
	run pp -k -i% echo {} % ::: a
	[ "$output" = '{} a' ]
	run pp -k -I @@ 'echo "@@" x@@y' ::: 'a b'
	[ "$output" = 'a b xa by' ]
}

@test "a program may be a replacement string" {
	run pp -k {} x ::: echo 'printf'
	[ "$output" = $'x\nx' ]
}

@test "-n, -N and -X give several records to a job" {
	run pp -k -n 2 echo ::: a b c
	[ "$output" = $'a b\nc' ]
	run pp -k -N 2 echo {2}{1} ::: a b c d
	[ "$output" = $'ba\ndc' ]
	run pp -k -j1 -X echo x{}y ::: a b c
	[ "$output" = 'xay xby xcy' ]
	run pp -k -j1 -m echo x{}y ::: a b c
	[ "$output" = 'xa b cy' ]
	run pp -k -n 0 echo x ::: a b
	[ "$output" = $'x\nx' ]
}

@test "-X with a hundred thousand records keeps within the limits and loses none" {
	seq 100000 | pp -k -j2 -X echo | tr ' ' '\n' > out
	[ "$(cksum < out)" = "$(seq 100000 | cksum)" ]
}

@test "columns of a record" {
	run pp -k -C , echo {2}-{1} ::: a,b c,d
	[ "$output" = $'b-a\nd-c' ]
	run pp -k --csv echo {2} < <(printf '%s\n' '1,"x, y"' '2,"a ""b"""')
	[ "$output" = $'x, y\na "b"' ]
	run pp -k --csv --header : echo {name} < <(printf '%s\n' 'id,name' '1,x')
	[ "$output" = x ]
}

# -- Numbers of jobs --

@test "every one of three thousand jobs runs once" {
	seq 3000 | pp -j8 echo | sort -n | cmp - <(seq 3000)
}

@test "no more than -j jobs run at once" {
	mkfifo go
	start_pp -j3 'echo {} >> started; read x < go' ::: 1 2 3 4 5 6
	wait_until three_started
	exec 5<> go
	printf '\n\n\n\n\n\n' >&5
	wait_pp
	exec 5>&-
	[ "$status" -eq 0 ]
	[ "$(wc -l < started)" -eq 6 ]
}

three_started()
{
	[ -e started ] && [ "$(wc -l < started)" -eq 3 ]
}
