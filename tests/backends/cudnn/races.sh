#!/bin/sh
# races.sh: no race between the threads or the blocks of cudnn's own kernels, as the stand-ins find
# them (tests/cudasim/races.h), in the tests of operators and in steps of a network.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/backends/cudnn/standins.sh"
only_cudnn
export CUDASIM_RACES=1 OP_BACKENDS_FASTEST=1
program test_ops # those of test_ops_cross are too large for this
need_data 'steps without races'
for precision in fp32 bf16; do
    expect 0 '' "steps in $precision" "$run" train "$net" --backend=cudnn --quiet \
        --precision=$precision --set=train.max_steps=3 --output=$precision
    verdict "no races in $precision" "$(blame)"
done
finish
