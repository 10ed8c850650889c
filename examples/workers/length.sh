#!/bin/sh
# The length of each line.
# pp --worker sh length.sh
while IFS= read -r task; do
	echo "${#task}"
done
