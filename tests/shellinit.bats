# The calling shell: what pp --shell-init prints hands its functions and variables to the jobs; --init-file, on which that stands.

# shellcheck disable=SC2016,SC2030,SC2031 # the quoted text is for other shells; each test is a process of its own

load helper

# need SHELL: skips the test where there is no such shell.
need()
{
	command -v "$1" >/dev/null || skip "no $1 here"
}

# script SHELL: a script in that shell, from standard input behind the definition of pp.
script()
{
	local shell=$1 kind

	case $shell in
	*ksh*) kind=ksh ;;
	*) kind=$shell ;;
	esac
	mkdir -p bin
	ln -sf "$PP" bin/pp
	if [ "$kind" = fish ]; then
		echo 'pp --shell-init fish | source' > script
	else
		echo "eval \"\$(pp --shell-init $kind)\"" > script
	fi
	cat >> script
	PATH=$PWD/bin:$PATH timeout -k 1 60 "$shell" script 3>&-
}

# nothing_left: no file of pp's in the directory for temporary ones.
nothing_left()
{
	[ -z "$(ls -A "$TMPDIR")" ]
}

common_script()
{
	cat <<'EOF'
f() { echo "$greeting $1"; }
h() { cat <<X
<$1>
	it's "$greeting"
X
}
greeting=hi
bytes=$(printf 'a\nb "\047`$x\\ \303\274 \377.')
pp -k f ::: a b
pp -k 'f {}; h {}' ::: a
printf '%s\n' 1 2 | pp -k f
echo data | pp -a - echo
pp 'printf %s "$bytes" | od -An -tx1; : {}' ::: 1
pp 'exit {}' ::: 3 2>/dev/null
echo "status $?"
pp -k f ::: a b | cat
echo "$(pp f ::: c)"
EOF
}

common_output='hi a
hi b
hi a
<a>
	it'\''s "hi"
hi 1
hi 2
data
 61 0a 62 20 22 27 60 24 78 5c 20 c3 bc 20 ff 2e
status 1
hi a
hi b
hi c'

common()
{
	need "$1"
	common_script > lines
	run script "$1" < lines
	[ "$status" -eq 0 ]
	if [ "$output" != "$common_output" ]; then
		echo "got: $output"
		return 1
	fi
	nothing_left
}

# -- What all have in common --

@test "bash: functions and variables of any bytes, in words and in lines, standard input and status" {
	common bash
}

@test "zsh: functions and variables of any bytes, in words and in lines, standard input and status" {
	common zsh
}

@test "ksh93: functions and variables of any bytes, in words and in lines, standard input and status" {
	common ksh93
}

@test "mksh: functions and variables of any bytes, in words and in lines, standard input and status" {
	common mksh
}

# Options given to pp, in each shell of the sh family.
options()
{
	need "$1"
	run script "$1" <<'EOF'
f() { echo "$greeting $1"; }
greeting=hi
pp --version
pp --help > /dev/null; echo $?
pp -j2 -k -u f ::: a
pp --init 'greeting=$(f init)' f ::: b
pp --shell sh 'echo "<$greeting>"' {} ::: c
pp --dry-run f ::: d
pp --no-shell f ::: e
pp --nosuch 2>/dev/null; echo $?
sleep 0 &
before=$!
pp f ::: g
[ $! = "$before" ] && echo same
wait
set -o pipefail
state=$(head -c 300000 /dev/zero | tr '\0' x)
pp --version > /dev/null; echo $?
set -e
pp 'exit {}' ::: 1 2>/dev/null || echo failed
pp 'exit {}' ::: 1 2>/dev/null
echo never
EOF
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "$("$PP" --version)" ]
	[ "$(printf '%s\n' "${lines[@]:1}")" = '0
hi a
hi init b
<> c
f d
hi e
255
hi g
same
0
failed' ]
	nothing_left
}

@test "bash: the options of pp are known as ever" {
	options bash
}

@test "zsh: the options of pp are known as ever" {
	options zsh
}

@test "ksh93: the options of pp are known as ever" {
	options ksh93
}

@test "mksh: the options of pp are known as ever" {
	options mksh
}

