# resnet-run.fish: completion of resnet-run and resnet-plugin for fish. What there is to complete
# comes from the programs: --list-options of both, and resnet-plugin list.

function __resnet_run_plugins
    resnet-plugin list 2>/dev/null | awk '/^[a-z0-9_]/ && NF > 1 { print $1 }' | sort -u
end

# The words that stand before the cursor and are no options; the first is the program.
function __resnet_run_words
    string match -v -- '-*' (commandline -opc)
end

# What the verb takes at this place: NAME, FILE, or words such as block|op|backend.
function __resnet_plugin_operands
    set -l words (__resnet_run_words)
    test (count $words) -ge 2; or return
    set -l place (math (count $words) - 1)
    set -l operand (resnet-plugin --list-options 2>/dev/null | awk -F '\t' -v verb=$words[2] \
        '$1 == "verb" && $2 == verb { print $4 }' | cut -d ' ' -f $place)
    switch "$operand"
        case NAME
            __resnet_run_plugins
        case 'FILE*'
            __fish_complete_suffix .so
        case '*|*'
            string split '|' -- $operand
    end
end

# __resnet_run_options PROGRAM: its verbs and options.
function __resnet_run_complete
    set -l program $argv[1]
    for row in ($program --list-options 2>/dev/null)
        set -l part (string split \t -- $row)
        switch $part[1]
            case verb
                complete -c $program -n 'test (count (__resnet_run_words)) = 1' -f -a $part[2] \
                    -d "$part[3]"
            case option
                set -l flags -l $part[2] -d "$part[6]"
                test -z "$part[3]"; or set -a flags -s $part[3]
                switch "$part[4]"
                    case ''
                    case 'NAME*' A,B
                        set -a flags -x -a '(__resnet_run_plugins)'
                    case '[=*'
                        set -a flags -f
                    case '*'
                        set -a flags -r
                end
                complete -c $program $flags
            case word
                if string match -q -- '--*' $part[2]
                    complete -c $program -l (string sub -s 3 -- $part[2]) -x -a $part[3]
                end
        end
    end
end

__resnet_run_complete resnet-run
__resnet_run_complete resnet-plugin
complete -c resnet-plugin -f -a '(__resnet_plugin_operands)'
