#!/bin/sh
# own_ops.sh: a network with operators of a plugin trains, resumes, is compared and timed on every
# backend; where it is computed in host memory, this is said once, and --strict refuses it.
. "$srcdir/tests/e2e/e2e.sh"
mkdir -m 755 plugins
if ! ${CC:-cc} -std=gnu11 -fPIC -shared -fvisibility=hidden -I"$srcdir/include" \
    "$srcdir/tests/plugin/ops/own.c" -o plugins/own.so -lm 2>stderr; then
    not_ok 'the plugin compiles'
    cat stderr
    finish
fi
chmod 755 plugins/own.so
export RESNET_PLUGIN_PATH="$work/plugins:$builddir/.libs"

cat >own.cfg <<END
network = {
  input = { channels = 1; height = 16; width = 16; };
  classes = 10;
  layers = (
    { block = "conv2d"; name = "conv1"; channels = 10; kernel = 3; stride = 2; padding = 1; },
    { block = "own/prelu"; name = "act1"; },
    { block = "own/shift"; },
    { block = "own/halves"; name = "sum"; },
    { block = "conv2d"; name = "conv2"; channels = 8; kernel = 3; padding = 1; },
    { block = "batch_norm"; name = "bn2"; },
    { block = "own/tanh"; scale = 1.5; },
    { block = "own/halves"; name = "first"; both = false; },
    { block = "global_avg_pool"; }, { block = "flatten"; }, { block = "linear"; name = "fc"; }
  );
};
run = { seed = 7; };
data = { train_limit = 320; validation_limit = 100; mean = 0.0; std = 1.0; };
train = { epochs = 2; batch = 32; learning_rate = 0.05; momentum = 0.9; };
END

# has_composed BACKEND: has it what the gradient of own/tanh is composed of? Sets `own` to the cfg.
grep -v 'own/tanh\|both = false' own.cfg >plain.cfg
has_composed()
{
    own=own.cfg
    "$builddir/resnet-plugin" info "$1" >offers 2>&1
    grep -qw activation offers && grep -qw multiply offers && return
    own=plain.cfg
    skip "a composed gradient on $1" 'it has no activation or no multiply'
}

expect 0 'own/prelu_grad: The gradients of prelu.' 'info lists the operators' \
    "$builddir/resnet-plugin" info own
expect 0 '' 'info as JSON' "$builddir/resnet-plugin" info own --json
is_json 'info is JSON' stdout
expect 0 '' 'summary knows the parameters' "$run" summary own.cfg --algorithms
verdict 'a parameter of a block counts' "$(grep -q '^act1 .* 10 ' stdout || grep act1 stdout)"

for backend in cpu_blas onednn opencl cudnn; do
    [ -f "$builddir/.libs/$backend.so" ] ||
        { skip "own operators on $backend" 'not built'; continue; }
    if ! on $backend "$run" summary own.cfg --backend=$backend >stdout 2>stderr; then
        skip "own operators on $backend" "$(cat stderr)"
        continue
    fi
    has_composed $backend
    for phase in infer train-step; do
        expect 0 '' "compare of $phase on $backend" on $backend "$run" compare $own \
            --backends=reference,$backend --phase=$phase --batch=4
    done
    case $backend in
        cpu_blas | onednn)
            expect 0 '' "--strict on $backend" "$run" summary own.cfg --backend=$backend --strict
            continue ;;
    esac
    expect 3 'own/shift): it has no source for backend' "--strict on $backend" \
        on $backend "$run" summary own.cfg --backend=$backend --strict
done

expect 0 'each of the' 'bisect tries operators of plugins' \
    "$run" bisect own.cfg --backend=cpu_blas --batch=2
expect 0 '' 'bench' "$run" bench own.cfg --backend=cpu_blas --batch=4 --phase=train-step

need_data 'training with own operators'
for backend in reference cpu_blas opencl; do
    [ -f "$builddir/.libs/$backend.so" ] || { skip "training on $backend" 'not built'; continue; }
    "$run" summary own.cfg --backend=$backend >stdout 2>stderr ||
        { skip "training on $backend" "$(cat stderr)"; continue; }
    has_composed $backend
    # Another test may keep other choices of the clock for opencl between two of these starts.
    set -- $own --backend=$backend --threads=2 --tune=off --quiet
    expect 0 '' "20 steps on $backend" "$run" train "$@" --output=straight
    said=$(grep -c 'own/shift has no source' stderr)
    case $backend in opencl) wanted=1 ;; *) wanted=0 ;; esac
    verdict "copies are said of once on $backend" "$([ "$said" = $wanted ] || show stderr)"
    expect 0 '' "stopping on $backend" "$run" train "$@" --set=train.max_steps=7 \
        --output=stopped
    expect 0 '' "resuming on $backend" "$run" train "$@" --output=stopped --resume
    same_results straight stopped "the same results after 7 steps on $backend"
    rm -rf straight stopped
done

# The loss of an epoch is a mean over all ranks.
two_devices()
{
    export CUDASIM_DEVICES=2
    for devices in cudnn cudnn:0,1; do
        expect 0 '' "an epoch on $devices" on cudnn "$run" train plain.cfg --backend=$devices \
            --set=train.epochs=1 --quiet --output=$devices
        tail -n 1 $devices/metrics.csv | cut -d, -f4
    done >losses
    verdict 'two devices take the same steps as one' "$(awk '
        /^[0-9]/ { loss[n++] = $1 }
        END { d = loss[0] - loss[1]; if (n != 2 || d * d > 1e-10) print loss[0], loss[1] }' losses
        grep '^not ok' losses)"
}
if on cudnn "$run" summary plain.cfg --backend=cudnn >stdout 2>stderr; then
    two_devices
else
    skip 'several devices' "$(cat stderr)"
fi

expect 0 '' 'a run to continue from' "$run" train own.cfg --quiet --output=kept
expect 0 'top-1' 'eval by the weights' "$run" eval kept/model.safetensors
expect 4 'which is a own/prelu' 'no ONNX of such a network' \
    "$run" convert own.cfg own.onnx --output=kept --quiet
grow='train.grow=({epoch=1;stage="tail";add=1;})'
sed 's|^    { block = "own/shift"; },|    { stage = "tail"; block = "own/shift"; repeat = 1; },|' \
    own.cfg >grow.cfg
expect 2 'tail.1 (own/shift) does not add its unchanged input' 'growth by such a block is refused' \
    "$run" train grow.cfg --quiet --output=grown --set="$grow"
finish
