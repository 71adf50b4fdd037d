#!/bin/sh
# check.sh: resnet-plugin check finds each of the mistakes in tests/validate/planted by the right
# test, and none in the plugins without one. Prints the table of mistakes and tests.
. "$srcdir/tests/e2e/e2e.sh"
plugin=$builddir/resnet-plugin
planted=$srcdir/tests/validate/planted
export RESNET_PLUGIN_PATH="$builddir/.libs"
cc=${CC:-cc}

# compile SOURCE MISTAKE FLAGS...: the folder MISTAKE gets planted.so.
compile()
{
    source=$1 mistake=$2
    shift 2
    mkdir -p "$mistake"
    $cc -std=gnu11 -O1 -fPIC -shared -fvisibility=hidden -I"$srcdir/include" \
        -DREFERENCE="\"$builddir/.libs/reference.so\"" -DMISTAKE="$mistake" -D"PLANT_$mistake" \
        "$@" -o "$mistake/planted.so" "$planted/$source.c" -lm -ldl -lpthread 2>compile.log
}

# finds STATUS TEST SOURCE MISTAKE FLAGS...: this test fails, with this exit status. In full, the
# others of its kind run as well.
finds()
{
    wanted=$1 expected=$2 name=$3/$4
    shift 2
    if ! compile "$@"; then
        verdict "$name compiles" "$(cat compile.log)"
        return
    fi
    tests=$expected
    is_long && tests="${expected%%.*}.*"
    "$plugin" check "$mistake/planted.so" --only="$tests" >stdout 2>stderr
    found=$?
    failed=$(sed -n 's/^FAIL  \([a-z_.]*\) .*/\1/p' stdout | tr '\n' ' ')
    printf '    %-36s %s\n' "$name" "$failed"
    offenders=
    [ $found = "$wanted" ] || offenders="exit status $found, expected $wanted"
    case " $failed" in
        *" $expected "*) ;;
        *) offenders="$offenders
$expected does not fail
$(cat stdout stderr)" ;;
    esac
    verdict "$expected finds $name" "$offenders"
}

# sound SOURCE: without a mistake nothing fails.
sound()
{
    if ! compile "$1" none; then
        verdict "$1 compiles" "$(cat compile.log)"
        return
    fi
    "$plugin" check none/planted.so --junit=junit.xml >stdout 2>stderr
    found=$?
    verdict "$1 without a mistake passes" "$([ $found = 0 ] || cat stdout stderr)"
}

blocks()
{
    finds 1 file.exports block exports_more
    finds 1 file.code block text_relocations -Wl,-z,notext
    finds 1 file.stack block executable_stack -Wl,-z,execstack
    finds 3 file.needs block needs_the_program -Wl,-z,lazy
    finds 3 loading.loads block fast_floats -ffast-math
    finds 1 loading.loads block prints_while_loading
    finds 1 loading.twice block changes_its_name
    finds 1 loading.older block reads_past_the_host_table
    finds 1 loading.older block writes_past_the_plugin_table
    finds 1 loading.memory block entry_without_memory
    finds 1 block.builds block prints_while_building
    finds 1 block.builds block builds_never
    finds 1 block.builds block fails_without_a_reason
    finds 1 block.builds block changes_the_folder
    finds 1 block.builds block changes_the_umask
    finds 1 block.builds block changes_the_environment
    finds 1 block.builds block changes_the_floating_point_mode
    finds 1 block.repeatable block counts_its_builds
    finds 1 block.repeatable block remembers_a_shape
    finds 1 block.attributes block ignores_an_attribute
    finds 1 block.attributes block divides_by_an_attribute
    finds 1 block.shapes block dies_of_small_images
    finds 1 block.shapes block wrong_status_for_shapes
    finds 1 block.shapes block steps_through_pixels
    finds 1 block.older block calls_a_later_slot
    finds 1 block.memory block build_without_memory
    finds 1 block.memory block leaks_in_build
}

operators()
{
    finds 1 operator.shapes operator wrong_status_for_shapes
    finds 1 operator.run operator leaves_the_last_element
    finds 1 operator.run operator writes_past_the_end
    finds 1 operator.run operator writes_past_its_workspace
    finds 1 operator.run operator changes_its_input
    finds 1 operator.run operator adds_to_what_was_there
    finds 1 operator.run operator depends_on_threads
    finds 1 operator.gradient operator half_a_gradient
    finds 1 block.gradient operator half_a_gradient
    if [ -f "$builddir/.libs/opencl.so" ] && "$plugin" info opencl | grep -q '^ *opencl:0: '; then
        finds 1 operator.kernels operator another_kernel
    else
        skip 'operator.kernels finds operator/another_kernel' 'opencl has no device here'
    fi
}

