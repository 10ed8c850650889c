# coverage.awk - what gcov -t says of all lines, as a line for each file and each floor: share, lines reached, lines, name.
#
# pure names floors and modules, as in "base cli/words": they are marked, each of their lines that is not reached is shown,
# and the exit status is 1 when there is one, or when a name is nobody's.

BEGIN {
	FS = ":"
	count = split(pure, names, " ")
	for (i = 1; i <= count; i++)
		unknown[names[i]] = 1
	for (name in unknown)
		wanted[name] = 1
}

# Between the lines stand the names of functions that several objects have a copy of.
$2 !~ /^ *[0-9]+$/ {
	next
}

$2 == 0 {
	if ($3 == "Source") {
		file = $4
		if (!sub(/.*src\//, "", file) || file !~ /^[a-z]+\/[a-z0-9_]+\.[ch]$/)
			file = ""
	}
	next
}

# A line of a header, or of a file that several programs are built from, is told of more than once.
file != "" && $1 !~ /-/ {
	line = file ":" ($2 + 0)
	if (!(line in reached)) {
		reached[line] = 0
		lines[file]++
		text[line] = $0
	}
	if ($1 + 0 > 0 && !reached[line]) {
		reached[line] = 1
		got[file]++
	}
}

function is_pure(file, floor, module)
{
	floor = module = file
	sub(/\/.*/, "", floor)
	sub(/\.[ch]$/, "", module)
	delete unknown[floor]
	delete unknown[module]
	return floor in wanted || module in wanted
}

function show(got, lines, name)
{
	printf("%6.2f%% %5d of %5d lines  %s\n", 100 * got / lines, got, lines, name) | "sort -k 6"
}

# What of a floor's files is pure, and how many of these are reached in full.
function of_pure(floor, pure, text)
{
	pure = pure_files[floor]
	text = files[floor] " files, " (pure == files[floor] ? "all" : pure ? pure : "none") " pure"
	if (pure)
		text = text ", " (whole_files[floor] == pure ? "all" : whole_files[floor]) " of these at 100 %"
	return text
}

END {
	for (file in lines) {
		pure_file[file] = is_pure(file)
		split(file, part, "/")
		floor = part[1]
		all_lines[floor] += lines[file]
		all_got[floor] += got[file]
		files[floor]++
		pure_files[floor] += pure_file[file]
		whole_files[floor] += pure_file[file] && got[file] == lines[file]
		total += lines[file]
		total_got += got[file]
		show(got[file], lines[file], "src/" file (pure_file[file] ? " (pure)" : ""))
	}
	close("sort -k 6")
	for (floor in files)
		show(all_got[floor], all_lines[floor], sprintf("src/%s: %s", floor, of_pure(floor)))
	close("sort -k 6")
	if (total > 0)
		show(total_got, total, "in all")
	close("sort -k 6")

	for (line in reached) {
		split(line, part, ":")
		if (reached[line] || !pure_file[part[1]])
			continue
		missed++
		sub(/^[^:]*:[^:]*:[ \t]*/, "", text[line])
		printf("src/%s: pure, but not reached: %s\n", line, text[line]) | "sort -t : -k 1,1 -k 2,2n"
	}
	close("sort -t : -k 1,1 -k 2,2n")
	for (name in unknown) {
		missed++
		printf("%s: named as pure, but there is nothing of this name\n", name)
	}
	if (missed == 0)
		print "All lines of pure files are reached."
	exit missed > 0
}
