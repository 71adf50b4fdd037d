#!/bin/sh
# ci.sh: .ci/run checks a clone that has nothing beside it in three ways, adds up the results, keeps
# the exit status of the first that fails, and leaves nothing behind. The clone's quickstart and
# configure are stubs that print how they were called.
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
mkdir -p temporary shared bin tree/.ci && cp "$srcdir/.ci/run" tree/.ci/ || exit 1
printf '#!/bin/sh\n' >bin/clang
cat >tree/quickstart <<'SCRIPT'
#!/bin/sh
echo "arguments: $*"
echo "golden: ${RESNET_GOLDEN-none}"
ls | sed 's/^/here: /'
ls .. | sed 's/^/beside: /'
echo '3 passed, 1 failed, 2 skipped'
exit 5
SCRIPT
cat >tree/configure <<'SCRIPT'
#!/bin/sh
echo "$(basename "$PWD"): $*"
cat >Makefile <<'MAKEFILE'
test_scripts = several
all: ;
check: ; @echo "scripts: $(test_scripts)" && echo '10 passed, 0 failed, 1 skipped' && \
    [ "$(test_scripts)" = several ]
MAKEFILE
SCRIPT
chmod +x bin/clang tree/quickstart tree/configure
PATH=$work/bin:$PATH
unset MAKEFLAGS MAKELEVEL
git init -q tree && git -C tree add . && git -C tree -c user.name=ci -c user.email=ci@example.org \
    commit -qm 'Everything'
RESNET_GOLDEN=/elsewhere
export RESNET_GOLDEN
touch tree/rubbish
bash tree/.ci/run >stdout 2>stderr </dev/null
verdict 'the exit status is kept' "$([ $? = 5 ] || show stdout stderr)"
cat >expected <<'OUTPUT'

==== all tests: ./quickstart check
arguments: check
golden: none
here: configure
here: quickstart
beside: clone
3 passed, 1 failed, 2 skipped

==== clang: the test programs
build-clang: -q CC=clang
scripts:
10 passed, 0 failed, 1 skipped

==== sanitizers: the test programs
build-sanitizers: -q --enable-sanitizers=address,undefined
scripts:
10 passed, 0 failed, 1 skipped

23 passed, 3 failed, 4 skipped
OUTPUT
verdict 'a clone is checked, with nothing beside it, and a step that breaks is a failure' "$(
    sed -e 's/ *$//' -e '/^make: /d' stdout | diff expected -
    cat stderr)"
verdict 'nothing is left behind' "$(ls -A temporary)"
echo '# changed' >>tree/quickstart
bash tree/.ci/run >stdout 2>stderr </dev/null
verdict 'changes that are not committed are told of' "$(
    grep -q 'not committed are not tested' stderr || show stderr)"
finish
