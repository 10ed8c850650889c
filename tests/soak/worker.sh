# A mark worker that gives each task back, in pieces.
while read -r number letters; do
	printf '%s ' "$number"
	echo "$letters"
	echo "$PP_END $?"
done
