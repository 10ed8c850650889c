#!/bin/sh
# The lines of each file, sorted.
# pp --worker=mark sh lines.sh
# Commands read from /dev/null: they would eat the next tasks.
while IFS= read -r file; do
	sort -u "$file" </dev/null
	echo "$PP_END $?"
done
