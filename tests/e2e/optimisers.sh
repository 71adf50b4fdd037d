#!/bin/sh
# optimisers.sh: what optimizers, groups, sums of batches and averages leave and say.
. "$srcdir/tests/e2e/e2e.sh"
need_data 'optimizers'
model=$srcdir/share/models/fashion_mnist_small.cfg
frozen='({ match = "*"; freeze = true; }, { match = "fc.*"; freeze = false; })'
set -- --set=data.train_limit=640 --set=data.validation_limit=256 --set=train.epochs=1

# field NAME: a number of summary --json.
field()
{
    sed -n "s/^  \"$1\": \([0-9]*\),*/\1/p" stdout
}

expect 0 '' 'a summary' "$run" summary "$model" --json
all=$(field parameters) backward=$(field backward_macs)
verdict 'nothing is frozen without groups' "$(
    [ "$(field frozen_parameters)" = 0 ] || field frozen_parameters)"
expect 0 '' 'a summary of a network of which only the last layer is trained' \
    "$run" summary "$model" --set=train.groups="$frozen" --json
verdict 'all but the last layer is frozen' "$(
    [ "$(field frozen_parameters)" = $((all - 650)) ] || field frozen_parameters)"
verdict 'the gradients of frozen layers are not computed' "$(
    [ "$(field backward_macs)" -lt $((backward / 100)) ] || field backward_macs)"
expect 0 ' are frozen' 'a summary for people says it' \
    "$run" summary "$model" --set=train.groups="$frozen"
"$run" summary "$model" --set=train.groups="$frozen" --graph >graph
verdict 'batch norms of frozen layers are folded' "$(grep -c ' batch_norm ' graph | grep -v -x 0)"
verdict 'frozen layers have no updates' "$(grep 'layer1.* sgd ' graph)"

expect 0 'averages' 'training with averages and all else' "$run" train "$model" "$@" \
    --set=train.optimizer=adamw --set=train.learning_rate=0.003 --set=train.accumulate=2 \
    --set=train.clip_norm=1 --set=train.ema_decay=0.9 --output=run
expect 0 '' 'the averages are a model' "$run" eval run/model_ema.safetensors "$@"
verdict 'the averages differ from the weights' "$(
    same_tensors run/model.safetensors run/model_ema.safetensors | grep -q differ || echo equal)"
expect 4 'train.ema_decay' 'resuming with another average is refused' \
    "$run" train "$model" "$@" --set=train.optimizer=adamw --set=train.learning_rate=0.003 \
    --set=train.accumulate=2 --set=train.clip_norm=1 --set=train.ema_decay=0.8 --output=run --resume
expect 0 '' 'another optimizer is accepted with --allow-changed, and begins anew' \
    "$run" train "$model" "$@" --set=train.optimizer=rmsprop --set=train.learning_rate=0.001 \
    --set=train.epochs=2 --set=train.ema_decay=0.8 --output=run --resume --allow-changed
expect 0 '' 'and without averages' \
    "$run" train "$model" "$@" --set=train.optimizer=rmsprop --set=train.learning_rate=0.001 \
    --set=train.epochs=3 --output=run --resume --allow-changed
verdict 'which leaves none of an earlier epoch' "$([ ! -e run/model_ema.safetensors ] || ls run)"
updates() { contents other/checkpoint.safetensors | sed -n 's/.*"updates":"\([0-9]*\)".*/\1/p'; }
expect 0 '' 'an epoch with sgd' "$run" train "$model" "$@" --output=other
n=$(updates)
expect 0 '' 'another one with adamw' "$run" train "$model" "$@" --set=train.optimizer=adamw \
    --set=train.learning_rate=0.003 --set=train.epochs=2 --output=other --resume --allow-changed
verdict 'whose corrections begin with its first update' "$([ "$(updates)" = "$n" ] || updates)"
expect 0 '' 'and a third one' "$run" train "$model" "$@" --set=train.optimizer=adamw \
    --set=train.learning_rate=0.003 --set=train.epochs=3 --output=other --resume --allow-changed
verdict 'goes on with them' "$([ "$(updates)" = $((2 * n)) ] || updates)"
expect 5 'the norm of the gradients is not finite' 'a norm that is not finite ends the run' \
    "$run" train "$model" "$@" --set=train.learning_rate=1e6 --set=train.clip_norm=1000 --output=far
expect 2 'no parameter'"'"'s name matches "layer9.*"' 'a pattern without a parameter is an error' \
    "$run" train "$model" "$@" --set=train.groups='({ match = "layer9.*"; freeze = true; })' \
    --output=none
finish
