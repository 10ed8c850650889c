# bash completion for pp: made by pp --completion bash

# Sets REPLY to what the value of an option is, to nothing where it takes none.
_pp_value() {
	case $1 in
	-a|--arg-file|--argfile) REPLY='file' ;;
	-d|--delimiter) REPLY='any' ;;
	-C|--colsep|--col-sep) REPLY='any' ;;
	--header) REPLY='words::' ;;
	-n|--max-args|--maxargs) REPLY='any' ;;
	-N|--max-replace-args|--maxreplaceargs) REPLY='any' ;;
	-L) REPLY='any' ;;
	-s|--max-chars|--maxchars) REPLY='any' ;;
	-E) REPLY='any' ;;
	--trim) REPLY='words:n l r lr rl' ;;
	--filter) REPLY='any' ;;
	--arg-sep|--argsep) REPLY='any' ;;
	--arg-file-sep|--argfilesep) REPLY='any' ;;
	-I) REPLY='any' ;;
	-U|--extensionreplace|--er) REPLY='any' ;;
	--basenamereplace|--bnr) REPLY='any' ;;
	--dirnamereplace|--dnr) REPLY='any' ;;
	--basenameextensionreplace|--bner) REPLY='any' ;;
	--seqreplace) REPLY='any' ;;
	--slotreplace) REPLY='any' ;;
	--rpl) REPLY='any' ;;
	--parens) REPLY='any' ;;
	--shell) REPLY='command' ;;
	--env) REPLY='variable' ;;
	--wd|--workdir|--work-dir) REPLY='directory' ;;
	--nice) REPLY='any' ;;
	--process-slot-var|--processslotvar) REPLY='variable' ;;
	-j|-P|--jobs|--max-procs|--maxprocs) REPLY='file' ;;
	--init) REPLY='command' ;;
	--init-file) REPLY='file' ;;
	--end) REPLY='any' ;;
	--window) REPLY='any' ;;
	--inflight) REPLY='any' ;;
	--crash-limit) REPLY='any' ;;
	--max-rss) REPLY='any' ;;
	--max-age) REPLY='any' ;;
	--idle) REPLY='any' ;;
	--init-timeout) REPLY='any' ;;
	--max-tasks) REPLY='any' ;;
	--timeout) REPLY='any' ;;
	--termseq|--term-seq) REPLY='any' ;;
	--retries) REPLY='any' ;;
	--retry-delay) REPLY='any' ;;
	--retry-on) REPLY='any' ;;
	--halt|--halt-on-error|--haltonerror) REPLY='any' ;;
	--delay) REPLY='any' ;;
	--tagstring|--tag-string) REPLY='any' ;;
	--buffer) REPLY='any' ;;
	--tmpdir|--tempdir) REPLY='directory' ;;
	--callback) REPLY='command' ;;
	--error-callback) REPLY='command' ;;
	--callback-fails) REPLY='words:job run ignore' ;;
	--each) REPLY='command' ;;
	--events) REPLY='file' ;;
	--results|--res) REPLY='file' ;;
	--compress-program|--compressprogram|--use-compress-program|--usecompressprogram) REPLY='command' ;;
	--decompress-program|--decompressprogram|--use-decompress-program|--usedecompressprogram) REPLY='command' ;;
	--failed) REPLY='file' ;;
	--heartbeat) REPLY='any' ;;
	--group-marks) REPLY='words:github gitlab none' ;;
	--joblog|--jl) REPLY='file' ;;
	-h|--help) REPLY='words:jobs command pool policy output about all' ;;
	--minversion) REPLY='any' ;;
	--completion) REPLY='words:bash zsh fish' ;;
	--shell-init) REPLY='words:bash zsh ksh fish' ;;
	-J|--profile) REPLY='any' ;;
	*) REPLY= ;;
	esac
}

