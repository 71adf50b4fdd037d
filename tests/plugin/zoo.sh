#!/bin/sh
# zoo.sh: plugins that do wrong. resnet-run refuses each with one message and status 3, whatever
# its code does; resnet-plugin names it, and shows the others.
. "$srcdir/tests/support/script.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
folder=$work/zoo
mkdir -m 755 "$folder" "$work/there"
unset RESNET_PLUGIN_PATH
umask 022
run=$builddir/resnet-run
plugin=$builddir/resnet-plugin
esc=$(printf '\033')

# breed NAME [MACRO CODE]: compiles a plugin of the zoo that CODE changes.
breed()
{
    ${CC:-cc} -w -std=gnu11 -fPIC -shared -fvisibility=hidden -O0 -I"$srcdir/include" \
        "-DZOO_NAME=\"$1\"" "-D${2:-ZOO_NONE}=${3:-}" "$srcdir/tests/plugin/zoo/changed.c" \
        -o "$folder/$1.so"
}

# refused NAME WORDS: resnet-run says so in one line, with status 3.
refused()
{
    "$run" train "$work/net.cfg" --backend="$folder/$1.so" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    verdict "$1: $2" "$(
        [ "$status" = 3 ] || echo "status $status"
        [ "$(wc -l <"$work/err")" = 1 ] || echo 'not one line'
        grep -qF -e "$2" "$work/err" || show "$work/out" "$work/err")"
}

cat >"$work/net.cfg" <<'EOF'
network: {
    classes = 4;
    input = { channels = 1; height = 4; width = 4; };
    layers = ( { block = "conv2d"; channels = 4; kernel = 1; }, { block = "relu"; },
               { block = "global_avg_pool"; }, { block = "flatten"; } );
};
data: { dataset = "synthetic"; };
EOF
range='RN_ATTR_ROW(INT, "width", "1",'

# NAME@MACRO@CODE@WORDS
while IFS=@ read -r name macro code words; do
    breed "$name" "$macro" "$code" && refused "$name" "$words"
