# The command lines of conformance.cases give what GNU parallel gives, called by its name.

load helper

setup()
{
	begin
	mkdir "$TEST_DIR/bin"
	ln -s "$PP" "$TEST_DIR/bin/parallel"
	PATH=$TEST_DIR/bin:$PATH
}

# run_case: runs $line, prints what conformance.cases would say of it.
run_case()
{
	local status=0

	rm -rf "$TEST_DIR/case"
	mkdir "$TEST_DIR/case"
	(cd "$TEST_DIR/case" && exec bash -c "$line" </dev/null 2>/dev/null 3>&-) >"$TEST_DIR/output" || status=$?
	sed 's/^\(.\)/> \1/; s/^$/>/' "$TEST_DIR/output"
	[ "$status" -eq 0 ] || echo "? $status"
}

# conform SECTION: runs its cases, and shows those that differ.
conform()
{
	local section='' line cases=0

	while IFS= read -r line; do
		case $line in
		'== '*) section=${line#== } ;;
		'$ '*)
			[ "$section" = "$1" ] || continue
			echo "$line"
			line=${line#??}
			run_case
			cases=$((cases + 1))
			;;
		esac
	done <"$BATS_TEST_DIRNAME/conformance.cases" >"$TEST_DIR/got"
	sed -n "/^== $1\$/,/^==/{/^[\$>?]/p;}" "$BATS_TEST_DIRNAME/conformance.cases" >"$TEST_DIR/wanted"
	[ "$cases" -gt 0 ]
	diff -u "$TEST_DIR/wanted" "$TEST_DIR/got"
}

@test "as GNU parallel: the command" {
	conform "the command"
}

@test "as GNU parallel: replacement strings" {
	conform "replacement strings"
}

@test "as GNU parallel: plus" {
	conform "plus"
}

@test "as GNU parallel: substitutions" {
	conform "substitutions"
}

@test "as GNU parallel: sources" {
	conform "sources"
}

@test "as GNU parallel: records" {
	conform "records"
}

@test "as GNU parallel: columns" {
	conform "columns"
}

@test "as GNU parallel: batches" {
	conform "batches"
}

@test "as GNU parallel: what is shown" {
	conform "what is shown"
}

@test "as GNU parallel: compression" {
	command -v gzip >/dev/null || skip "needs gzip"
	conform "compression"
}

@test "as GNU parallel: exit statuses" {
	conform "exit statuses"
}
