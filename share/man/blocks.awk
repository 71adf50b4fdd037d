# blocks.awk: makes resnet-blocks(7) of what `resnet-plugin --json info` prints of each built-in
# layer and of each plugin with blocks, one after the other:
# awk -v version=VERSION -f blocks.awk FILE

function text(line)
{
    gsub(/\\\\/, "\\e", line)
    gsub(/\\"/, "\\(dq", line)
    gsub(/-/, "\\-", line)
    sub(/^\./, "\\\\\\&.", line)
    sub(/^'/, "\\(aq", line)
    return line
}

# The value of a line `  "key": value,`; "" for null.
function value(line)
{
    sub(/^ *"[a-z_]*": /, "", line)
    sub(/,$/, "", line)
    if (line == "null")
        return ""
    gsub(/^"|"$/, "", line)
    return line
}

# "1 to 4096 pixels"; the largest of all numbers say nothing.
function range(  words)
{
    words = choices
    if (least != "" && most + 0 < 1e15)
        words = words (least + 0) " to " (most + 0)
    if (unit != "")
        words = words (words == "" ? "" : " ") unit
    return words == "" ? "" : "; " words
}

function show_attribute()
{
    print ".TP\n.B " text(name)
    print text(type (is_required ? ", required" : given == "" ? "" : ", default " given) range() \
        ": " help) "."
    name = ""
}

function show_block(  full)
{
    full = owner == "" || owner == block ? block : owner "/" block
    print ".SS " text(full)
    print text(doc)
    if (owner != "")
        print "Source: " text(source) "."
    is_shown = 1
}

BEGIN {
    print ".TH RESNET-BLOCKS 7 \"\" \"resnet-run " version "\" \"The blocks of resnet-run\""
    print ".SH NAME"
    print "resnet-blocks \\- the layers and blocks of which a cfg makes a network"
    print ".SH DESCRIPTION"
    print "An entry of network.layers has a block and the attributes that are listed here;"
    print ".BR resnet-run.cfg (5)"
    print "describes what all entries have."
    print ".B \"resnet-plugin info NAME\""
    print "prints the same of a plugin that came from elsewhere, with an entry to copy."
    print ".SH BUILT-IN LAYERS"
}

# An object at the outermost level: a layer, or a plugin, which has a path.
/^\{/ { owner = ""; block = ""; plugin = "" }
/^  "name"/ { plugin = block = value($0); is_shown = 0 }
/^  "path"/ { owner = plugin; print ".SH PLUGIN " toupper(text(plugin)) }
/^  "doc"/ { doc = value($0); if (owner != "") print text(doc) }
/^  "source"/ { source = value($0) }
owner != "" && /^      "name"/ { block = value($0); is_shown = 0 }
owner != "" && /^      "doc"/ { doc = value($0) }
owner != "" && /^      "source"/ { source = value($0) }
/^ *"attributes": \[/ && !is_shown { show_block() }

# Attributes: eight spaces more than their block.
/^ +"name"/ && is_shown { name = value($0); given = least = most = unit = choices = "" }
name == "" { next }
/^ +"type"/ { type = value($0) }
/^ +"default"/ { given = value($0) }
/^ +"required"/ { is_required = value($0) == "true" }
/^ +"min"/ { least = value($0) }
/^ +"max"/ { most = value($0) }
/^ +"unit"/ { unit = value($0) }
/^ +"choices": \[/ { in_choices = 1; next }
in_choices && /\]/ { in_choices = 0; next }
in_choices {
    word = $0
    gsub(/[ ",]/, "", word)
    choices = choices (choices == "" ? "" : ", ") word
}
/^ +"help"/ { help = value($0); show_attribute() }

END {
    print ".SH SEE ALSO"
    print ".BR resnet-run.cfg (5),"
    print ".BR resnet-operators (7),"
    print ".BR resnet-plugin (1)"
}
