# coverage.awk - what gcov says of each file, as a line for each floor and each file: share, lines reached, lines, name.

/^File/ {
	file = $2
	gsub(/'/, "", file)
	sub(/.*src\//, "src/", file)
}

/^Lines/ && file ~ /^src\/[a-z]*\/[a-z_]*\.c$/ {
	split($2, part, "[:%]")
	# A file that several programs are built from is told of more than once.
	if (!(file in lines) || part[2] > share[file])
		share[file] = part[2]
	lines[file] = $4
	file = ""
}

END {
	for (file in lines) {
		split(file, part, "/")
		reached = int(share[file] * lines[file] / 100 + 0.5)
		all[part[2]] += lines[file]
		got[part[2]] += reached
		total += lines[file]
		total_got += reached
		printf("%6.2f%% %5d of %5d lines  %s\n", share[file], reached, lines[file], file) | "sort -k 6"
	}
	close("sort -k 6")
	for (floor in all)
		printf("%6.2f%% %5d of %5d lines  src/%s\n", 100 * got[floor] / all[floor], got[floor], all[floor], floor) | "sort -k 6"
	close("sort -k 6")
	if (total > 0)
		printf("%6.2f%% %5d of %5d lines  in all\n", 100 * total_got / total, total_got, total)
}
