# The language of the command line: records, columns, batches, replacement strings, substitutions, filters, and what is
# said of mistakes in them.
#
# shellcheck disable=SC1083,SC2016,SC2154 # braces and variables are for pp and its jobs, errors comes from helper

load helper

# refused MESSAGE ARGUMENTS...: pp runs nothing, ends with 255, and says one line that begins with MESSAGE.
refused()
{
	local message=$1

	shift
	pp_split "$@" </dev/null
	[ "$status" -eq 255 ]
	[ -z "$output" ]
	case $errors in
	*$'\n'*) false ;;
	"pp: $message"*) ;;
	*) false ;;
	esac
}

# gives OUTPUT ARGUMENTS...: the jobs' lines in order, and status 0.
gives()
{
	local wanted=$1

	shift
	run pp -k "$@"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = "$wanted" ]
}

# -- Records --

@test "records may end with any text" {
	printf 'a--b--c' >in
	gives $'a\nb\nc' -d -- -a in echo
	printf 'a\fb\vc' >in
	gives $'a\nb\vc' -d '\f' -a in echo
	printf 'a\x1fb' >in
	gives $'a\nb' -d '\x1f' -a in echo
	gives $'a\nb' -d '\037' -a in echo
}

@test "a delimiter that lies across two reads is found" {
	printf '%65535s' x | tr ' ' a >in
	printf -- '--b' >>in
	gives $'65535\n1' -d -- -a in 'printf %s {} | wc -c | tr -d " "'
}

@test "--trim removes white space from values, not from within" {
	gives '[a  b ]' --trim l printf '[%s]\n' ::: $' \ta  b '
	gives '[  a  b]' --trim r printf '[%s]\n' ::: $'  a  b \t'
	gives '[a  b]' --trim rl printf '[%s]\n' ::: $' \ta  b \n'
	gives '[ a ]' --trim n printf '[%s]\n' ::: ' a '
}

@test "-E ends one source, the others go on" {
	printf '1\nSTOP\n2\n' >in
	gives $'a 1\nb 1' -E STOP echo ::: a b STOP c :::: in
	gives $'1\nSTOP\n2' -E '' -a in echo
}

@test "-r leaves out what is empty or blank, in columns too" {
	printf 'a,b\n\n \t\nc\n' >in
	gives $'[a][b]\n[c][]' -r -C , -a in echo '[{1}][{2}]'
}

@test "--skip-first-line passes over the first record of the first source" {
	printf 'h\n1\n2\n' >in
	gives $'1\n2' --skip-first-line -a in echo
	gives $'1 h\n1 1\n1 2\n2 h\n2 1\n2 2' --skip-first-line echo :::: in in
}

@test "--shuf runs every record once" {
	seq 200 >in
	run pp --shuf -j1 -a in echo
	[ "$(printf '%s\n' "${lines[@]}" | sort -n)" = "$(cat in)" ]
	[ "$output" != "$(cat in)" ]
}

@test "a NUL byte cuts its record, with one warning" {
	printf 'a\0b\nc\n' >in
	pp_split -k -a in echo
	[ "$status" -eq 0 ]
	[ "$output" = $'a\nc\n' ]
	[ "$errors" = 'pp: warning: NUL bytes in 1 of the records, which were cut there: perhaps the input is meant for -0' ]
}

# -- Crossing and linking --

@test "the same file may be several sources" {
	seq 2 >in
	gives $'1 1\n1 2\n2 1\n2 2' -a in -a in echo
	gives $'1 1\n2 2' echo :::: in ::::+ in
}

@test "linked sources end with the shortest, --link starts the shorter ones over" {
	gives $'a 1\nb 2' echo ::: a b c :::+ 1 2
	gives $'a 1\nb 2\nc 1' --link echo ::: a b c ::: 1 2
}

@test "a source without a record counts as one empty value" {
	: >empty
	gives $'[][a]\n[][b]' 'echo [{1}][{2}]' :::: empty ::: a b
	gives '' echo :::: empty empty
}

