# fish completion for pp: made by pp --completion fish

# The words from the command on; fails where the options have not ended yet.
function __pp_command
    set -l words (commandline -opc)[2..-1]
    while set -q words[1]
        switch $words[1]
            case --
                set -e words[1]
                break
            case -a --arg-file --argfile -d --delimiter -C --colsep --col-sep --header -n --max-args --maxargs -N --max-replace-args --maxreplaceargs -L -s --max-chars --maxchars -E --trim --filter --arg-sep --argsep --arg-file-sep --argfilesep -I -U --extensionreplace --er --basenamereplace --bnr --dirnamereplace --dnr --basenameextensionreplace --bner --seqreplace --slotreplace --rpl --parens --shell --env --wd --workdir --work-dir --nice --process-slot-var --processslotvar -j -P --jobs --max-procs --maxprocs --init --init-file --end --window --inflight --crash-limit --max-rss --max-age --idle --init-timeout --max-tasks --timeout --termseq --term-seq --retries --retry-delay --retry-on --halt --halt-on-error --haltonerror --delay --tagstring --tag-string --buffer --tmpdir --tempdir --callback --error-callback --callback-fails --each --events --results --res --compress-program --compressprogram --use-compress-program --usecompressprogram --decompress-program --decompressprogram --use-decompress-program --usedecompressprogram --failed --heartbeat --group-marks --joblog --jl -h --help --minversion --completion --shell-init -J --profile
                set -q words[2]
                and set -e words[1]
            case '-?*'
            case ':*'
                return 0
            case '*'
                break
        end
        set -e words[1]
    end
    set -q words[1]
    and string join -- \n $words
end

function __pp_complete_command
    set -l words (__pp_command)
    if not set -q words[1]
        __fish_complete_path (commandline -ct)
        return
    end
    complete -C (string join -- ' ' (string escape -- $words) (commandline -ct))
end

