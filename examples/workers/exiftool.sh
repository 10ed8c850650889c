#!/bin/sh
# The size of each picture, from one exiftool that stays.
# pp --worker=mark --end '{ready}' sh exiftool.sh
# A task becomes several lines there: the arguments and -execute.
{
	while IFS= read -r file; do
		printf '%s\n' -s3 -ImageSize "$file" -execute
	done
	printf '%s\n' -stay_open False
} | exiftool -stay_open True -@ -
