#!/bin/sh
# ci.sh: .ci/run checks a clone that has nothing beside it, keeps the end of the output and the exit
# status, and leaves nothing behind. The quickstart of these clones only says where it is.
. "$srcdir/tests/support/script.sh"
for tool in git bash; do
    command -v $tool >/dev/null 2>&1 && continue
    skip 'continuous integration' "there is no $tool"
    exit 77
done
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1
HOME=$work
GIT_CONFIG_NOSYSTEM=1
TMPDIR=$work/temporary
export HOME GIT_CONFIG_NOSYSTEM TMPDIR
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
mkdir -p temporary shared tree/.ci && cp "$srcdir/.ci/run" tree/.ci/ || exit 1
cat >tree/quickstart <<'SCRIPT'
#!/bin/sh
echo "arguments: $*"
echo "golden: ${RESNET_GOLDEN-none}"
ls | sed 's/^/here: /'
ls .. | sed 's/^/beside: /'
echo '3 passed, 1 failed, 2 skipped'
exit 5
SCRIPT
chmod +x tree/quickstart
git init -q tree && git -C tree add . && git -C tree -c user.name=ci -c user.email=ci@example.org \
    commit -qm 'Everything'
RESNET_GOLDEN=/elsewhere
export RESNET_GOLDEN
touch tree/rubbish
bash tree/.ci/run >stdout 2>stderr </dev/null
verdict 'the exit status is kept' "$([ $? = 5 ] || show stdout stderr)"
printf '%s\n' 'arguments: check' 'golden: none' 'here: quickstart' 'beside: clone' \
    '3 passed, 1 failed, 2 skipped' >expected
verdict 'a clone is checked, with nothing beside it' "$(diff expected stdout; cat stderr)"
verdict 'nothing is left behind' "$(ls -A temporary)"
echo '# changed' >>tree/quickstart
bash tree/.ci/run >stdout 2>stderr </dev/null
verdict 'changes that are not committed are told of' "$(
    grep -q 'not committed are not tested' stderr || show stderr; diff expected stdout)"
finish
