# The completions in the tree are those that pp makes from its option table, and the shells take them.

load helper

completions=$BATS_TEST_DIRNAME/../completions

@test "the completion for bash in the tree is the one pp prints" {
	pp --completion bash > new
	diff -u "$completions/pp.bash" new
}

@test "the completion for zsh in the tree is the one pp prints" {
	pp --completion zsh > new
	diff -u "$completions/_pp" new
}

@test "the completion for fish in the tree is the one pp prints" {
	pp --completion fish > new
	diff -u "$completions/pp.fish" new
}

@test "bash takes its completion" {
	bash -n "$completions/pp.bash"
}

@test "zsh takes its completion" {
	type zsh > found || skip "no zsh"
	zsh -n "$completions/_pp"
}

@test "fish takes its completion" {
	type fish > found || skip "no fish"
	fish --no-execute "$completions/pp.fish"
}