complete -c pp -f -n 'not __pp_command >/dev/null' -a '(__fish_complete_command)'
complete -c pp -n '__pp_command >/dev/null' -a '(__pp_complete_command)'
complete -c pp -n 'not __pp_command >/dev/null' -s a -l arg-file -l argfile -r -F -d 'read records from FILE (- standard input); repeatable'
complete -c pp -n 'not __pp_command >/dev/null' -s 0 -l null -d 'records end with a NUL byte instead of a newline'
complete -c pp -n 'not __pp_command >/dev/null' -s d -l delimiter -x -d 'records end with X, in which C escapes such as \\t and \\0 are known'
complete -c pp -n 'not __pp_command >/dev/null' -s C -l colsep -l col-sep -x -d 'split each record at the regular expression RE into {1}, {2}, ...'
complete -c pp -n 'not __pp_command >/dev/null' -l csv -d 'split each record into columns by the rules of CSV'
complete -c pp -n 'not __pp_command >/dev/null' -l header -x -a ':' -d 'the first record of each source names its columns: {name}'
complete -c pp -n 'not __pp_command >/dev/null' -l link -l xapply -d 'link the sources one by one instead of crossing them; shorter ones start over'
complete -c pp -n 'not __pp_command >/dev/null' -s n -l max-args -l maxargs -x -d 'up to N records a job; 0: one job each, without it'
complete -c pp -n 'not __pp_command >/dev/null' -s N -l max-replace-args -l maxreplaceargs -x -d 'up to N records a job, as {1} to {N}; a word around {} is repeated for each'
complete -c pp -n 'not __pp_command >/dev/null' -s L -x -d 'up to N lines a job; a blank at the end of a line joins the next to it'
complete -c pp -n 'not __pp_command >/dev/null' -s l -l max-lines -l maxlines -d 'as -L, but a word around {} is not repeated; one line without N, which must be attached'
complete -c pp -n 'not __pp_command >/dev/null' -s X -d 'as many records a job as fit; a word around {} is repeated for each'
complete -c pp -n 'not __pp_command >/dev/null' -s m -d 'as many records a job as fit; a word around {} is not repeated, but with -N'
complete -c pp -n 'not __pp_command >/dev/null' -l xargs -d 'as -m, but records are not shared out evenly over the jobs'
complete -c pp -n 'not __pp_command >/dev/null' -s s -l max-chars -l maxchars -x -d 'a command has at most SIZE bytes'
complete -c pp -n 'not __pp_command >/dev/null' -s x -l exit -d 'no effect: a record that does not fit into a command always ends the run'
complete -c pp -n 'not __pp_command >/dev/null' -s E -x -d 'a record that is STR ends its source; an empty STR is no end'
complete -c pp -n 'not __pp_command >/dev/null' -s e -l eof -d 'as -E, no end where STR is not given; STR must be attached'
complete -c pp -n 'not __pp_command >/dev/null' -s r -l no-run-if-empty -l norunifempty -d 'records that are empty or blank are not run'
complete -c pp -n 'not __pp_command >/dev/null' -l trim -x -a 'n l r lr rl' -d 'remove blanks from values: n none, l left, r right, lr both'
complete -c pp -n 'not __pp_command >/dev/null' -l shuf -d 'read all input first and run the jobs in random order'
complete -c pp -n 'not __pp_command >/dev/null' -l skip-first-line -l skipfirstline -d 'pass over the first record of the first source'
complete -c pp -n 'not __pp_command >/dev/null' -l filter -x -d 'run only the jobs for which the comparison holds, as in '\''{1} < {2}'\'''
complete -c pp -n 'not __pp_command >/dev/null' -l arg-sep -l argsep -x -d 'use STR instead of ::: (and STR+ instead of :::+)'
complete -c pp -n 'not __pp_command >/dev/null' -l arg-file-sep -l argfilesep -x -d 'use STR instead of :::: (and STR+ instead of ::::+)'
complete -c pp -n 'not __pp_command >/dev/null' -s I -x -d 'use STR instead of {}'
complete -c pp -n 'not __pp_command >/dev/null' -s i -l replace -d 'as -I, {} where STR is not given; STR must be attached'
complete -c pp -n 'not __pp_command >/dev/null' -s U -l extensionreplace -l er -x -d 'use STR instead of {.}'
complete -c pp -n 'not __pp_command >/dev/null' -l basenamereplace -l bnr -x -d 'use STR instead of {/}'
complete -c pp -n 'not __pp_command >/dev/null' -l dirnamereplace -l dnr -x -d 'use STR instead of {//}'
complete -c pp -n 'not __pp_command >/dev/null' -l basenameextensionreplace -l bner -x -d 'use STR instead of {/.}'
complete -c pp -n 'not __pp_command >/dev/null' -l seqreplace -x -d 'use STR instead of {#}'
complete -c pp -n 'not __pp_command >/dev/null' -l slotreplace -x -d 'use STR instead of {%}'
complete -c pp -n 'not __pp_command >/dev/null' -l plus -d 'know more replacement strings: {..}, {+/}, {%suffix}, {/old/new}, ...'
complete -c pp -n 'not __pp_command >/dev/null' -l rpl -x -d 'define a replacement string, as in '\''{noext} s/\\.[^.]+$//'\''; repeatable'
complete -c pp -n 'not __pp_command >/dev/null' -l parens -x -d 'use the two halves of STR instead of {= and =}'
complete -c pp -n 'not __pp_command >/dev/null' -l shell -x -a '(__fish_complete_command)' -d 'the command is a line for SHELL, whatever its looks'
complete -c pp -n 'not __pp_command >/dev/null' -l no-shell -d 'execute the command directly, whatever its looks'
complete -c pp -n 'not __pp_command >/dev/null' -l gnu -d 'join the words of the command to a shell line, as GNU parallel does'
complete -c pp -n 'not __pp_command >/dev/null' -s q -l quote -d 'the words of the command stay words: --gnu quotes them, else as --no-shell'
complete -c pp -n 'not __pp_command >/dev/null' -l shellquote -l shell-quote -l shell_quote -d 'print the command quoted for a shell instead of running it'
complete -c pp -n 'not __pp_command >/dev/null' -l dry-run -l dryrun -l dr -d 'print the commands instead of running them'
complete -c pp -n 'not __pp_command >/dev/null' -s t -l verbose -d 'print each command to standard error before it runs'
complete -c pp -n 'not __pp_command >/dev/null' -s v -d 'print each command to standard output in front of its output'
complete -c pp -n 'not __pp_command >/dev/null' -s p -l interactive -d 'ask on the terminal before each job'
complete -c pp -n 'not __pp_command >/dev/null' -l env -x -a '(set -nx)' -d 'pass on these variables and exported functions; all are by themselves'
complete -c pp -n 'not __pp_command >/dev/null' -l wd -l workdir -l work-dir -x -a '(__fish_complete_directories)' -d 'run the jobs in DIR'
complete -c pp -n 'not __pp_command >/dev/null' -l nice -x -d 'run the jobs with N added to their niceness'
complete -c pp -n 'not __pp_command >/dev/null' -s o -l tty -l open-tty -d 'give jobs the terminal as standard input'
complete -c pp -n 'not __pp_command >/dev/null' -l process-slot-var -l processslotvar -x -a '(set -nx)' -d 'set the variable NAME to the slot'\''s number, from 0, in each job'
complete -c pp -n 'not __pp_command >/dev/null' -s j -s P -l jobs -l max-procs -l maxprocs -r -F -d 'N jobs at a time: N, N% or +N, -N of processors, 0 all'
complete -c pp -n 'not __pp_command >/dev/null' -l init -x -a '(__fish_complete_command)' -d 'run the line CMD first in each new worker; repeatable'
complete -c pp -n 'not __pp_command >/dev/null' -l init-file -r -F -d 'run the lines of FILE first in each new worker, before those of --init; repeatable'
complete -c pp -n 'not __pp_command >/dev/null' -l worker -a 'line mark fd frame json' -d 'the command stays and takes one task after another'
complete -c pp -n 'not __pp_command >/dev/null' -l end -x -d 'a worker'\''s own mark at the end of an answer, instead of that in $PP_END'
complete -c pp -n 'not __pp_command >/dev/null' -l window -x -d 'hand up to N tasks to a worker ahead, instead of as many as their time allows'
complete -c pp -n 'not __pp_command >/dev/null' -l inflight -x -d 'a worker executes N tasks at the same time (frame and json)'
complete -c pp -n 'not __pp_command >/dev/null' -l crash-limit -x -d 'a task whose worker dies is lost after N tries; 3 where not given'
complete -c pp -n 'not __pp_command >/dev/null' -l pty -d 'a worker'\''s standard output is a terminal, for programs that buffer otherwise'
complete -c pp -n 'not __pp_command >/dev/null' -l max-rss -x -d 'replace a worker that has grown above SIZE, between two tasks'
complete -c pp -n 'not __pp_command >/dev/null' -l max-age -x -d 'replace a worker that is older than T, between two tasks'
complete -c pp -n 'not __pp_command >/dev/null' -l idle -x -d 'end a worker that had nothing to do for T'
complete -c pp -n 'not __pp_command >/dev/null' -l init-timeout -x -d 'a worker that is not ready after T is replaced'
complete -c pp -n 'not __pp_command >/dev/null' -l max-tasks -x -d 'replace a worker after N tasks'
complete -c pp -n 'not __pp_command >/dev/null' -l timeout -x -d 'end a job after T: seconds, 1.5m, N% of the median'
complete -c pp -n 'not __pp_command >/dev/null' -l termseq -l term-seq -x -d 'how a job is ended: signals and milliseconds in turn, as in TERM,200,KILL'
complete -c pp -n 'not __pp_command >/dev/null' -l retries -x -d 'try a job up to N times in all until it succeeds'
complete -c pp -n 'not __pp_command >/dev/null' -l retry-delay -x -d 'wait T before the second try, twice as long before each further one'
complete -c pp -n 'not __pp_command >/dev/null' -l retry-on -x -d 'try again only after these: exit statuses, signals, timeout, lost'
complete -c pp -n 'not __pp_command >/dev/null' -l halt -l halt-on-error -l haltonerror -x -d 'stop early: now,fail=1 soon,success=3 soon,done=50%'
complete -c pp -n 'not __pp_command >/dev/null' -l delay -x -d 'wait T between two starts'
complete -c pp -n 'not __pp_command >/dev/null' -l group -d 'print each job'\''s output whole when it ends (the default)'
complete -c pp -n 'not __pp_command >/dev/null' -s k -l keep-order -l keeporder -d 'print output in the order of the input'
complete -c pp -n 'not __pp_command >/dev/null' -l no-keep-order -l nokeeporder -d 'print output as jobs end, in spite of an earlier -k'
complete -c pp -n 'not __pp_command >/dev/null' -l line-buffer -l linebuffer -l line-buffered -l linebuffered -l lb -d 'print whole lines as they come'
complete -c pp -n 'not __pp_command >/dev/null' -s u -l ungroup -d 'let jobs write straight through, their output may mix'
complete -c pp -n 'not __pp_command >/dev/null' -l tag -d 'put the job'\''s values and a tab in front of each line'
complete -c pp -n 'not __pp_command >/dev/null' -l tagstring -l tag-string -x -d 'put STR and a tab in front of each line; replacement strings are known'
complete -c pp -n 'not __pp_command >/dev/null' -l buffer -x -d 'memory for held output, 16M by default; more goes to a temporary file'
complete -c pp -n 'not __pp_command >/dev/null' -l tmpdir -l tempdir -x -a '(__fish_complete_directories)' -d 'where that temporary file goes, instead of $TMPDIR or /tmp'
complete -c pp -n 'not __pp_command >/dev/null' -l callback -x -a '(__fish_complete_command)' -d 'run CMD for each job that succeeds, with its output as input'
complete -c pp -n 'not __pp_command >/dev/null' -l error-callback -x -a '(__fish_complete_command)' -d 'run CMD for each job that fails, with its output as input'
complete -c pp -n 'not __pp_command >/dev/null' -l callback-fails -x -a 'job run ignore' -d 'a failing callback fails its job (the default), the run, or nothing: ignore'
complete -c pp -n 'not __pp_command >/dev/null' -l each -x -a '(__fish_complete_command)' -d 'one program CMD reads all that would be printed'
complete -c pp -n 'not __pp_command >/dev/null' -l json -d 'print a JSON object for each finished job, output in it'
complete -c pp -n 'not __pp_command >/dev/null' -l events -r -F -d 'write what happens as lines of JSON to FILE, or a descriptor'\''s number'
complete -c pp -n 'not __pp_command >/dev/null' -l results -l res -r -F -d 'keep output in files below the directory NAME; or rows in NAME.csv, .tsv, .json'
complete -c pp -n 'not __pp_command >/dev/null' -l files -l output-as-files -l outputasfiles -d 'keep output in files, and print their names'
complete -c pp -n 'not __pp_command >/dev/null' -l compress -d 'compress the files of --results and --files with zstd, lz4 or gzip'
complete -c pp -n 'not __pp_command >/dev/null' -l compress-program -l compressprogram -l use-compress-program -l usecompressprogram -x -a '(__fish_complete_command)' -d 'as --compress, with the filter CMD'
complete -c pp -n 'not __pp_command >/dev/null' -l decompress-program -l decompressprogram -l use-decompress-program -l usedecompressprogram -x -a '(__fish_complete_command)' -d 'no effect: pp reads no compressed file'
complete -c pp -n 'not __pp_command >/dev/null' -l failed-only -d 'print the output of failed jobs only'
complete -c pp -n 'not __pp_command >/dev/null' -l failed -r -F -d 'write the records of failed jobs to FILE, as input for another run'
complete -c pp -n 'not __pp_command >/dev/null' -l no-summary -d 'no list of the failed jobs at the end'
complete -c pp -n 'not __pp_command >/dev/null' -l resume -d 'pass over the jobs that are in the log of --joblog already'
complete -c pp -n 'not __pp_command >/dev/null' -l resume-failed -d 'as --resume, but run those again that failed'
complete -c pp -n 'not __pp_command >/dev/null' -l retry-failed -d 'run the failed jobs of the log again, by its commands'
complete -c pp -n 'not __pp_command >/dev/null' -l resume-strict -d 'a job that is another one than in the log ends the run'
complete -c pp -n 'not __pp_command >/dev/null' -l bar -d 'show a bar of the jobs that are done, at the bottom of the terminal'
complete -c pp -n 'not __pp_command >/dev/null' -l eta -d 'show the time that is left, and counts of jobs'
complete -c pp -n 'not __pp_command >/dev/null' -l progress -d 'show counts of jobs'
complete -c pp -n 'not __pp_command >/dev/null' -l latest-line -l ll -d 'show the latest line of each running job; only the last one of each is printed'
complete -c pp -n 'not __pp_command >/dev/null' -l summary -d 'tell at the end how many jobs ran, and what they took'
complete -c pp -n 'not __pp_command >/dev/null' -l heartbeat -x -d 'a line of life on standard error after silence of T, where it is no terminal'
complete -c pp -n 'not __pp_command >/dev/null' -l group-marks -x -a 'github gitlab none' -d 'fold each job'\''s output in the log of a CI service: github, gitlab or none'
complete -c pp -n 'not __pp_command >/dev/null' -l joblog-extra -d 'the log has columns of processor time, memory and tries too'
complete -c pp -n 'not __pp_command >/dev/null' -l joblog -l jl -r -F -d 'write a line for each job to FILE; +FILE appends'
complete -c pp -n 'not __pp_command >/dev/null' -s h -l help -x -a 'jobs command pool policy output about all' -d 'print help and end; TOPIC: jobs, command, pool, policy, output, about, all'
complete -c pp -n 'not __pp_command >/dev/null' -s V -l version -d 'print the version and end'
complete -c pp -n 'not __pp_command >/dev/null' -l minversion -x -d 'print the version and end, with status 255 where it is older than VERSION'
complete -c pp -n 'not __pp_command >/dev/null' -l number-of-cpus -l numberofcpus -d 'print how many processors pp may use, the default of -j, and end'
complete -c pp -n 'not __pp_command >/dev/null' -l number-of-cores -l numberofcores -d 'print how many cores the machine has, and end'
complete -c pp -n 'not __pp_command >/dev/null' -l number-of-threads -l numberofthreads -d 'print how many hardware threads the machine has, and end'
complete -c pp -n 'not __pp_command >/dev/null' -l number-of-sockets -l numberofsockets -d 'print how many processor sockets the machine has, and end'
complete -c pp -n 'not __pp_command >/dev/null' -l max-line-length-allowed -l maxlinelengthallowed -d 'print how many bytes a shell line may have, and end'
complete -c pp -n 'not __pp_command >/dev/null' -l completion -x -a 'bash zsh fish' -d 'print the completion script for bash, zsh or fish, and end'
complete -c pp -n 'not __pp_command >/dev/null' -l shell-init -x -a 'bash zsh ksh fish' -d 'print a function pp for bash, zsh, ksh or fish that gives jobs its functions and variables'
complete -c pp -n 'not __pp_command >/dev/null' -s J -l profile -x -d 'read options from the file NAME in the configuration directory'
complete -c pp -n 'not __pp_command >/dev/null' -l will-cite -l willcite -l citation -l bibtex -l nn -l no-notice -l nonotice -d 'no effect: taken for scripts written for GNU parallel'
complete -c pp -n 'not __pp_command >/dev/null' -l plain -l silent -d 'no effect: taken for scripts written for GNU parallel'