backends()
{
    finds 1 backend.convolutions backend last_element_of_conv2d
    finds 1 backend.convolutions backend scale_of_conv2d_grad_weight
    finds 1 backend.convolutions backend writes_after_conv2d
    finds 1 backend.elements backend writes_after_the_workspace
    finds 1 backend.norms backend stale_statistics
    finds 1 backend.norms backend sign_of_batch_norm_grad
    finds 1 backend.pools backend border_of_avg_pool
    finds 1 backend.pools backend index_of_max_pool
    finds 1 backend.losses backend mean_of_the_loss
    finds 1 backend.losses backend scale_of_dlogits
    finds 1 backend.losses backend bias_of_linear
    finds 1 backend.elements backend mask_of_relu_grad
    finds 1 backend.elements backend order_of_concat
    finds 1 backend.elements backend changes_an_input
    finds 1 backend.updates backend decay_of_adamw
    finds 1 backend.updates backend rate_of_sgd
    finds 1 backend.finite backend hides_nan
    finds 1 backend.answers backend another_answer
    finds 1 backend.answers backend declines_in_prepare
    finds 1 backend.deterministic backend random_bits
    finds 1 backend.deterministic backend needs_clean_memory
    finds 1 backend.in_place backend false_in_place
    finds 1 backend.allocations backend allocates_in_run
    finds 1 backend.leaks backend leaks_a_context
    finds 1 backend.leaks backend leaks_a_file
    finds 1 backend.leaks backend leaks_a_thread
    finds 1 backend.memory backend opens_without_memory
    finds 1 backend.memory backend prepares_without_memory
    finds 1 backend.operators backend lists_what_it_declines
    finds 1 backend.operators backend accepts_what_it_does_not_list
    finds 1 backend.operators backend declines_without_a_reason
    finds 1 backend.devices backend opens_any_device
    finds 1 backend.devices backend opens_any_precision
    finds 1 backend.devices backend unfinished_name
    finds 1 backend.devices backend reads_past_the_parameters
    finds 1 backend.contexts backend one_context
    finds 1 backend.contexts backend shares_state_of_contexts
    finds 1 backend.threads backend keeps_to_one_thread
    finds 1 backend.ranks backend statistics_of_one_rank
    finds 1 backend.ranks backend heeds_no_failed_sum
}

transports()
{
    finds 1 transport.opens transport no_library
    finds 1 transport.opens transport takes_a_signal
    finds 1 transport.opens transport wrong_process
    finds 1 transport.opens transport writes_past_the_info
    finds 1 transport.opens transport no_connection
    finds 1 transport.opens transport crashes_in_close
    finds 1 transport.exchanges transport forgets_the_factor
    finds 1 transport.exchanges transport adds_bf16_as_integers
    finds 1 transport.exchanges transport writes_past_the_numbers
    finds 1 transport.exchanges transport reads_old_numbers
    finds 1 transport.exchanges transport never_done
    finds 1 transport.notes transport cuts_notes
    finds 1 transport.notes transport turns_notes_round
    finds 1 transport.notes transport sees_ghosts
}

# shipped NAME...: the plugins of this build pass.
shipped()
{
    for name; do
        if [ ! -f "$builddir/.libs/$name.so" ]; then
            skip "$name passes" "$name.so was not built (see configure)"
            continue
        elif [ "$name" = cudnn ] && [ ! -f "$builddir/tests/cudasim/lib/libcudasim.so" ]; then
            skip 'cudnn passes' 'the stand-ins were not built (see configure)'
            continue
        fi
        on "$name" "$plugin" check "$builddir/.libs/$name.so" >stdout 2>stderr
        found=$?
        verdict "$name passes" "$([ $found = 0 ] || cat stdout stderr)"
        no_device=$(sed -n 's/^ *\(its backend has no device here.*\)/\1/p' stdout)
        [ -z "$no_device" ] || skip "the backend of $name passes" "$no_device"
    done
}

# The forms of reports, of a plugin with a mistake.
reports()
{
    compile block counts_its_builds
    "$plugin" check counts_its_builds/planted.so --json --junit=junit.xml >report.json 2>stderr
    is_json 'the JSON is JSON' report.json
    verdict 'JUnit has the failure' \
        "$(grep -q '<failure message=.*gives another graph' junit.xml || cat junit.xml)"
    again=$(sed -n 's/^ *"command": "resnet-plugin \(.*block.repeatable.*\)",*$/\1/p' report.json)
    eval "\"\$plugin\" $again" >stdout 2>stderr
    verdict 'the command of a failure shows it again' \
        "$(grep -q '^FAIL  block.repeatable' stdout || show stdout stderr)"
    expect 3 'there is no file' 'no such file' "$plugin" check absent.so
    expect 2 'no test has such a name' 'no such test' "$plugin" check none/planted.so --only=x
    echo x >text.so
    expect 3 'cannot be loaded' 'what is no plugin' "$plugin" check text.so
    verdict 'it is told once what is wrong with it' "$(
        grep -q '^0 passed, 1 failed, 0 skipped$' stdout || show stdout)"
}

if ! command -v "${cc%% *}" >/dev/null; then
    skip 'resnet-plugin check' "there is no compiler \"$cc\""
    exit 77
fi
sound block
sound operator
sound backend
sound transport
reports
is_long && shipped $(cd "$srcdir/plugins" && basename -s .c -- *.c) \
    reference cpu_blas onednn opencl cudnn mpi
case ${PLANTED:-all} in
    all) blocks; operators; backends; transports ;;
    *) $PLANTED ;;
esac
finish
