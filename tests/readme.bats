# The examples of README.md print what README.md says.

load helper

# Runs the commands of the blocks marked sh: a line that begins with "$ " is typed, those up to the next are what it prints.
@test "each example of the README prints what stands below it" {
	local line command='' expected='' block='' failed=0 count=0

	PATH=$(dirname "$PP"):$PATH
	try() {
		[ -n "$command" ] || return 0
		count=$((count + 1))
		bash -c "$command" >"$TEST_DIR/got" 2>&1 </dev/null 3>&- || true
		if ! printf '%s' "$expected" | diff -u - "$TEST_DIR/got"; then
			echo "from: $command"
			failed=1
		fi
		command='' expected=''
	}
	while IFS= read -r line; do
		case $block$line in
		'```sh') block=sh: ;;
		'sh:```') try && block='' ;;
		'sh:$ '*) try && command=${line#'$ '} ;;
		sh:*) expected+=$line$'\n' ;;
		esac
	done <"$BATS_TEST_DIRNAME/../README.md"
	[ "$failed" -eq 0 ]
	[ "$count" -gt 5 ]
}
