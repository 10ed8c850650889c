# messages.bats - every message in the program has one form: what failed, which, why, and what to do, in one line.

# shellcheck disable=SC2154 # errors is set by pp_split

load helper

# The texts of all calls that make messages, one a line: the literals of a call joined, without what is filled in.
texts()
{
	# The sources, each statement on one line.
	cat "$BATS_TEST_DIRNAME"/../src/*/*.c | tr '\n\t' '  ' | sed 's/;/;\n/g' |
		grep -oE '(msg_error|msg_warn|err_set|err_sys)\(.*' | sed -E 's/^[^"]*"/"/; s/" +"//g; s/^"(([^"\\]|\\.)*)".*/\1/'
}

# none GREP-ARGUMENTS...: no line of the file matches; shows those that do.
none()
{
	if grep -n "$@"; then
		return 1
	fi
}

@test "the messages are found" {
	texts >all
	[ "$(wc -l <all)" -gt 100 ]
	grep -q '^cannot open argument file: %s' all
}

@test "no message begins with a capital letter, or ends in a full stop or a newline" {
	texts | grep -vE '^%' >all
	none -E '^[A-Z][a-z]' all
	none -E '(\.|\\n|!| )$' all
}

@test "no message names the program, or calls itself an error" {
	texts >all
	none -iE '^(pp:|error|fatal|failed to|unable to|could not|can.t |sorry)' all
	none -iE ': error:' all
}

@test "parts of a message are divided by a colon and a blank" {
	texts >all
	none -E '%s:%s|%s;|[^ ]:[^ :/%=\\?+,0-9.}*]' all
}

# Some of each kind, as they are seen.
@test "messages are one line each, with the name of the program in front" {
	for arguments in '-a /nonexistent echo' '--no-such-option' '-j x echo' '--joblog / echo ::: a' '--results /dev/null/x echo ::: a' \
		'--events /nonexistent/x echo ::: a' '--each /nonexistent echo ::: a' '--callback /nonexistent echo ::: a' \
		'--worker /nonexistent ::: a' '--resume echo ::: a' '--colsep ( echo' '--wd /dev/null/x pwd ::: a' '--init-file /nonexistent echo ::: a'; do
		# shellcheck disable=SC2086 # words
		pp_split --no-summary $arguments </dev/null
		echo "pp $arguments: $status: $errors"
		[ "$status" -ne 0 ]
		[ "$(printf %s "$errors" | grep -c '')" -eq 1 ]
		[[ $errors == 'pp: '* ]]
	done
}
