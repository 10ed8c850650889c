# The length of each line.
# pp --worker gawk -f length.awk, or mawk -W interactive -f length.awk
{
	print length($0)
	fflush()
}