# A function is a program that stays, too.
workers()
{
	need "$1"
	run script "$1" <<'EOF'
up() { while IFS= read -r line; do echo "$greeting $1 $line"; done; }
greeting=hi
pp -j2 -k --worker up there ::: a b c
pp -j1 --worker sed -u 's/^/sed /' ::: a
pp -j1 --worker 'sed -u "s/^/$greeting /"' ::: b
EOF
	[ "$status" -eq 0 ]
	[ "$output" = 'hi there a
hi there b
hi there c
sed a
hi b' ]
}

@test "bash: workers that are functions, programs and lines" {
	workers bash
}

@test "zsh: workers that are functions, programs and lines" {
	workers zsh
}

@test "ksh93: workers that are functions, programs and lines" {
	workers ksh93
}

@test "mksh: workers that are functions, programs and lines" {
	workers mksh
}

@test "fish: workers that are functions, programs and lines" {
	need fish
	run script fish <<'EOF'
function up; while read -l line; echo "$greeting $argv $line"; end; end
set greeting hi
pp -j2 -k --worker up there ::: a b c
pp -j1 --worker sed -u 's/^/sed /' ::: a
pp -j1 --worker 'sed -u "s/^/$greeting /"' ::: b
EOF
	[ "$status" -eq 0 ]
	[ "$output" = 'hi there a
hi there b
hi there c
sed a
hi b' ]
}

# A job that reads gets nothing but the end of its input: neither tasks nor the input of pp.
readers()
{
	need "$1"
	run script "$1" <<'EOF'
greedy() { cat; read -r x; echo "$1<$x>"; }
printf '%s\n' a b c | pp -j1 -k greedy
printf '%s\n' d e | pp -j1 -k -u 'greedy {}'
EOF
	[ "$status" -eq 0 ]
	[ "$output" = 'a<>
b<>
c<>
d<>
e<>' ]
}

@test "bash: a job that reads eats nothing" {
	readers bash
}

@test "zsh: a job that reads eats nothing" {
	readers zsh
}

@test "ksh93: a job that reads eats nothing" {
	readers ksh93
}

@test "mksh: a job that reads eats nothing" {
	readers mksh
}

# set -u, -f and -C of the caller hold for jobs, and harm nothing; set -e ends a job, and no other.
strict()
{
	need "$1"
	run script "$1" <<'EOF'
f() { echo * "$1"; false; echo "$1 went on"; }
touch file
set -eu -o noglob
set -C
pp -k f ::: a b c 2>/dev/null || echo "status $?"
pp -k 'echo {} $unset_here' ::: a 2>/dev/null || echo "status $?"
pp -k 'echo > file; : {}' ::: a 2>/dev/null || echo "status $?"
EOF
	[ "$status" -eq 0 ]
	[ "$output" = '* a
* b
* c
status 3
status 1
status 1' ]
}

@test "bash: set -e, -u, -f and -C of the caller" {
	strict bash
}

@test "zsh: set -e, -u, -f and -C of the caller" {
	strict zsh
}

@test "ksh93: set -e, -u, -f and -C of the caller" {
	strict ksh93
}

@test "mksh: set -e, -u, -f and -C of the caller" {
	strict mksh
}

# A megabyte is more than a word of a command line or the environment holds.
large()
{
	need "$1"
	run script "$1" <<'EOF'
large=$(head -c 800000 /dev/urandom | od -An -tx1 | tr -d ' \n')
sum() { cksum <<X
$large
X
}
sum
pp -j2 -k 'sum; : {}' ::: 1 2
EOF
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	[ "${lines[0]}" = "${lines[1]}" ]
	[ "${lines[0]}" = "${lines[2]}" ]
	[[ ${lines[0]} == *' 1600001' ]]
	nothing_left
}

@test "bash: a megabyte of state" {
	large bash
}

@test "zsh: a megabyte of state" {
	large zsh
}

@test "ksh93: a megabyte of state" {
	large ksh93
}

@test "mksh: a megabyte of state" {
	large mksh
}

# -- One by one --

@test "bash: arrays, attributes, references, readonly and empty variables" {
	run script bash <<'EOF'
declare -A map=(["k 1"]=$'v\x01\xff\nq' ["q\"'"]='$x') empty
declare -a list=(1 '' $'a\nb') sparse=([5]=five)
declare -ir number=40
declare -rx exported='r"o'
declare -n reference=exported
declare unset_value
declare -l lower=ABC
outer() { local inner='a local'; pp 'echo "$inner {}"' ::: x; }
before=$(declare -p map empty list sparse number exported reference unset_value lower)
after=$(pp 'declare -p map empty list sparse number exported reference unset_value lower; : {}' ::: 1)
[ "$before" = "$after" ] && echo equal
pp 'number=1; : {}' ::: 1 2> /dev/null || echo readonly
outer
EOF
	[ "$status" -eq 0 ]
	[ "$output" = $'equal\nreadonly\na local x' ]
}

@test "bash: odd names of functions, extended patterns, exported functions, shopt" {
	run script bash <<'EOF'
shopt -s extglob nullglob
a-b.c() { case $1 in @(x|y)) echo "odd $1" ;; esac; }
function time { echo "time $1"; }
f() { bash -c g; }
g() { echo exported; }
export -f g
pp -k 'a-b.c {}; shopt extglob nullglob; echo nofile*' ::: x
pp f ::: 1
pp time ::: 1
pp a-b.c ::: y
EOF
	[ "$status" -eq 0 ]
	[ "$output" = 'odd x
extglob        	on
nullglob       	on

exported
time 1
odd y' ]
}

@test "bash: no noise from variables of the shell, strange settings or traps" {
	run script bash <<'EOF'
set -TE
trap 'echo trapped' DEBUG ERR RETURN
IFS=0123456789
TMOUT=1
BASH_COMPAT=50
pp_line=mine
POSIXLY_CORRECT=
set -o posix
shopt -s nocasematch failglob
uid=kept
f() { echo "f $1 $uid"; }
pp -k f ::: a b > out 2>&1
pp 'set -o | grep posix; : {}' ::: 1 >> out 2>&1
trap - DEBUG ERR RETURN
grep -v trapped out
EOF
	[ "$status" -eq 0 ]
	output=$(printf '%s\n' "$output" | grep -v '^trapped$')
	[ "$output" = $'f a kept\nf b kept\nposix          \ton' ]
}

@test "bash: functions named as commands of the loop do no harm" {
	run script bash <<'EOF'
echo() { printf 'my echo\n'; }
read() { :; }
eval() { :; }
set() { :; }
f() { printf 'f %s\n' "$1"; }
pp -k f ::: a b
EOF
	[ "$status" -eq 0 ]
	[ "$output" = $'f a\nf b' ]
}

@test "bash: aliases hold in lines where they are expanded, and never for words" {
	run script bash <<'EOF'
alias hello='echo hello' printf='echo wrong'
pp 'hello {}' ::: 1 2> /dev/null || echo 'not expanded'
shopt -s expand_aliases
pp 'hello {}' ::: 2
pp printf '%s\n' ::: 3
EOF
	[ "$status" -eq 0 ]
	[ "$output" = $'not expanded\nhello 2\n3' ]
}

@test "bash: a job can call pp, and finds its functions there too" {
	run script bash <<'EOF'
f() { echo "f $1 $v"; }
v=1
g() { v=$1; pp -k f ::: a b; }
pp -k g ::: 1 2
EOF
	[ "$status" -eq 0 ]
	[ "$output" = $'f a 1\nf b 1\nf a 2\nf b 2' ]
}

@test "bash: jobs get no descriptor of the hand-over" {
	run script bash 7>&- 8>&- 9>&- <<'EOF'
pp -u 'for fd in 7 8 9; do { : <&"$fd"; } 2> /dev/null && echo "open: $fd"; done; echo looked; : {}' ::: 1
EOF
	[ "$status" -eq 0 ]
	[ "$output" = looked ]
}

@test "bash: the state is on no command line and in no environment" {
	[ -d /proc/self/fd ] || skip 'no /proc here'
	run script bash <<'EOF'
secret='open sesame'
pp 'cat /proc/*/cmdline /proc/*/environ 2> /dev/null | tr "\0" "\n" | grep -c "open s[e]same"; : {}' ::: 1
EOF
	[ "$output" = 0 ]
}

@test "zsh: parameters of each kind, options, odd names, aliases" {
	need zsh
	run script zsh <<'EOF'
typeset -A map empty; map=('k 1' $'v\x01\xff\nq\0z' 'q"' "it's")
typeset -r read_only='r"o'
list=(1 '' $'a\nb')
typeset -i 16 number=40
typeset -T TIED tied; tied=(a b)
typeset -F float=1.5
fpath=(/nowhere $fpath)
names=(map empty read_only list number TIED float fpath)
before=$(typeset -p $names)
after=$(pp 'typeset -p $names; : {}' ::: 1)
[[ $before == $after ]] && echo equal
function 'a b' () { [[ $1 == (x|y)# ]] && echo "odd $1" }
alias hello='echo hello'
alias -g UPPER='| tr a-z A-Z'
TRAPEXIT() { echo bye }
zshexit() { echo 'the shell ends' }
outer() { local inner='a local'; pp 'echo "$inner {}"' ::: x }
setopt extended_glob ksh_arrays null_glob
pp -k '"a b" {}; hello {} UPPER; echo "${list[0]}" nofile*' ::: xy
outer
unsetopt ksh_arrays
unfunction TRAPEXIT zshexit
EOF
	[ "$status" -eq 0 ]
	[ "$output" = $'equal\nodd xy\nHELLO XY\n1\na local x' ]
}

@test "ksh93: variables of each kind, aliases" {
	need ksh93
	run script ksh93 <<'EOF'
typeset -A map; map['k 1']="it's"
typeset -r read_only='r"o'
list=(1 '' $'a\nb')
typeset -i 16 number=40
compound=(a=1 b=2)
typeset -u upper=abc
before=$(for name in map read_only list number compound upper; do typeset -p $name; done)
after=$(pp 'for name in map read_only list number compound upper; do typeset -p $name; done; : {}' ::: 1)
[[ $before == "$after" ]] && echo equal
alias hello='echo hello'
pp 'hello {}' ::: 1
EOF
	[ "$status" -eq 0 ]
	[ "$output" = $'equal\nhello 1' ]
}

@test "mksh: variables of each kind, aliases" {
	need mksh
	run script mksh <<'EOF'
typeset -r read_only='r"o'
set -A list 1 '' $'a\nb'
typeset -i16 number=40
typeset -u upper=abc
before=$(typeset -p read_only list number upper)
after=$(pp 'typeset -p read_only list number upper; : {}' ::: 1)
[[ $before = "$after" ]] && echo equal
alias hello='echo hello'
pp 'hello {}' ::: 1
EOF
	[ "$status" -eq 0 ]
	[ "$output" = $'equal\nhello 1' ]
}

# -- fish --

@test "fish: functions and variables, in words and in lines, options, standard input and status" {
	need fish
	run script fish <<'EOF'
function f; echo "$greeting $argv"; end
function 'a b'; echo odd $argv; end
function on_exit --on-event fish_exit; echo handler; end
function outer; set -l inner 'a local'; pp 'echo "$inner {}"' ::: x; end
set -g greeting hi
set -g list 'a b' "it's" \n'x\\y' \xff ''
pp -k f ::: a "it's" '\\back $x'
pp -k 'f {}; "a b" {}' ::: a
printf '%s\n' 1 2 | pp -k f
echo data | pp -a - echo
pp 'exit {}' ::: 3 2>/dev/null
echo "status $status"
outer
set -l before (string escape -- $list)
set -l after (pp 'string escape -- $list; : {}' ::: 1)
test "$before" = "$after"; and echo equal
pp --version > /dev/null; echo $status
pp --shell sh 'echo "<$greeting> {}"' ::: c
pp --init 'set greeting (f init)' f ::: b
set -g large (string repeat -n 300000 abcd)
pp 'string length $large; : {}' ::: 1
functions --erase on_exit
EOF
	[ "$status" -eq 0 ]
	[ "$output" = "hi a
hi it's
hi \\back \$x
hi a
odd a
hi 1
hi 2
data
status 1
a local x
equal
0
<> c
hi init b
1200000" ]
	nothing_left
}

@test "fish: an initializer that only --shell asks for" {
	need fish
	# Two that start for the first time get in each other's way when they make their directories.
	fish -c true
	run pp -k --shell fish --init 'set v 1; function f; echo "$v $argv"; end' f {} ::: a b
	[ "$status" -eq 0 ]
	[ "$output" = $'1 a\n1 b' ]
}

# -- The manual --

# The literal block of the manual that holds the text.
manual_block()
{
	awk -v text="$1" '/^\.Bd -literal/ { block = ""; inside = 1; next }
		/^\.Ed/ { if (inside && index(block, text)) printf "%s", block; inside = 0 }
		inside { block = block $0 "\n" }' "$BATS_TEST_DIRNAME/../man/pp.1"
}

@test "the examples of the manual do what it says" {
	manual_block 'shell-init bash' > example
	[ -s example ]
	run script bash < example
	[ "$output" = $'hello ann, 31\nhello bob, 47\nHELLO ANN, 31\nHELLO BOB, 47' ]
	need fish
	manual_block 'shell-init fish' > example
	[ -s example ]
	run script fish < example
	[ "$output" = $'hello ann\nhello bob' ]
}

# -- --init-file --

@test "--init-file: lines of files in their order, before those of --init" {
	printf 'v=1; f() { echo "f $v $1"; }' > one
	printf 'v=$v,2\n' > two
	run pp -k --init 'v=$v,3' --init-file one --init-file two f ::: a b
	[ "$status" -eq 0 ]
	[ "$output" = $'f 1,2,3 a\nf 1,2,3 b' ]
	nothing_left
}

@test "--init-file: a pipe, read once for all workers and their successors" {
	run pp -j2 -k --max-tasks 1 --init-file <(echo 'v=1') 'echo "$v {}"' ::: 1 2 3 4
	[ "$status" -eq 0 ]
	[ "$output" = $'1 1\n1 2\n1 3\n1 4' ]
}

@test "--init-file: a first line names the shell, --shell is stronger" {
	printf '#!/usr/bin/env bash\nv=(a b)\n' > file
	PP_SHELL='sh' run pp --init-file file 'echo "${v[1]} {}"' ::: 1
	[ "$output" = 'b 1' ]
	run pp --init-file file --shell sh 'echo "<$v> {}"' ::: 1
	[ "$output" = '<> 1' ]
	run pp --init-file file --shell "$(command -v bash)" 'echo "${v[1]} {}"' ::: 1
	[ "$output" = 'b 1' ]
}

@test "--init-file: an empty file is no initializer" {
	run pp --init-file /dev/null echo ::: 1
	[ "$status" -eq 0 ]
	[ "$output" = 1 ]
}

@test "--init-file: what cannot be read, and what fails, is named" {
	run pp --init-file missing echo ::: 1
	[ "$status" -eq 255 ]
	[ "$output" = 'pp: cannot read --init-file: missing: No such file or directory' ]
	run pp --init-file - echo ::: 1
	[ "$status" -eq 255 ]
	[ "$output" = 'pp: --init-file: -: must be the name of a file, which standard input cannot be' ]
	run pp --init-file /dev/fd/77 echo ::: 1
	[ "$output" = 'pp: cannot read --init-file: /dev/fd/77: Bad file descriptor' ]
	echo 'exit 3' > file
	run pp --init-file file echo ::: 1
	[ "$status" -ne 0 ]
	[[ $output == *'initializer failed: '*': file'* ]]
}

@test "--init-file: nothing is left behind by kill -9" {
	echo : > file
	[ -z "$(pp --init-file file 'ls -A "$TMPDIR"; : {}' ::: 1)" ] || skip 'the file has to have a name here'
	start_pp -j1 --init-file file 'sleep 1000 & echo $! > child; wait; : {}' ::: 1
	wait_until test -s child
	kill -KILL "$PP_PID"
	wait_pp
	wait_until nothing_left
	wait_until is_gone "$(cat child)"
}

@test "--shell-init: another shell is refused" {
	run pp --shell-init tcsh
	[ "$status" -eq 255 ]
	[ "$output" = 'pp: --shell-init: tcsh: must be one of bash zsh ksh fish' ]
}
