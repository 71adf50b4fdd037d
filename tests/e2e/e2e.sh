# e2e.sh: shared by the scripts that run the whole program. They work in an empty folder, which is
# removed at the end, on the first images of Fashion-MNIST.
. "$srcdir/tests/support/script.sh"
case $builddir in /*) ;; *) builddir=$(pwd)/$builddir ;; esac
run=$builddir/resnet-run
net=$srcdir/tests/config/nets/dropout.cfg
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1

# expect STATUS WORDS WHAT COMMAND...: checks the exit status and, for a failure, that standard
# error is one line that contains the words.
expect()
{
    status=$1 words=$2 what=$3
    shift 3
    "$@" >stdout 2>stderr
    found=$?
    offenders=
    [ "$found" = "$status" ] || offenders="exit status $found, not $status"
    if [ "$status" != 0 ]; then
        [ "$(wc -l <stderr)" = 1 ] || offenders="$offenders; not one line on standard error"
        grep -qF -- "$words" stderr || offenders="$offenders; no \"$words\""
    elif [ -n "$words" ]; then
        grep -qF -- "$words" stdout || offenders="$offenders; no \"$words\""
    fi
    [ -z "$offenders" ] || offenders="$offenders:
$(tail -n 5 stderr)"
    verdict "$what" "$offenders"
}

# losses RUN: those of its metrics.
losses()
{
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /loss/) column[i] = 1 }
        NR > 1 { for (i = 1; i <= NF; i++) if (i in column) print $i }' "$1/metrics.csv"
}

# near A B LIMIT: losses of two runs that differ by more.
near()
{
    losses "$1" >losses_of_a
    losses "$2" >losses_of_b
    [ -s losses_of_a ] || echo "no losses in $1"
    paste losses_of_a losses_of_b |
        awk -v limit="$3" '{ d = $1 - $2; if (!(d <= limit && d >= -limit)) print $1 " and " $2 }'
}

# on BACKEND COMMAND...: cudnn finds the stand-ins where it has no libraries of its own.
on()
{
    standins=
    [ "$1" != cudnn ] || standins=$builddir/tests/cudasim/lib
    shift
    LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}:$standins \
        CUDASIM_CACHE=${CUDASIM_CACHE:-$work/cudasim} "$@"
}

# is_json WHAT FILE
is_json()
{
    if command -v python3 >/dev/null; then
        verdict "$1" "$(python3 -m json.tool "$2" 2>&1 >/dev/null)"
    else
        skip "$1" 'there is no python3 to read it'
    fi
}

# Ends the script if there is no data to train on.
need_data()
{
    "$run" train "$net" --dry-run --output=dry >stdout 2>stderr
    [ $? = 4 ] || return 0
    skip "$1" "$(cat stderr)"
    exit 77
}

# The contents of a safetensors file except times and the name of the run: the items of its header
# (which is padded with spaces) and a checksum of its tensors.
contents()
{
    length=$(od -An -tu8 -N8 "$1" | tr -d ' ')
    head -c $((length + 8)) "$1" | tail -c "$length" | tr ',' '\n' |
        sed -e 's/ *$//' -e '/time_s"/d' -e 's/"run":"[^"]*"//'
    tail -c +$((length + 9)) "$1" | cksum
}

# same_tensors A B: two safetensors files hold the same tensors; their metadata may differ.
same_tensors()
{
    [ "$(contents "$1" | tail -n 1)" = "$(contents "$2" | tail -n 1)" ] ||
        echo "the tensors of $1 and $2 differ"
}

# The part of a training run that two equal runs must share. The best weights may be of the time
# before the run was resumed with another cfg, which they hold.
results()
{
    contents "$1/checkpoint.safetensors"
    contents "$1/model.safetensors"
    [ ! -e "$1/best.safetensors" ] || contents "$1/best.safetensors" | tail -n 1
    cut -d, -f1-7,11-13 "$1/metrics.csv"
}

# same_results A B WHAT
same_results()
{
    results "$1" >one
    results "$2" >two
    verdict "$3" "$(diff one two 2>&1 | head -n 10)"
}
