#!/bin/sh
# Each task is a shell line; no shell is started for it.
# pp --worker=fd sh shell.sh
# Commands read from /dev/null: they would eat the next tasks.
while IFS= read -r line; do
	(eval "$line") </dev/null
	echo "$?" >&"$PP_FD"
done
