# resnet-run.bash: completion of resnet-run and resnet-plugin for bash.

_resnet_run_plugins()
{
    resnet-plugin list 2>/dev/null | awk '{ print $1 }'
}

_resnet_run()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    # bash takes "--backend=x" apart at the "=".
    if [[ $word == "=" ]]; then
        word=
    elif [[ $before == "=" ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    case $before in
        --backend | -B | --backends)
            mapfile -t COMPREPLY < <(compgen -W "$(_resnet_run_plugins)" -- "$word")
            return ;;
        --phase)
            mapfile -t COMPREPLY < <(compgen -W "infer train-step" -- "$word")
            return ;;
        --precision)
            mapfile -t COMPREPLY < <(compgen -W "fp32 tf32 bf16 fp16" -- "$word")
            return ;;
        --conv)
            mapfile -t COMPREPLY < <(compgen -W "auto direct winograd" -- "$word")
            return ;;
        --tune)
            mapfile -t COMPREPLY < <(compgen -W "off quick full" -- "$word")
            return ;;
        --weights | -w)
            mapfile -t COMPREPLY < <(compgen -f -X '!*.safetensors' -- "$word"
                compgen -d -- "$word")
            return ;;
        --output | -o | --plugin-path)
            mapfile -t COMPREPLY < <(compgen -d -- "$word")
            return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--backend= --set --output= --seed= --threads=
            --precision= --conv= --tune= --deterministic --resume --overwrite
            --allow-changed --weights= --count= --backends=
            --phase= --batch= --limit= --steps= --warmup= --loader --algorithms
            --dry-run --plugin-path= --json --quiet --verbose --help --version" \
            -- "$word")
        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "train eval predict summary compare bench" -- "$word"
        compgen -f -X '!*.cfg' -- "$word"; compgen -d -- "$word")
    compopt -o filenames
}

_resnet_plugin()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    if [[ $before == info ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_resnet_run_plugins)" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -W "list info --plugin-path= --json --help --version" \
            -- "$word")
    fi
}

complete -F _resnet_run resnet-run
complete -F _resnet_plugin resnet-plugin