@test "other separators leave ::: to the command" {
	gives '::: a' --arg-sep , echo ::: , a
	seq 2 >in
	gives $'1 a\n2 a' --arg-file-sep @ --arg-sep % echo @ in % a
}

@test "a cross product of 10^12 jobs starts at once" {
	pp_split -j1 --halt now,fail=1 'echo {}; false' ::: {1..100} ::: {1..100} ::: {1..100} ::: {1..100} ::: {1..100} ::: {1..100}
	[ "$output" = $'1 1 1 1 1 1\n' ]
}

# -- Columns --

@test "-C splits at an extended regular expression" {
	gives 'c b a' -C '[ :]+' echo {3} {2} {1} ::: 'a: b c'
	gives 'b a' -C '\t' echo {2} {1} ::: $'a\tb'
	gives 'b a' -C '\|' echo {2} {1} ::: 'a|b'
	gives 'a.b c' -C '\s' echo {1} {2} ::: 'a.b c'
}

@test "empty columns are kept, missing ones are empty" {
	gives '[][a][][b][][]' -C , 'echo [{1}][{2}][{3}][{4}][{5}][{6}]' ::: ,a,,b,
}

@test "columns are trimmed unless --trim says otherwise" {
	gives '[a][b]' -C , printf '[%s][%s]\n' {1} {2} ::: ' a , b '
	gives '[ a ][ b ]' -C , --trim n printf '[%s][%s]\n' {1} {2} ::: ' a , b '
}

@test "negative numbers count from the last column" {
	gives 'c b a' -C , echo {-1} {-2} {-3} ::: a,b,c
}

@test "--csv reads quoted fields, with separators, quotes and newlines in them" {
	printf '"a,b",c\n"x ""y""","1\n2"\r\n,""\n' >in
	gives $'<a,b><c>\n<x "y"><1\n2>\n<><>' --csv -a in printf '<%s><%s>\n' {1} {2}
	printf 'a;"b;c"\n' >in
	gives '<a><b;c>' --csv -C ';' -a in printf '<%s><%s>\n' {1} {2}
}

@test "a CSV field that is never closed is named with its record" {
	printf 'a,b\nc,"d\n' >in
	pp_split -k --csv -a in echo
	[ "$status" -eq 255 ]
	[ "$errors" = 'pp: bad CSV: in: record 2: a quoted field has no closing quote' ]
}

