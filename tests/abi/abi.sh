# abi.sh: what the scripts of the ABI share; a script begins with `. "$srcdir/tests/abi/abi.sh"`.
abi=$srcdir/tests/abi
headers=$srcdir/include

# The version that the headers in folder $1 give, and the name of its baseline.
version()
{
    awk '$2 == "RN_ABI_MAJOR" { major = $3 } $2 == "RN_ABI_MINOR" { minor = $3 }
        END { print major "." minor }' "$1/resnet/plugin.h"
}
baseline() { echo "baseline-$(version "$1").abi"; }

# anchor HEADERS LIBRARY: the anchor compiled against the headers of a folder. From its own folder
# and without the user's flags, so that nothing of this machine gets into the debug information.
anchor()
{
    (cd "$abi" && ${CC:-cc} -std=c11 -g -O0 -w -fPIC -shared -fvisibility=hidden \
        -I"$1" anchor.c -o "$2")
}

# What abidw tells of a library, without places, and without what differs between processors.
describe()
{
    abidw --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed --no-architecture \
        --no-parameter-names --type-id-style hash "$1"
}

# The dump NEW without what was appended since the dump OLD to structures and enumerations: what a
# side that was compiled with OLD knows of it. rn_operand and rn_setting are passed by value or in
# arrays and stay as they are. (abidiff's has_data_member_inserted_at = end would hide members that
# changed places, too.)
without_appended()
{
    awk -F "'" '
        /<class-decl |<enum-decl / { type = $2 }
        FNR == NR && /<class-decl .*size-in-bits=/ { bits[type] = $4 + 0 }
        FNR == NR && /<enumerator / { names[type, $2] = values[type, $4] = 1 }
        FNR == NR && /<enum-decl / { enums[type] = 1 }
        FNR == NR { next }
        /<class-decl .*size-in-bits=/ {
            end = $4 + 0
            if (type in bits && bits[type] < end && type !~ /^rn_(operand|setting)$/)
                end = bits[type]
            sub(/size-in-bits=.[0-9]*/, "size-in-bits=" FS end)
        }
        /<data-member / { dropping = $4 + 0 >= end }
        /<enumerator / && type in enums && !((type, $2) in names) &&
            !((type, $4) in values) { next }
        !dropping
        /<\/data-member>/ { dropping = 0 }
    ' "$1" "$2"
}

# compare OLD NEW: prints where a side that was compiled with the dump OLD and one with the dump NEW
# would misunderstand each other. Status 0: nowhere. An odd status: they could not be compared.
# What abidiff calls harmless is not: an int32_t that becomes a uint32_t is among it.
compare()
{
    without_appended "$1" "$2" >"$2.cut"
    abidiff --harmless --no-architecture --no-show-locs "$1" "$2.cut"
}
