#!/usr/bin/perl
# The bytes of each task backwards.
# pp --worker=frame perl reverse.pl
$| = 1;
print "H 1\n";
while (<STDIN>) {
	my ($kind, $id, $length) = split;
	next if $kind ne 'T';
	read STDIN, my $task, $length;
	printf "O %s %d\n%sD %s 0\n", $id, $length, scalar reverse($task), $id;
}
