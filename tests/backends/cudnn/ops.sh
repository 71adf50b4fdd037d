#!/bin/sh
# ops.sh: operators and gradients on cudnn, with the stand-ins for NVIDIA's libraries, in fp32,
# tf32, bf16 and fp16; what NVIDIA's compiler makes of their kernels; which convolution algorithms
# are timed, and when.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/backends/cudnn/standins.sh"
only_cudnn
OP_BACKENDS_FASTEST=1
programs=${CUDASIM_PROGRAMS:=$work/programs}
export OP_BACKENDS_FASTEST CUDASIM_PROGRAMS
mkdir -p "$programs"
if is_long; then
    program test_ops_cross
else
    # Of what test_ops has, too, only that.
    program test_ops_cross batch_norm_pair 'relu*' 'activation*' multiply add slice lookup \
        subsample concat linear 'soft*' 'losses*' 'dropout, byte*' 'sgd*' check_finite reorder \
        drop_path 'adamw*' 'lamb*' 'lars*' 'rmsprop*' blend square_sum 'clip_*'
fi
for name in test_ops test_ops_row test_gradients; do program "$name"; done
# Once more, with algorithms by the clock instead of those by rule.
export OP_BACKENDS_TIMED=1
program test_ops 'conv2d*'
unset OP_BACKENDS_TIMED
unset OP_BACKENDS_FASTEST CUDASIM_PROGRAMS

archs=90
if is_long; then archs=75,80,90,100,120; fi
python3 "$srcdir/tests/gpu/kernels.py" --archs="$archs" "$programs" >kernels.log 2>&1
case $? in
    0) verdict 'no kernel spills registers' '' ;;
    77) skip 'no kernel spills registers' "$(cat kernels.log)" ;;
    *) verdict 'no kernel spills registers' "$(cat kernels.log)" ;;
esac

# The fastest algorithm is found at the first start, and cached.
summary() { "$run" summary "$net" --algorithms --backend=cudnn "$@"; }
timed() { echo $(($(calls cudnnFindConvolutionForwardAlgorithmEx) +
    $(calls cudnnFindConvolutionBackwardDataAlgorithmEx) +
    $(calls cudnnFindConvolutionBackwardFilterAlgorithmEx))); }
expect 0 ', FMA' 'algorithms by the clock' summary
verdict 'they are timed' "$([ "$(timed)" -gt 3 ] || echo "$(timed) were")"
verdict 'nothing is left' "$(blame)"
cp stdout first
expect 0 ', FMA' 'algorithms that were kept' summary
verdict 'none is timed' "$([ "$(timed)" = 0 ] || echo "$(timed) were")"
verdict 'they are the same' "$(diff first stdout)"
expect 0 '' 'anew' summary --tune=full
verdict 'they are timed again' "$([ "$(timed)" -gt 3 ] || echo "$(timed) were")"
expect 0 '' 'by cuDNN'\''s rules' summary --tune=off --precision=bf16
verdict 'none is timed by rule' "$([ "$(timed)" = 0 ] || echo "$(timed) were")"
finish
