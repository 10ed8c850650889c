#!/usr/bin/perl
# The length of each line in bytes.
# pp --worker perl length.pl
$| = 1;
while (<STDIN>) {
	chomp;
	print length, "\n";
}
