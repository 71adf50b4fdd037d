#!/bin/sh
# completion.sh: what bash completes for resnet-run and resnet-plugin.
. "$srcdir/tests/support/script.sh"
if ! bash -c 'mapfile -t x < <(compgen -W a -- a)' 2>/dev/null; then
    skip 'completion' 'there is no bash with programmable completion'
    exit 77
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/folder" && : >"$work/net.cfg" && : >"$work/model.safetensors" && : >"$work/notes" &&
    : >"$work/photo.jpg"
cd "$work" || exit 1

# candidates WORD...: the candidates for the last word, in one line.
candidates()
{
    PATH=$builddir:$PATH bash -c '
        compopt() { :; }
        . "$srcdir/share/completions/resnet-run.bash"
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        case $1 in *-plugin) _resnet_plugin "$1" ;; *) _resnet_run "$1" ;; esac
        echo "${COMPREPLY[*]}"' bash "$@"
}

# expect WHAT CANDIDATES WORD...
expect()
{
    what=$1 candidates=$2
    shift 2
    found=$(candidates "$@")
    verdict "$what" "$([ "$found" = "$candidates" ] || echo "$found")"
}

expect 'the commands' 'train' resnet-run tr
expect 'a cfg' 'net.cfg' resnet-run train n
expect 'a folder' 'folder' resnet-run train f
expect 'an option with a value' '--backend= --backends=' resnet-run --bac
expect 'an option without' '--dry-run' resnet-run --dr
expect 'an option whose value may be left out' '--resume' resnet-run train --resu
expect 'the value of such an option' 'auto' resnet-run train --resume = ''
expect 'another word behind it' 'net.cfg' resnet-run train --resume n
expect 'the words of a key' 'direct' resnet-run --conv = d
expect 'the words of an option' 'infer' resnet-run bench --phase i
expect 'backends, by a letter' 'reference' resnet-run -B ref
expect 'weights' 'model.safetensors' resnet-run eval -w mo
expect 'a picture' 'photo.jpg' resnet-run predict net.cfg ph
expect 'how pictures are answered' 'jsonl' resnet-run predict --format = j
expect 'an output folder' 'folder' resnet-run --output = ''
expect 'a command of resnet-plugin' 'info' resnet-plugin in
expect 'an option of resnet-plugin' '--plugin-path=' resnet-plugin --p
expect 'a plugin' 'residual' resnet-plugin info resid
expect 'a plugin, behind an option' 'residual' resnet-plugin --json why resid
expect 'an option of one command' '--plugin-path=' resnet-plugin why --p
expect 'nothing behind a command that takes nothing' '' resnet-plugin doctor r
"$builddir/resnet-run" --list-options | awk -F '\t' '$1 == "option" { print "--" $2 }' |
    sort >listed
candidates resnet-run -- | tr -d = | tr ' ' '\n' | sort >completed
verdict 'every option' "$(diff listed completed)"
{
    printf '%s\n' --help --version
    "$builddir/resnet-plugin" --list-options | awk -F '\t' '$1 == "option" { print "--" $2 }'
} | sort >listed
candidates resnet-plugin -- | tr -d = | tr ' ' '\n' | sort >completed
verdict 'every option of resnet-plugin' "$(diff listed completed)"

# Other shells.
for shell in zsh:_resnet-run fish:resnet-run.fish; do
    file=$srcdir/share/completions/${shell#*:} shell=${shell%:*}
    if ! command -v "$shell" >/dev/null 2>&1; then
        skip "completion for $shell" "there is no $shell"
        continue
    fi
    verdict "$shell reads its completion" "$("$shell" -n "$file" 2>&1)"
done
if command -v fish >/dev/null 2>&1; then
    verdict 'fish completes a command' "$(
        found=$(PATH=$builddir:$PATH fish -c ". $srcdir/share/completions/resnet-run.fish
            complete -C 'resnet-plugin inf'" | cut -f 1)
        [ "$found" = info ] || echo "$found")"
fi
finish
