#!/bin/sh
# choices.sh: onednn times each convolution once and keeps the result; a damaged or unwritable
# file of choices does not stop it.
. "$srcdir/tests/e2e/e2e.sh"

if [ ! -e "$builddir/.libs/onednn.so" ]; then
    skip 'choices of algorithms' 'there is no onednn.so'
    exit 77
fi
export XDG_CACHE_HOME="$work/cache"
file=$XDG_CACHE_HOME/resnet-run/onednn-convolutions
big=$srcdir/share/models/fashion_mnist_small.cfg
algorithms() { "$run" summary "$big" --backend=onednn --algorithms --set train.batch=32 "$@"; }

# The convolutions in the last list whose algorithm is not direct, in one of its forms.
not_direct()
{
    sed -n '/^Algorithms/,$p' stdout | grep ' conv2d' | grep -Ev ' (direct|grouped|pointwise|stem)'
}

mkdir "$XDG_CACHE_HOME"
expect 0 'conv2d' 'the algorithms are timed' algorithms
cp stdout first
verdict 'they are kept, with the processor, the library and the shape' "$(
    head -n 1 "$file" | grep -qx 'resnet-run convolutions 2' || echo 'no first line'
    grep -q '|oneDNN [0-9.]*.*|[0-9]* threads\||fp32|forward|x [0-9 ]*|y [0-9 ]*|' "$file" ||
        head -n 3 "$file"
    ls "$XDG_CACHE_HOME"/resnet-run/*.?????? 2>/dev/null)"

cp "$file" kept
expect 0 'conv2d' 'the second start' algorithms
verdict 'it chooses the same and writes nothing' "$(
    cmp first stdout 2>&1
    cmp kept "$file" 2>&1)"

# Replaces every choice in the file by another valid one, to show that the file decides. Twice, as
# a gradient that direct kernels do not add is an operator of its own, for which there is no choice.
all_direct()
{
    awk -F '\t' -v OFS='\t' 'NR > 1 { $2 = "direct" } 1' "$1" >direct
    mv direct "$file"
}
all_direct kept
expect 0 'conv2d' 'a start with other choices in the file' algorithms
all_direct "$file"
expect 0 'conv2d' 'a start with these for all' algorithms
verdict 'the file decides' "$(not_direct)"

expect 0 'conv2d' '--conv=direct' algorithms --conv=direct
verdict 'it leaves no other' "$(not_direct)"
expect 0 'Winograd' '--conv=winograd' algorithms --conv=winograd

# --tune=off takes what was kept, and times nothing; full times anew.
timed() { grep -q 'onednn: the algorithms of [1-9][0-9]* convolutions were timed' stderr; }
expect 0 'conv2d' '--tune=off' algorithms --tune=off --verbose
verdict 'it takes what was kept' "$(not_direct; timed && show stderr)"
rm "$file"
expect 0 'conv2d' '--tune=off, where nothing was kept' algorithms --tune=off --verbose
verdict 'it times nothing, and keeps nothing' "$(timed && show stderr; cat "$file" 2>/dev/null)"
expect 0 'conv2d' 'what is not known is timed' algorithms --verbose
verdict 'the log says so' "$(timed || show stderr)"
expect 0 'conv2d' 'what is known' algorithms --verbose
verdict 'it is not timed' "$(timed && show stderr)"
expect 0 'conv2d' '--tune=full' algorithms --tune=full --verbose
verdict 'it times what is known' "$(timed || show stderr)"

# Killed while it runs: what was chosen is kept from the first step on.
rm "$file"
set -- bench "$big" --backend=onednn --set train.batch=32 --verbose
"$run" "$@" --steps=65536 >stdout 2>stderr &
pid=$!
for _ in $(seq 600); do
    [ -s "$file" ] || ! kill -0 "$pid" 2>/dev/null && break
    sleep 0.1
done
kill -KILL "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
verdict 'a run that is killed has kept its choices' "$([ -s "$file" ] || show stderr)"
expect 0 'conv2d' 'the run after it' "$run" "$@" --steps=1
verdict 'it times nothing' "$(timed && show stderr)"

# Killed while it searches: nothing is left half-written.
cp "$file" kept
is_whole() { cmp -s kept "$file" || head -n 1 "$file" | grep -qx 'resnet-run convolutions 2'; }
set -- bench "$big" --backend=onednn --tune=full --steps=1
for seconds in 0.05 0.1 0.2 0.4; do
    timeout -s KILL $seconds "$run" "$@" >killed 2>&1
    is_whole || echo "killed after $seconds s"
done >damaged
expect 0 'conv2d' 'a start after others were killed' algorithms
verdict 'the file is whole' "$(cat damaged; grep damaged stderr)"

printf 'resnet-run convolutions 2\nno tab here\n' >"$file"
touch -d '2 hours ago' "$file.Killed" "$file.Killed2" "$file-Killed"
touch "$file.Writes"
expect 0 'conv2d' 'a damaged file' algorithms
verdict 'a notice says so' "$(grep -q 'onednn-convolutions is damaged' stderr ||
    echo "it does not: $(cat stderr)")"
verdict 'it is written anew' "$(grep -q '|forward|' "$file" || show "$file")"

verdict 'what a killed writer left is removed, and nothing else' "$(
    [ ! -e "$file.Killed" ] || ls "$file.Killed"
    for other in "$file.Killed2" "$file-Killed" "$file.Writes"; do
        [ -e "$other" ] || echo "no $other"
    done)"

head -c 4096 /dev/urandom >"$file"
expect 0 'conv2d' 'a file of something else' algorithms
verdict 'it is replaced' "$(head -n 1 "$file" | grep -qx 'resnet-run convolutions 2' || echo not)"

cp "$file" kept
chmod o+w "$XDG_CACHE_HOME"
expect 0 'conv2d' 'a cache that others may write to' algorithms
verdict 'it is told' "$(
    grep -q "is not used: everybody may write to $XDG_CACHE_HOME; chmod o-w it" stderr ||
        echo "it is not: $(cat stderr)")"
verdict 'nothing is written there' "$(cmp kept "$file" 2>&1)"
chmod o-w "$XDG_CACHE_HOME"
# The memory limit is too small for all candidates together, but large enough for one plan.
rm "$file"
large() { algorithms --set train.batch=32768 --set train.eval_batch=32 --threads=1 "$@"; }
conv_lines() { sed -n '/^Algorithms of training/,/^$/p' stdout | grep ' conv2d'; }
short_of_memory() { (ulimit -v 300000 && large "$@"); }
expect 0 'conv2d' 'the rule, whose answers need no timing' large --deterministic
conv_lines >by_rule
if [ -n "${SANITIZE:-}" ]; then
    skip 'no memory to time' 'sanitizers map more than there would be'
else
    expect 0 'conv2d' 'no memory to time' short_of_memory --verbose
    verdict 'the log says so' "$(grep -q 'no memory to time' stderr || show stderr)"
    conv_lines | diff by_rule - >differences
    verdict 'the rule decides' "$(cat differences; [ -s by_rule ] || echo 'no convolutions')"
    verdict 'and its answers are not kept' "$(grep '|x 32768 ' "$file")"
fi

rm -r "$XDG_CACHE_HOME" && : >"$XDG_CACHE_HOME"
expect 0 'conv2d' 'a cache that cannot be written' algorithms
XDG_CACHE_HOME=relative
expect 0 'conv2d' 'a cache folder that is not absolute' algorithms
verdict 'nothing is written there' "$(ls -d relative 2>/dev/null)"

# oneDNN gives wrong results with fewer threads than it planned for.
expect 3 'OMP_THREAD_LIMIT is 1' 'fewer threads than were asked for' \
    env OMP_THREAD_LIMIT=1 "$run" summary "$net" --backend=onednn --algorithms --threads=2
expect 0 'onednn' 'OpenMP that may take fewer threads' env OMP_DYNAMIC=true "$run" compare \
    "$net" --backends=reference,onednn --threads=2
finish