@test "--header names columns, which a tab separates where nothing else is said" {
	printf 'name\tsize\nbox\t3\nbag\t\n' >in
	gives $'3 box box\n bag bag' --header : -a in echo {size} {name} {1}
	printf 'name,size\nd/box.x,3\n' >in
	gives 'd/box box.x d box 3' --header : -C , -a in echo {name.} {name/} {name//} {name/.} {size}
	gives '3 d/box.x' --header : --csv -a in echo {size} {name}
}

@test "--header takes the first value of each ::: source" {
	gives $'x=1 y=a\nx=1 y=b' --header : echo x={x} y={y} ::: x 1 ::: y a b
	gives $'1 a\n2 b' --header : echo {x} {y} ::: x 1 2 :::+ y a b
}

@test "a name that the header lacks is plain text" {
	gives '{nope} 1' --header : echo {nope} ::: x 1
}

# -- Batches --

@test "-n gives values as words of their own, around which nothing is repeated" {
	gives $'[a b][c]\n[d][]' -n2 printf '[%s][%s]\n' ::: 'a b' c d
	gives $'xa by\nxcy' -n2 echo x{}y ::: a b c
}

@test "-N repeats the word around {}, and numbers the values" {
	gives $'xay xby\nxcy' -N2 echo x{}y ::: a b c
	gives $'b a\n c' -N2 echo '{2} {1}' ::: a b c
	gives 'xay xby' -j1 -m -N2 echo x{}y ::: a b
}

@test "-N counts rows: columns and sources are numbered on" {
	gives 'a d a b c d' -C , -N2 echo {1} {4} {} ::: a,b c,d
	gives $'a 1 a 2\nb 1 b 2' -N2 echo ::: a b ::: 1 2
}

@test "-N0 and -n0 run once for each record, without it" {
	gives $'x\nx' -N0 echo x ::: a b
	gives $'1 xy\n2 xy' -n0 echo {#} x{}y ::: a b
}

@test "-L joins a line that ends in a blank to the next" {
	printf 'a \nb\nc\t\nd\ne \n' >in
	gives $'[a b]\n[c\td]\n[e ]' -L1 -a in 'echo "[{}]"'
	gives 'xa b xc' -L2 echo x{} ::: 'a ' b c
}

@test "-l is -L with nothing repeated, and one line by itself" {
	gives $'xa b\nxc' -l2 echo x{} ::: a b c
	gives $'xa\nxb' -l echo x{} ::: a b
}

@test "-X repeats the word, -m does not" {
	gives 'a1b a2b c' -j1 -X echo a{}b c ::: 1 2
	gives 'a1 2b c1 2d' -j1 -m echo a{}b c{}d ::: 1 2
	gives '[a b][c]' -j1 -X printf '[%s]' ::: 'a b' c
}

@test "-X and -m share values out evenly, --xargs does not" {
	gives $'1 2 3\n4 5 6\n7' -j3 -X echo ::: {1..7}
	gives $'1 2 3\n4 5 6\n7' -j3 -m echo ::: {1..7}
	gives '1 2 3 4 5 6 7' -j3 --xargs echo ::: {1..7}
	gives $'1 2\n3' -j2 -X echo ::: 1 2 3
}

@test "-s is the length of a command, each word with its end" {
	gives $'1 2 3\n4 5 6\n7' -j1 -X -s 11 echo ::: {1..7}
	gives $'1 2\n3 4' -n4 -s 9 echo ::: {1..4}
}

@test "a value that does not fit into -s ends the run" {
	pp_split -k -j1 -X -s 8 echo ::: 1 22 333 4
	[ "$status" -eq 255 ]
	[ "$errors" = 'pp: command too long: 9 bytes for 333: -s allows 8' ]
	refused 'command too long: 7 bytes for 1: -s allows 4' -s 4 echo ::: 1
}

@test "no value is lost where -X meets a command that names but some" {
	gives $'1 a\n1 b\n2 a\n2 b' -j1 -X echo {1} {2} ::: 1 2 ::: a b
}

@test "no input is no job, in batches too" {
	for batch in -n2 -N2 -L2 -X -m --xargs; do
		gives '' "$batch" echo x </dev/null
	done
}

# -- Replacement strings --

@test "paths and their parts" {
	gives $'d/a.b d/a a.b d a\n/x /x x / x\ny/ y/  . ' echo {} {.} {/} {//} {/.} ::: d/a.b /x y/
	gives ' a a.b d.x/y' echo {1.} {2.} {3.} {4.} ::: .hidden ::: a. ::: a.b.c ::: d.x/y
	gives 'a b/c d.e' echo {//}/{/.} ::: 'a b/c d.e.f'
}

@test "what looks like a replacement string and is none stays as it is" {
	gives '{x} { } {1.1} {a.} a' echo '{x}' '{' '}' '{1.1}' '{a.}' ::: a
}

@test "a value that looks like a replacement string is a value" {
	gives '{} {2} {#} {= uq =}' echo {1} {2} {3} {4} ::: '{}' ::: '{2}' ::: '{#}' ::: '{= uq =}'
}

@test "each replacement string has another spelling" {
	gives 'a/b.c {}' -I% echo % {} ::: a/b.c
	gives 'a/b b.c a b' -U E --bnr B --dnr D --bner N echo E B D N ::: a/b.c
	gives $'1 1 x\n2 1 y' -j1 --seqreplace Q --slotreplace S echo Q S {} ::: x y
}

@test "{##} is the number of jobs" {
	gives $'1/3\n2/3\n3/3' echo {#}/{##} ::: a b c
	gives $'1/2\n2/2' -N2 echo {#}/{##} ::: a b c
	gives $'1/2\n2/2' --filter '{} > 1' echo {#}/{##} ::: 1 2 3
}

@test "--plus: extensions" {
	gives 'a/b.c a/b d c.d b b.c.d' --plus echo {.} {..} {+.} {+..} {/..} {/} ::: a/b.c.d
	gives 'a/b.c.d a/b.c.d' --plus echo {+/}/{/} {..}.{+..} ::: a/b.c.d
	gives 'plain' --plus echo {...}{+.}{+/} ::: plain
}

@test "--plus: beginnings, ends, replacements, slices, defaults, letters" {
	gives 'aa.b b.c' --plus echo {%.c} {#aa.} ::: aa.b.c
	gives 'bonana bonono' --plus echo {/a/o} {//a/o} ::: banana
	gives 'cdef cd' --plus echo {:2} {:2:2} ::: abcdef
	gives $'none\na' --plus echo '{:-none}' ::: '' a
	gives 'Abab AbAb' --plus echo '{^a}' '{^^a}' ::: abab
	gives 'bABA baba' --plus echo '{,B}' '{,,[A-Z]}' ::: BABA
}

@test "--plus: combinations" {
	gives $'a b\na c\nb c' --plus echo {choose_k} ::: a b c ::: a b c
	gives $'a b\nb a' --plus echo {uniq} ::: a b ::: a b
}

@test "--plus: numbers of one width" {
	run pp -k --plus echo {0#} ::: {1..10}
	[ "${lines[0]}" = 01 ]
	[ "${lines[9]}" = 10 ]
}

@test "without --plus its replacement strings are text" {
	gives '{..} {+/} {%x} a' echo {..} {+/} {%x} ::: a
}

# -- Substitutions --

@test "{= s/RE/TEXT/ =}: flags, groups, delimiters" {
	gives 'bonana bonono' echo '{= s/a/o/ =}' '{= s/a/o/g =}' ::: banana
	gives 'oanana oanana' echo '{= s/B/o/i =}' '{= s/B/o/ig =}' ::: banana
	gives 'b-a a_b' echo '{= s/(a)-(b)/$2-$1/ =}' '{= s:-:_: =}' ::: a-b
	gives '<ab>1' echo '{= s/[a-z]+/<$&>/ =}' ::: ab1
	gives 'a_b_c' echo '{= s{/}{_}g =}' ::: a/b/c
}

@test "{= =}: several statements, letters, places" {
	gives 'cat' echo '{= s/x/a/; s/b/c/; y/z/t/ =}' ::: bxz
	gives 'BANANA' echo '{= tr/a-z/A-Z/ =}' ::: banana
	gives 'b-d b' echo '{=1 s/a/b/ =}-{=2 s/c/d/ =}' '{=-2 s/a/b/ =}' ::: a ::: c
	gives 'a b' echo {= uq =} ::: 'a b'
}

@test "{= uq =} leaves the value to the shell" {
	gives 'a b|a  b' 'echo {= uq =}"|"{}' ::: 'a  b'
}

@test "--rpl defines replacement strings, with parameters" {
	gives 'a.b a b' --rpl '{noext} s/\.[^.]*$//' --rpl 'DIR s:.*/::' echo {} {noext} '{= s/.*\.// =}' ::: a.b
	gives 'bana' --rpl '{-(.+?)} s/$$1$//' echo {-na} ::: banana
	gives 'x-c' --rpl '{noext} s/\.[^.]*$//' echo {1noext}-{2noext} ::: x.y ::: c.d
}

@test "--parens renames {= =}" {
	gives '{= b' --parens '<<>>' echo '{=' '<< s/a/b/ >>' ::: a
}

# -- Filters --

@test "--filter compares numbers and texts" {
	gives $'1 2\n1 3\n2 3' --filter '{1} < {2}' echo ::: 1 2 ::: 2 3
	gives $'9\n10' --filter '{} >= 9' echo ::: 8 9 10
	gives 'a.b' --filter '{.} eq "a"' echo ::: a.b c.d
	gives $'abc\nAb' --filter '{} =~ /^a/i' echo ::: abc Ab b
	gives $'1\n4' --filter 'not {} == 2 and {} != 3' echo ::: 1 2 3 4
	gives $'2\n4' --filter '{} % 2 == 0 || 0' echo ::: 1 2 3 4
}

@test "jobs that a filter leaves out take no number" {
	gives $'1:2\n2:4' --filter '{} % 2 == 0' echo {#}:{} ::: 1 2 3 4
}

# -- Mistakes --

@test "unknown Perl is refused, and what is known is named" {
	known='only s///, y///, tr/// and uq are supported, separated by semicolons'
	refused "unknown Perl expression:  \$_ = 1 : $known" echo '{= $_ = 1 =}' ::: a
	refused "unknown Perl expression:  s/a/b : $known" echo '{= s/a/b =}' ::: a
	refused "unknown Perl expression:  s/a/b/z : $known" echo '{= s/a/b/z =}' ::: a
	refused "unknown Perl expression: foo: $known" --rpl '{x} foo' echo {x} ::: a
	refused 'unknown Perl expression:  foo ' --tagstring '{= foo =}' echo ::: a
}

@test "a bad regular expression is told of" {
	refused 'bad regular expression: (: ' echo '{= s/(/x/ =}' ::: a
	refused 'bad regular expression: (: ' -C '(' echo ::: a
	refused 'bad regular expression: (: ' --plus echo '{/(/b}' ::: a
	refused 'bad regular expression: (: ' --filter '{} =~ /(/' echo ::: a
	refused 'bad regular expression: (: ' --tagstring '{= s/(/x/ =}' echo ::: a
}

@test "a regular expression of thousands of parentheses is told of" {
	local opening closing

	opening=$(printf '(%.0s' {1..30000})
	closing=${opening//(/)}
	run pp -C "${opening}b$closing" echo {1} ::: abc
	[ "$status" -eq 255 ]
	[[ $output == "pp: bad regular expression: ((("*"))): parentheses are nested too deep" ]]
	[ "$(pp -C "${opening:0:200}b${closing:0:200}" echo {1} ::: abc)" = a ]
}

@test "{= without an end is told of" {
	refused 'unterminated replacement expression: {= s/a/b/' echo '{= s/a/b/' ::: a
}

@test "a bad filter is told of" {
	refused 'bad filter: {1} <: no value at "the end"; it offers < ' --filter '{1} <' echo ::: 1
	refused 'bad filter: {1} foo 2: an operator is missing at "foo 2"; ' --filter '{1} foo 2' echo ::: 1
	refused 'bad filter: division by zero' --filter '{1} / 0' echo ::: 1
	refused '--filter: 2: must be one comparison' --filter 1 --filter 2 echo ::: 1
}

@test "bad values of the options of the language are told of" {
	refused '--header: x: must be ' --header x echo ::: a
	refused '--trim: x: must be one of n l r lr rl' --trim x echo ::: a
	refused "-d: '': must be a text that is not empty" -d '' echo ::: a
	refused '-d: \xzz: must be a text' -d '\xzz' echo ::: a
	refused '-d: \777: must be a text' -d '\777' echo ::: a
	refused '-n: x: must be a whole number, 0 or more' -n x echo ::: a
	refused '-L: 0: must be a whole number, 1 or more' -L 0 echo ::: a
	refused '-l: 0: must be a whole number, 1 or more' -l0 echo ::: a
	refused '-s: 0: must be a size above 0' -s 0 echo ::: a
	refused "-I: '': must be a text that is not empty" -I '' echo ::: a
	refused '--parens: x: must be at least two characters' --parens x echo ::: a
}

@test "a shell line that cannot be read, or a value where no quoting helps, is refused" {
	refused 'bad shell line: a double quote is not closed' 'echo "{}' ::: a
	refused 'bad shell line: a replacement string stands in a here-document; ' $'cat <<E\n{}\nE' ::: a
}