done <<EOF
segv@ZOO_EARLY@raise(SIGSEGV)@it crashed (signal 11, Segmentation fault)
bus@ZOO_EARLY@raise(SIGBUS)@it crashed (signal 7, Bus error)
ill@ZOO_EARLY@__builtin_trap()@it crashed (signal 4, Illegal instruction)
fpe@ZOO_EARLY@raise(SIGFPE)@it crashed (signal 8, Floating point exception)
aborts@ZOO_EARLY@abort()@it crashed (signal 6, Aborted)
null@ZOO_ENTRY@*(char *)(long)zero = 1@it crashed (signal 11
recurses@ZOO_EARLY@zero = recurse(0)@it crashed (signal 11
exits@ZOO_EARLY@exit(0)@it ended the program
exits_with_3@ZOO_ENTRY@exit(3)@it ended the program
exits_at_once@ZOO_EARLY@_exit(0)@it ended the program
exits_c11@ZOO_ENTRY@_Exit(0)@it ended the program
exits_quickly@ZOO_EARLY@quick_exit(0)@it ended the program
umask_changed@ZOO_ENTRY@umask(0)@loading it changed the umask
environment@ZOO_EARLY@setenv("ZOO", "1", 1)@loading it changed environment variables
variable_gone@ZOO_ENTRY@unsetenv("PATH")@loading it changed environment variables
chdirs@ZOO_EARLY@chdir("/")@loading it changed the working directory
rounds@ZOO_ENTRY@fesetround(FE_UPWARD)@loading it changed the floating-point mode
handles@ZOO_ENTRY@signal(SIGTERM, SIG_IGN)@loading it changed signal handlers
no_version@ZOO_ENTRY@plugin->version = ""@its version is empty
null_version@ZOO_ENTRY@plugin->version = NULL@slot "version" of its rn_plugin is missing
other_name@ZOO_ENTRY@plugin->name = "other"@its name is "other"
undersized@ZOO_ENTRY@plugin->size = 8@the size of its rn_plugin is 8
oversized@ZOO_ENTRY@plugin->size = 1u << 30@the size of its rn_plugin is 1073741824
empty@ZOO_ENTRY@plugin->n_blocks = 0@it provides neither a backend nor blocks
lost_blocks@ZOO_ENTRY@plugin->blocks = NULL@its n_blocks is 1, but there is no list
many_blocks@ZOO_ENTRY@plugin->n_blocks = 5000@its n_blocks is 5000, but there can be 1024 at most
null_block@ZOO_ENTRY@blocks[0] = NULL@one of its blocks is NULL
wild_block@ZOO_ENTRY@blocks[0] = (const rn_block *)8@it crashed (signal 11
twin_blocks@ZOO_ENTRY@plugin->n_blocks = 2@it has two blocks called "block"
block_size@ZOO_ENTRY@block.size = 3@the size of its rn_block is 3
block_name@ZOO_ENTRY@block.name = "A b"@its block "A b" has a wrong name
block_no_doc@ZOO_ENTRY@block.doc = NULL@slot "doc" of its rn_block is missing
block_no_build@ZOO_ENTRY@block.build = NULL@slot "build" of its rn_block is missing
no_table@ZOO_ENTRY@block.attrs = NULL@n_attrs is 1, but there is no table
long_table@ZOO_ENTRY@block.n_attrs = 77@its size differs from the first row's
huge_table@ZOO_ENTRY@block.n_attrs = 1000000@n_attrs is 1000000, but there can be 256 at most
short_rows@ZOO_ENTRY@rows[0].size = 4@its attribute table has rows of 4 bytes
nan_range@ZOO_ROW@$range 0.0 / 0, 9, "", NULL, "x")@its min or max is not a number
nan_limit@ZOO_ROW@$range 0, 0.0 / 0, "", NULL, "x")@its min or max is not a number
turned_range@ZOO_ROW@$range 9, 1, "", NULL, "x")@its min is larger than its max
default_outside@ZOO_ROW@$range 2, 9, "", NULL, "x")@its default is not a value that it accepts
no_help@ZOO_ROW@$range 0, 9, "", NULL, NULL)@its help or unit is NULL
key_block@ZOO_ENTRY@rows[0].name = "block"@an attribute is called "block"
key_name@ZOO_ENTRY@rows[0].name = "name"@an attribute is called "name"
key_repeat@ZOO_ENTRY@rows[0].name = "repeat"@an attribute is called "repeat"
key_input@ZOO_ENTRY@rows[0].name = "input"@an attribute is called "input"
row_name@ZOO_ENTRY@rows[0].name = "Width!"@its name is not in lower snake case
row_no_name@ZOO_ENTRY@rows[0].name = NULL@attribute 0 (no name)
row_type@ZOO_ENTRY@rows[0].type = 99@its type is unknown
row_choices@ZOO_ENTRY@rows[0].type = RN_ATTR_CHOICE@it has no choices
transport_size@ZOO_TRANSPORT@transport.size = 3@the size of its rn_transport is 3
transport_no_library@ZOO_TRANSPORT@transport.library = NULL@slot "library" of its rn_transport
transport_no_open@ZOO_TRANSPORT@transport.open = NULL@slot "open" of its rn_transport
transport_no_close@ZOO_TRANSPORT@transport.close = NULL@slot "close" of its rn_transport
transport_no_abort@ZOO_TRANSPORT@transport.abort = NULL@slot "abort" of its rn_transport
transport_no_broadcast@ZOO_TRANSPORT@transport.broadcast = NULL@slot "broadcast" of its rn_transport
transport_no_sum@ZOO_TRANSPORT@transport.all_reduce = NULL@slot "all_reduce" of its rn_transport
transport_no_test@ZOO_TRANSPORT@transport.test = NULL@slot "test" of its rn_transport
transport_no_post@ZOO_TRANSPORT@transport.post = NULL@slot "post" of its rn_transport
transport_no_poll@ZOO_TRANSPORT@transport.poll = NULL@slot "poll" of its rn_transport
transport_wild@ZOO_TRANSPORT@plugin->extension = (void *)8@it crashed (signal 11
EOF

# ---- Files that are no plugins -------------------------------------------------------------------
breed good
chmod 644 "$folder"/*.so
: >"$folder/zero.so"
echo 'text' >"$folder/text.so"
head -c 2000 "$folder/good.so" >"$folder/cut.so"
mkdir "$folder/a_folder.so"
ln -s nowhere "$folder/dangling.so"
cp "$folder/good.so" "$folder/big_endian.so"
printf '\002' | dd of="$folder/big_endian.so" bs=1 seek=5 conv=notrunc 2>/dev/null
cp "$folder/good.so" "$folder/other_machine.so"
printf '\267' | dd of="$folder/other_machine.so" bs=1 seek=18 conv=notrunc 2>/dev/null
cp "$folder/good.so" "$folder/writable.so" && chmod 666 "$folder/writable.so"
mkdir -m 777 "$work/open" && cp "$folder/good.so" "$work/open/leads_out.so"
ln -s "$work/open/leads_out.so" "$folder/leads_out.so"
refused zero 'it is empty'
refused text 'it is not a shared object'
refused cut 'it is truncated after 2000 bytes'
refused a_folder 'it is not a regular file'
refused dangling 'it is a link to nowhere, which cannot be accessed'
refused big_endian 'it is built for big-endian processors'
refused other_machine 'it is built for AArch64 processors'
refused writable 'everybody may write to'
refused leads_out "everybody may write to $work/open"

# ---- By name, and from a cfg ---------------------------------------------------------------------
# said WHAT STATUS WORDS COMMAND...
said()
{
    what=$1 expected=$2 words=$3
    shift 3
    "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    verdict "$what" "$(
        [ "$status" = "$expected" ] || echo "status $status"
        grep -qF -e "$words" "$work/out" "$work/err" || show "$work/out" "$work/err")"
}

# A cfg with this block.
both=$folder:$builddir/.libs
with_block()
{
    sed "s|block = \"relu\"|block = \"$1\"|" "$work/net.cfg" >"$work/block.cfg"
    echo "$work/block.cfg"
}

said 'a broken link is named, not looked for' 3 'it is a link to nowhere' \
    "$run" --plugin-path="$folder" summary "$work/net.cfg" --backend=dangling
said 'a relative folder in the environment' 2 'RESNET_PLUGIN_PATH: found "zoo", expected' \
    env RESNET_PLUGIN_PATH=zoo "$run" summary "$work/net.cfg"
for path in "$folder/good" ../zoo/good /good; do
    said "a path in a cfg: ${path#"$work"}" 2 'expected the name of a layer ("conv2d") or PLUGIN/' \
        "$run" --plugin-path="$folder" summary "$(with_block "$path")"
done
said 'a good plugin among them' 0 'good/block  ' \
    "$run" --plugin-path="$both" summary "$(with_block good/block)"
for state in 'chdir("/"):the working directory' 'umask(0):the umask' \
    'setenv("ZOO", "1", 1):environment variables' \
    'fesetround(FE_UPWARD):the floating-point mode'; do
    breed builds ZOO_BUILD "${state%:*}"
    said "changed in build: ${state#*:}" 3 "building it changed ${state#*:}" \
        "$run" --plugin-path="$both" summary "$(with_block builds/block)"
done
while IFS=@ read -r code words; do
    breed builds ZOO_BUILD "$code"
    said "in build: $code" 3 "layer block (builds/block): while its block is built, $words" \
        "$run" --plugin-path="$both" summary "$(with_block builds/block)"
done <<'EOF'
*(volatile char *)8 = 1@it crashed (signal 11
exit(0)@it ended the program
EOF
breed builds ZOO_BUILD 'puts("noise")'
"$run" --plugin-path="$both" summary "$(with_block builds/block)" >"$work/out" 2>"$work/err"
verdict 'what a block prints goes to standard error' "$(
    grep noise "$work/out"
    grep -q noise "$work/err" || show "$work/err")"
breed builds ZOO_BUILD 'sleep(6)'
said 'a block that takes long is named' 0 'building its block takes longer than 5 s' \
    "$run" --plugin-path="$both" summary "$(with_block builds/block)"
rm "$folder/builds.so"

for number in 1 2; do
    ${CC:-cc} -w -std=gnu11 -fPIC -shared -fvisibility=hidden -I"$srcdir/include" \
        "-DZOO_NAME=\"clash$number\"" "-DZOO_NUMBER=$number" "$srcdir/tests/plugin/zoo/clash.c" \
        -o "$folder/clash$number.so"
done
sed 's|{ block = "relu"; }|{ block = "clash1/block"; }, { block = "clash2/block"; }|' \
    "$work/net.cfg" >"$work/block.cfg"
said 'plugins that export the same name' 0 'clash2/block ' \
    "$run" --plugin-path="$both" summary "$work/block.cfg"

# ---- What the command line names by a path -------------------------------------------------------
built=$builddir/.libs
said 'a backend by its path, with a device' 0 'Memory on reference' \
    "$run" summary "$work/net.cfg" --backend="$built/reference.so:0"
said 'a device that it does not have' 3 'there is no device "7"' \
    "$run" summary "$work/net.cfg" --backend="$built/reference.so:7"
said 'backends by their paths' 0 'reference:0 ' "$run" compare "$work/net.cfg" --batch=2 \
    --backends="$built/reference.so:0,$built/reference.so+threads=1"
said 'a load is named before it begins' 3 "loading plugin $folder/segv.so" \
    "$run" -v train "$work/net.cfg" --backend="$folder/segv.so"
breed prints ZOO_EARLY 'puts("{\"noise\"")'
sed 's|block = "relu"|block = "prints/block"|' "$work/net.cfg" >"$work/block.cfg"
verdict 'what a plugin prints goes to standard error' "$(
    "$run" --plugin-path="$both" summary "$work/block.cfg" 2>"$work/err" | grep noise
    grep -q noise "$work/err" || show "$work/err")"

# ---- resnet-plugin -------------------------------------------------------------------------------
breed hangs ZOO_EARLY 'for (;;) pause()'
breed escapes ZOO_ENTRY 'plugin->doc = block.doc = "red \033[31m"'
"$plugin" list --plugin-path="$folder" --deadline=2s >"$work/list" 2>"$work/err"
status=$?
verdict 'list names each, and shows the others' "$(
    [ "$status" = 0 ] && [ ! -s "$work/err" ] || echo "status $status"
    for file in "$folder"/*.so; do
        name=$(basename "$file" .so)
        case $name in good | prints | escapes | clash?) state=1.0.0 ;; *) state=REFUSED ;; esac
        grep -q "^$name  *$state " "$work/list" || echo "$name"
    done
    grep -q 'hangs.so: while loading, it took longer than 2 s' "$work/list" || echo 'hangs'
    grep -q 'it printed: {"noise"' "$work/list" || echo 'prints'
    grep -q 'exits.so: while loading, it ended the process with exit status 0' "$work/list" ||
        echo 'exits')"
verdict 'nothing of a plugin reaches the terminal as it is' "$(
    "$plugin" info escapes --plugin-path="$folder" | grep -F "$esc")"
said 'info of a plugin that hangs' 3 'it took longer than 0.5 s' \
    "$plugin" info hangs --plugin-path="$folder" --deadline=0.5s
said 'why: the constructor' 3 'loader    FAILED: its code crashed (signal 11' \
    "$plugin" why segv --plugin-path="$folder"
said 'why: the entry' 3 'entry     FAILED: its code ended the process with exit status 3' \
    "$plugin" why exits_with_3 --plugin-path="$folder"
said 'why: the tables' 3 'tables    FAILED: its code crashed' \
    "$plugin" why wild_block --plugin-path="$folder"
said 'why: the process' 3 'process   FAILED: loading it changed the umask' \
    "$plugin" why umask_changed --plugin-path="$folder"
said 'why: the file, by a path' 3 'file      FAILED: it is built for big-endian' \
    "$plugin" why "$folder/big_endian.so"
said 'info of a relative path' 0 'good/block: A relu.' \
    env -C "$folder" "$plugin" info ./good.so
said 'why: a block of a good plugin' 0 'tables    passed' \
    "$plugin" why good/block --plugin-path="$folder"
mkdir "$work/second" && cp "$folder/good.so" "$work/second"
said 'why: what is shadowed' 0 "shadowed       $work/second/good.so" \
    "$plugin" why good --plugin-path="$folder:$work/second"
said 'doctor: refused plugins are problems' 0 'PROBLEM segv' \
    "$plugin" doctor --plugin-path="$folder" --deadline=2s
if command -v python3 >/dev/null 2>&1; then
    verdict 'JSON stays JSON' "$(
        for words in list 'info prints' 'why prints' doctor; do
            # shellcheck disable=SC2086 # a command and its operand
            "$plugin" $words --json --plugin-path="$folder" --deadline=2s |
                python3 -m json.tool >/dev/null 2>&1 || echo "$words"
        done)"
else
    skip 'JSON stays JSON' 'there is no python3'
fi
timeout 60 "$run" train "$work/net.cfg" --backend="$folder/hangs.so" 2>"$work/err" &
pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    grep -q hangs "$work/err" && break
    sleep 1
done
kill "$pid"
wait "$pid"
verdict 'resnet-run names a plugin that hangs' "$(
    grep -q 'hangs.so: loading it takes longer than 5 s' "$work/err" || show "$work/err")"
finish
