# resnet-run.bash: completion of resnet-run and resnet-plugin for bash. What there is to complete
# comes from the programs: --list-options of both, and resnet-plugin list.
# shellcheck disable=SC2016 # what awk expands

# _resnet_run_rows PROGRAM CODE [OPTION]: what awk makes of the program's tables; CODE sees `option`.
_resnet_run_rows()
{
    "$1" --list-options 2>/dev/null | awk -F '\t' -v option="${3-}" "$2"
}

_resnet_run_plugins()
{
    resnet-plugin list 2>/dev/null | awk '{ print $1 }' | sort -u
}

# _resnet_run_value PROGRAM OPTION WORD [EQUALS]: completes WORD, the value of OPTION, behind which
# stands a "=" if EQUALS is given. Fails if the option has no value there.
_resnet_run_value()
{
    local program=$1 option=$2 word=$3 equals=${4-} value
    value=$(_resnet_run_rows "$program" \
        '$1 == "option" && option == "--" $2 || $3 && option == "-" $3 { print $4 }' "$option")
    case $value in
        '') return 1 ;;
        '[='*)
            [[ -n $equals ]] || return 1
            mapfile -t COMPREPLY < <(compgen -W "${value//[\[=\]]/}" -- "$word") ;;
        KIND)
            mapfile -t COMPREPLY < <(compgen -W "$(_resnet_run_rows "$program" \
                '$1 == "word" && $2 == option { print $3 }' "$option")" -- "$word") ;;
        NAME* | A,B) mapfile -t COMPREPLY < <(compgen -W "$(_resnet_run_plugins)" -- "$word") ;;
        FILE)
            mapfile -t COMPREPLY < <(compgen -f -X '!*.safetensors' -- "$word"
                compgen -d -- "$word") ;;
        FOLDER*) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    esac
}

_resnet_run()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} equals=
    # bash takes "--backend=x" apart at the "=".
    if [[ $word == "=" ]]; then
        word='' equals=1
    elif [[ $before == "=" ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]} equals=1
    fi
    if [[ $before == -* ]] && _resnet_run_value "$1" "$before" "$word" "$equals"; then
        return
    fi
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_resnet_run_rows "$1" \
            '$1 == "option" { print "--" $2 ($4 ~ /^[^[]/ ? "=" : "") }')" -- "$word")
        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
        return
    fi
    if [[ " ${COMP_WORDS[*]:1:COMP_CWORD-1} " == *" predict "* ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        compopt -o filenames
        return
    fi
    mapfile -t COMPREPLY < <(
        compgen -W "$(_resnet_run_rows "$1" '$1 == "verb" { print $2 }')" -- "$word"
        compgen -f -X '!*.cfg' -- "$word"; compgen -d -- "$word")
    compopt -o filenames
}

# What is behind the command of resnet-plugin: NAME, FILE, or words such as block|op|backend.
_resnet_plugin_operand()
{
    local verb=$1 place=$2 word=$3 program=$4 operand
    operand=$(_resnet_run_rows "$program" '$1 == "verb" && $2 == option { print $4 }' "$verb" |
        cut -d ' ' -f "$place")
    case $operand in
        NAME) mapfile -t COMPREPLY < <(compgen -W "$(_resnet_run_plugins)" -- "$word") ;;
        FILE*)
            mapfile -t COMPREPLY < <(compgen -f -X '!*.so' -- "$word"; compgen -d -- "$word")
            compopt -o filenames ;;
        *'|'*) mapfile -t COMPREPLY < <(compgen -W "${operand//|/ }" -- "$word") ;;
    esac
}

_resnet_plugin()
{
    local word=${COMP_WORDS[COMP_CWORD]} verb='' place=0 i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            -* | =) ;;
            *) [[ ${COMP_WORDS[i - 1]} == "=" ]] || { verb=${verb:-${COMP_WORDS[i]}}; ((place++)); } ;;
        esac
    done
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--help --version $(_resnet_run_rows "$1" \
            '$1 == "option" && (option == "" || index(", " $5 ",", ", " option ",")) {
                print "--" $2 ($4 == "" ? "" : "=") }' "$verb")" -- "$word")
        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
    elif [[ -z $verb ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_resnet_run_rows "$1" \
            '$1 == "verb" { print $2 }')" -- "$word")
    else
        _resnet_plugin_operand "$verb" "$place" "$word" "$1"
    fi
}

complete -F _resnet_run resnet-run
complete -F _resnet_plugin resnet-plugin
