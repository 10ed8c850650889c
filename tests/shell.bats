# Shell lines that share a shell: as fast as a subshell, and otherwise as lines with a shell each, which is what --max-tasks 1 gives them.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # shell lines for jobs
load helper

# Runs the rest with $shell as each shell that stays.
each_shell()
{
	for shell in dash bash; do
		if command -v "$shell" > /dev/null; then
			"$@"
		else
			echo "# $shell is not installed" >&3
		fi
	done
}

teardown()
{
	local pid

	while read -r pid; do
		kill -KILL "$pid" 2> /dev/null || true
	done < <(cat "$TEST_DIR"/work/*.pid 2> /dev/null)
	end
}

# The process group, which is that of the shell; the line holds no word that would give it a shell of its own.
GROUP='cut -d " " -f 5 /proc/self/stat'

has_groups()
{
	[ -r /proc/thread-self/children ] || skip "the system does not tell what a job left behind"
	"$PP" -j1 --shell sh "$GROUP; : {}" ::: 1 2 > groups 3>&-
	[ "$(sort -u groups | wc -l)" -eq 1 ] || skip "no shell stays here: built for POSIX alone, or sh is of another kind"
}

written()
{
	for file; do
		wait_until test -s "$file"
	done
}

one_shell()
{
	run pp --no-summary -j1 --shell "$shell" "$GROUP; : {}" ::: 1 2 3
	[ "$status" -eq 0 ]
	[ "$(printf '%s\n' "$output" | sort -u | wc -l)" -eq 1 ]
	run pp --no-summary -j1 --max-tasks 1 --shell "$shell" "$GROUP; : {}" ::: 1 2 3
	[ "$(printf '%s\n' "$output" | sort -u | wc -l)" -eq 3 ]
	run pp --no-summary -j1 --shell "$shell" "$GROUP; : \$\$ {}" ::: 1 2 3
	[ "$(printf '%s\n' "$output" | sort -u | wc -l)" -eq 3 ]
}

@test "the lines of a slot share a shell, but for those that could tell" {
	has_groups
	each_shell one_shell
}

@test "a shell that is not known, or has a file to read each time, is started for each line" {
	has_groups
	for shell in zsh ksh; do
		command -v $shell > /dev/null || continue
		run pp --no-summary -j1 --shell $shell "$GROUP; : {}" ::: 1 2 3
		[ "$(printf '%s\n' "$output" | sort -u | wc -l)" -eq 3 ]
	done
	command -v bash > /dev/null || return 0
	echo 'echo start' > file
	export BASH_ENV=file
	run pp --no-summary -j1 --shell bash 'echo {}' ::: 1 2
	unset BASH_ENV
	[ "$output" = $'start\n1\nstart\n2' ]
}

# Each line of the file lines as a first and as a later job, in one shell and in a shell each: output, errors and outcome are the same.
same_as_alone()
{
	local way line n=0

	while IFS= read -r line; do
		for way in 0 1; do
			printf '%s\0' : "$line" "$line" 'echo after' | pp --no-summary -0 -j1 "${2:--k}" --shell "$shell" --max-tasks "$((way ? 1 : 1000))" \
				--joblog "log.$way" > "out.$way" 2> "err.$way" || true
			cut -f 1,7- "log.$way" > "cut.$way"
			sed -i.old 's/^\(pp: .*\|[a-z]*: \)\(-c: \)\{0,1\}\(line \)\{0,1\}[0-9]*: /\1/; s/^\([a-z]*: \)eval: \(line [0-9]*: \)*/\1/' "err.$way"
		done
		if ! cmp out.0 out.1 || ! cmp cut.0 cut.1 || { [ "$1" = errors ] && ! cmp err.0 err.1; }; then
			echo "$shell: $line"
			tail out.? cut.? err.?
			return 1
		fi
		rm -f made
	done < lines
}

@test "statuses and signals are those of a line by itself" {
	echo 'kill -9 $$' > die
	cat > lines <<'END'
exit 3
exit 129
exit 143
exit 256
false
(exit 137)
! true
sh ./die
:; sh ./die
: && sh ./die
sh ./die || true
sh ./die > /dev/null
x=1 sh ./die
{ sh ./die; }
if :; then sh ./die; fi
( sh ./die )
: | sh ./die
exec sh ./die
kill -9 $$
kill $$; echo no
trap 'exit 7' TERM; kill $$; echo no
trap 'echo bye' EXIT; exit 3
x=$(sh ./die)
echo $(sh ./die; echo $?)
return 3
exec false
set -e; false; echo no
set -u; echo $nothing_of_the_kind; echo no
echo ${nothing_of_the_kind?none}
false | true
true | false
nothing_of_the_kind
./lines
.
END
	each_shell same_as_alone
	each_shell same_as_alone status -u
}

@test "nothing of a job reaches the next one" {
	cat > lines <<'END'
echo "[$X][$Y]$#$-"; X=1; export X; Y=2; set -- a b
pwd; cd /
umask; umask 077
f; f() { echo f; }
l; alias l='echo l'
exec > /dev/null 2>&1
exec 0< lines; read -r x; echo "$x"
cat; echo $?
ulimit -n 20; ulimit -n
IFS=:; x=a:b; echo $x
set -f; echo li*
PATH=; ls
unset PP_SEQ; echo "$PP_SEQ"
readonly r=1; echo $r
break; echo after
for i in 1 2; do echo $i; break; done
while :; do break 5; done; echo y
exec 3>&1; echo three >&3
echo bad >&4
echo bad >&7
echo bad >&9
echo $?
false; echo $?
echo $! $0
END
	each_shell same_as_alone errors
	each_shell same_as_alone errors -u
}

@test "what is no shell line is refused in the same way, and harms nobody" {
	cat > lines <<'END'
echo "open
echo 'open
echo `open
echo $(open
if true
fi
)
(
}
{ echo
echo a; )
echo a) ; (echo b
echo a &&
; echo
echo a;; echo b
!
${
echo trailing \
echo trailing \\
echo a # comment )
# nothing else
case x in x) echo case;; esac
echo "$(echo ")")" "a'b" 'c"d' \' \"
	  echo blanks   
END
	each_shell same_as_alone
}

several_lines()
{
	printf 'echo a\necho b\n\0cat <<END\nx $((1+1))\nEND\n\0if :\nthen echo y\nfi\0echo "p\nq" \\\n  r\0' > input
	run pp --no-summary -0 -j1 -k --shell "$shell" -a input
	[ "$status" -eq 0 ]
	[ "$output" = $'a\nb\nx 2\ny\np\nq r' ]
}

@test "lines of several lines" {
	each_shell several_lines
}

long_lines()
{
	for length in 3000 4090 4100 100000; do
		printf 'x=%0*d; echo ${#x}\n' "$length" 0
	done > input
	run pp --no-summary -j1 -k --shell "$shell" -a input
	[ "$status" -eq 0 ]
	[ "$output" = $'3000\n4090\n4100\n100000' ]
}

@test "lines of any length" {
	each_shell long_lines
}

variables()
{
	run pp --no-summary -j1 -k --retries 2 --process-slot-var S --shell "$shell" 'echo $PP_SEQ $PP_SLOT $PP_RETRY $PARALLEL_SEQ $S; exit {}' ::: 0 1
	[ "$status" -eq 1 ]
	[ "$(printf '%s\n' "$output" | grep -v ^pp:)" = $'1 1 0 1 0\n2 1 1 2 0' ]
	run pp --no-summary -j2 --shell "$shell" 'env; set' ::: 1
	! printf '%s\n' "$output" | grep '^__pp.*=.*__pp'
}

@test "each job has its own variables" {
	each_shell variables
}

time_limit()
{
	rm -f ./*.pid
	run pp --no-summary -j1 -k --timeout 1 --shell "$shell" 'echo job {}; [ {} != 2 ] || { sleep 1000 & echo $! > child.pid; wait; }' ::: 1 2 3
	[ "$status" -eq 1 ]
	[ "$(printf '%s\n' "$output" | grep -v ^pp:)" = $'job 1\njob 2\njob 3' ]
	is_gone "$(cat child.pid)"
}

@test "a time limit ends a line with its descendants, and the next one runs" {
	each_shell time_limit
}

stubborn()
{
	rm -f ./*.pid
	echo 'trap "" TERM; sleep 1000 & echo $! > child.pid; wait' > stubborn
	run pp --no-summary -j1 -k --timeout 3 --termseq TERM,50,KILL --shell "$shell" '[ {} != 2 ] || sh ./stubborn; echo job {}' ::: 1 2 3
	[ "$status" -eq 1 ]
	[ "$(printf '%s\n' "$output" | grep -v ^pp:)" = $'job 1\njob 3' ]
	is_gone "$(cat child.pid)"
}

@test "so it does where TERM is not enough" {
	each_shell stubborn
}

in_order()
{
	echo 'trap "sleep 0.5; echo bye; exit 7" TERM; echo up; sleep 1000 & wait' > orderly
	run pp --no-summary -j1 -k --timeout 1 --termseq TERM,10000,KILL --shell "$shell" "${1:---group}" '[ {} != 2 ] || exec sh ./orderly; echo job {}' ::: 1 2 3
	[ "$status" -eq 1 ]
	[ "$(printf '%s\n' "$output" | grep -v ^pp:)" = $'job 1\nup\nbye\njob 3' ]
}

@test "what ends in order at the end of its time is heard to its last word" {
	each_shell in_order
	each_shell in_order --init=:
}

left_behind()
{
	rm -f ./*.pid
	run pp --no-summary -j1 -k --timeout 3 --shell "$shell" \
		'[ {} != 1 ] || { sleep 1000 > /dev/null 2>&1 & echo $! > child.pid; }; [ {} != 3 ] || sleep 1000; echo {}' ::: 1 2 3 4
	[ "$status" -eq 1 ]
	[ "$(printf '%s\n' "$output" | grep -v ^pp:)" = $'1\n2\n4' ]
	kill "$(cat child.pid)"
}

@test "what a line leaves running outlives the end of a later one" {
	each_shell left_behind
}

behind_its_back()
{
	echo 'die() { kill -9 $$; sleep 1000; }' > library
	pp_split --no-summary -j1 -k --shell "$shell" --joblog log ::: 'echo a' '. ./library; echo b; die' 'echo c'
	[ "$status" -eq 1 ]
	[ "$output" = $'a\nb\nc\n' ]
	[ "$(cut -f 7,8 log | tail -n +2)" = $'0\t0\n0\t9\n0\t0' ]
}

@test "a line that kills the shell itself is ended by that signal, and the next one has another shell" {
	each_shell behind_its_back
}

all_ways()
{
	for way in --group -k -u --line-buffer '--nice 1' '--wd /tmp'; do
		# shellcheck disable=SC2086
		run pp --no-summary -j1 $way --shell "$shell" 'echo {}; exit {}' ::: 0 1 7
		[ "$status" -eq 2 ]
		[ "$output" = $'0\n1\n7' ]
	done
}

@test "each way of output, --nice and --wd" {
	each_shell all_ways
}

halt_now()
{
	rm -f ./*.pid
	mkfifo "go.$shell"
	run pp --no-summary -j2 --halt now,fail=1 --shell "$shell" \
		'if [ {} = 1 ]; then read -r x < go.'"$shell"'; exit 3; else sleep 1000 & echo $! > child.pid; echo > go.'"$shell"'; wait; fi' ::: 1 2 3
	[ "$status" -ne 0 ]
	is_gone "$(cat child.pid)"
}

@test "--halt now ends what runs" {
	each_shell halt_now
}

has_three_lines()
{
	[ -e "$1" ] && [ "$(wc -l < "$1")" -eq 3 ]
}

stopped()
{
	rm -f ./*.pid
	mkfifo "input.$shell"
	start_pp --no-summary -j2 --shell "$shell" -a "input.$shell" --joblog "log.$shell" "$GROUP > {}.pid"
	exec 8> "input.$shell"
	printf 'a\nb\n' >&8
	wait_until has_three_lines "log.$shell"
	kill -STOP "$(cat a.pid)"
	exec 8>&-
	wait_pp
	[ "$status" -eq 0 ]
	wait_until is_gone "$(cat a.pid)"
}

@test "a shell that someone stopped does not keep pp from its end" {
	has_groups
	each_shell stopped
}

killed()
{
	rm -f ./*.pid
	start_pp --no-summary -j1 --shell "$shell" "$GROUP > shell.pid; sleep 1000 & echo \$! > child.pid; wait; : {}" ::: 1
	written shell.pid child.pid
	kill -KILL "$PP_PID"
	wait_pp
	wait_until is_gone "$(cat shell.pid)"
	wait_until is_gone "$(cat child.pid)"
}

@test "when pp is killed its shells and their jobs go too" {
	has_groups
	each_shell killed
}

behind_an_initializer()
{
	echo 'kill -9 $$' > die
	run pp --no-summary -j1 -k --shell "$shell" --joblog log --init 'v=1; f() { return "$1"; }' ::: 'f 3' 'exec sh ./die' 'exit 137' 'v=2; echo "' 'echo $v'
	[ "$(cut -f 7,8 log | tail -n +2)" = $'3\t0\n0\t9\n137\t0\n2\t0\n0\t0' ]
	[ "${lines[${#lines[@]} - 1]}" = 1 ]
}

@test "bash: words behind an initializer end by their own signal, and no shell speaks of it" {
	command -v bash > /dev/null || skip 'no bash here'
	need_extensions "pipes have names, and a line that removes them stands before the words"
	export PP_SHELL=bash
	echo 'kill -9 $$' > die
	run pp --no-summary -j1 --joblog log --init 'f() { return 5; }' sh ./die ::: 'a (b' "c'd"
	[ "$(cut -f 7,8 log | tail -n +2)" = $'0\t9\n0\t9' ]
	[ -z "$output" ]
	run pp --no-summary -j1 --joblog log --init 'f() { echo "$@"; return 5; }' f 'a (' ::: 'b)' '<c' $'d\ne\\'
	[ "$(cut -f 7,8 log | tail -n +2)" = $'5\t0\n5\t0\n5\t0' ]
	[ "$output" = $'a ( b)\na ( <c\na ( d\ne\\' ]
}

@test "behind an initializer a signal is told from a status above 128 too" {
	each_shell behind_an_initializer
	if command -v ksh > /dev/null && ksh -c '(kill -9 ${.sh.pid}); [ $? -gt 256 ]' 2> /dev/null; then
		shell=ksh
		run pp --no-summary -j1 --shell ksh --joblog log --init : ::: 'sh -c "kill -9 \$\$"' 'exit 137'
		[ "$(cut -f 7,8 log | tail -n +2)" = $'0\t9\n137\t0' ]
	fi
}

@test "functions with the names of builtins do not hold up a shell" {
	for shell in dash bash ksh zsh; do
		command -v $shell > /dev/null || { echo "# $shell is not installed" >&3; continue; }
		for name in echo read '[' test eval exit export set exec :; do
			init="$name() { printf 'mine\n'; }"
			# Special builtins (POSIX, 2.14) and [ are no names for functions in every shell.
			$shell -c "$init" 2> err || continue
			for way in -k -u; do
				run pp --no-summary $way -j1 --shell $shell --init "$init" "printf '%s\\n' {}" ::: 1 2
				[ "$status" -eq 0 ]
				[ "$output" = $'1\n2' ]
			done
		done
	done
}