# Sets REPLY to the option in the word $1 that takes the next word, to nothing where there is none.
_pp_waiting() {
	local word=$1 i
	case $word in
	--*) _pp_value "$word"; [[ $REPLY ]] && REPLY=$word; return ;;
	esac
	for ((i = 1; i < ${#word}; i++)); do
		_pp_value "-${word:i:1}"
		[[ $REPLY ]] || continue
		REPLY=
		((i + 1 == ${#word})) && REPLY=-${word:i:1}
		return
	done
	REPLY=
}

# Completes the word $2 as the value of option $1.
_pp_complete_value() {
	_pp_value "$1"
	case $REPLY in
	file) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
	directory) mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
	command) mapfile -t COMPREPLY < <(compgen -c -- "$2") ;;
	variable) mapfile -t COMPREPLY < <(compgen -v -- "$2") ;;
	words:*) mapfile -t COMPREPLY < <(compgen -W "${REPLY#words:}" -- "$2") ;;
	esac
}

# Completes a word of the command, which begins at the word number $1.
_pp_command() {
	if declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif ((COMP_CWORD == $1)); then
		mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
	fi
}

_pp() {
	local i word REPLY waiting='' current=${COMP_WORDS[COMP_CWORD]}
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		[[ $word == = ]] && continue
		if [[ $waiting ]]; then
			waiting=
		elif [[ $word == :* ]]; then
			return
		elif [[ $word == -- ]]; then
			_pp_command $((i + 1))
			return
		elif [[ $word == -?* ]]; then
			_pp_waiting "$word"
			waiting=$REPLY
		else
			_pp_command "$i"
			return
		fi
	done
	[[ $current == = ]] && current=
	if [[ $waiting ]]; then
		_pp_complete_value "$waiting" "$current"
	elif [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '-a --arg-file --argfile -0 --null -d --delimiter -C --colsep --col-sep --csv --header --link --xapply -n --max-args --maxargs -N --max-replace-args --maxreplaceargs -L -l --max-lines --maxlines -X -m --xargs -s --max-chars --maxchars -x --exit -E -e --eof -r --no-run-if-empty --norunifempty --trim --shuf --skip-first-line --skipfirstline --filter --arg-sep --argsep --arg-file-sep --argfilesep -I -i --replace -U --extensionreplace --er --basenamereplace --bnr --dirnamereplace --dnr --basenameextensionreplace --bner --seqreplace --slotreplace --plus --rpl --parens --shell --no-shell --gnu -q --quote --shellquote --shell-quote --shell_quote --dry-run --dryrun --dr -t --verbose -v -p --interactive --env --wd --workdir --work-dir --nice -o --tty --open-tty --process-slot-var --processslotvar -j -P --jobs --max-procs --maxprocs --init --init-file --worker --end --window --inflight --crash-limit --pty --max-rss --max-age --idle --init-timeout --max-tasks --timeout --termseq --term-seq --retries --retry-delay --retry-on --halt --halt-on-error --haltonerror --delay --group -k --keep-order --keeporder --no-keep-order --nokeeporder --line-buffer --linebuffer --line-buffered --linebuffered --lb -u --ungroup --tag --tagstring --tag-string --buffer --tmpdir --tempdir --callback --error-callback --callback-fails --each --json --events --results --res --files --output-as-files --outputasfiles --compress --compress-program --compressprogram --use-compress-program --usecompressprogram --decompress-program --decompressprogram --use-decompress-program --usedecompressprogram --failed-only --failed --no-summary --resume --resume-failed --retry-failed --resume-strict --bar --eta --progress --latest-line --ll --summary --heartbeat --group-marks --joblog-extra --joblog --jl -h --help -V --version --minversion --number-of-cpus --numberofcpus --number-of-cores --numberofcores --number-of-threads --numberofthreads --number-of-sockets --numberofsockets --max-line-length-allowed --maxlinelengthallowed --completion --shell-init -J --profile --will-cite --willcite --citation --bibtex --nn --no-notice --nonotice --plain --silent' -- "$current")
	else
		_pp_command "$COMP_CWORD"
	fi
}

complete -o bashdefault -o default -F _pp pp
