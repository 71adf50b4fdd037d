# tables.awk: makes a page of the manual from a template and from what --list-options of a program
# prints (core/cli/help.h): awk -v version=VERSION -v subject_of_verbs=MODEL -f tables.awk LIST
# TEMPLATE, where MODEL is what the program takes after every verb; "" if nothing.
#
# In a template
#   @verbs, @options, @keys, @datasets, @metrics, @transforms, @checks
#                             stand for all rows of the table
#   @verb NAME, @option NAME  begin what the page says of a row, in place of its help
#   @help                     stands for the help of that row
#   @words OWNER              stands for the words of a choice, with their meanings
#   @synopsis                 stands for the names of all verbs
# A name that the program does not know ends the making with an error.

# ---- Sentences ----

function escape(line)
{
    gsub(/\\/, "\\e", line)
    gsub(/-/, "\\-", line)
    sub(/^\./, "\\\\\\&.", line)
    sub(/^'/, "\\(aq", line)
    gsub(/"/, "\\(dq", line)
    return line
}

# A formula keeps its small letter: "v = momentum*v + g".
function sentence(help)
{
    if (help !~ /^[a-z] = /)
        help = toupper(substr(help, 1, 1)) substr(help, 2)
    return escape(help) ".\n"
}

# "auto (default), the fastest for each layer; or direct, …."
function words_of(owner, i, text, mark)
{
    for (i = 1; i <= n_words[owner]; i++) {
        mark = i == n_words[owner] ? "." : help_of_word[owner, i] == "" ? "," : ";"
        text = text (i > 1 && mark == "." ? "or\n" : "")
        text = text ".BR " word[owner, i] " \"" (is_default[owner, i] ? " (default)" : "")
        text = text (help_of_word[owner, i] == "" ? "" : ", ") escape(help_of_word[owner, i])
        text = text mark "\"\n"
    }
    return text
}

# ---- Rows ----

# The help of a verb or an option. That of an option goes on after the verbs that take it.
function help_of(kind, name)
{
    if (kind == "option" && verbs_of[name] != "")
        return escape(help[kind, name]) ".\n"
    return sentence(help[kind, name])
}

function prose(kind, name)
{
    return (kind, name) in said ? said[kind, name] : help_of(kind, name)
}

# "predict MODEL [PICTURE...]"
function verb_row(name, what)
{
    what = subject_of_verbs (subject_of_verbs == "" || operands_of[name] == "" ? "" : " ")
    what = what operands_of[name]
    return ".TP\n." (what == "" ? "B " name : "BI " name " \" " what "\"") "\n" \
        prose("verb", name)
}

# "-o, --output=FOLDER" in bold, with FOLDER in italics, and the verbs that take it.
function option_row(name, title, value, verbs)
{
    value = value_of[name]
    title = "\\-\\-" escape(name)
    if (letter[name] != "")
        title = "\\-" letter[name] " \", \" " title
    if (value ~ /^\[/) {
        sub(/^\[/, "", value)
        sub(/\]$/, "", value)
        title = title " [ " value " ]"
    } else if (value != "") {
        gsub(/[A-Z]+/, "\\fI&\\fR", value)
        title = title " =" value
    }
    verbs = verbs_of[name]
    gsub(/, /, " \", \" ", verbs)
    if (verbs != "")
        verbs = ".BR " verbs " :\n"
    return ".TP\n." (title ~ / / ? "BR " : "B ") title "\n" verbs prose("option", name)
}

function key_row(i, owner, w, text, mark)
{
    owner = section[i] "." key[i]
    if (i == 1 || section[i] != section[i - 1])
        text = ".SS \"" (section[i] == "" ? "The file" : section[i]) "\"\n"
    text = text ".TP\n.B " key[i] "\n" escape(accepted[i]) ".\n" sentence(key_help[i])
    for (w = 1; w <= n_words[owner]; w++)
        if (help_of_word[owner, w] != "") {
            mark = w < n_words[owner] ? ";" : "."
            text = text ".BR " word[owner, w] " \": " escape(help_of_word[owner, w]) mark "\"\n"
        }
    return text
}

function transform_row(i, text, k)
{
    text = ".TP\n.B " name_of["transform", i] "\n" sentence(help["transform", i]) ".RS\n"
    for (k = 1; k <= count["attribute"]; k++)
        if (transform[k] == name_of["transform", i])
            text = text ".TP\n.B " attribute[k] "\n" escape(attribute_accepted[k]) ".\n" \
                sentence(attribute_help[k])
    return text ".RE\n"
}

function table(what, i, text)
{
    for (i = 1; i <= count[what]; i++)
        if (what == "verb")
            text = text verb_row(name_of[what, i])
        else if (what == "dataset" || what == "metric" || what == "check")
            text = text ".TP\n.B " name_of[what, i] "\n" sentence(help[what, i])
        else if (what == "transform")
            text = text transform_row(i)
        else if (what == "option")
            text = text option_row(name_of[what, i])
        else
            text = text key_row(i)
    return text
}

# ---- Reading ----

# Of numbers: 1e-06 as 1e-6, 1e+12 as 1e12.
function short_powers(text)
{
    gsub(/e-0/, "e-", text)
    gsub(/e\+/, "e", text)
    return text
}

function fail(message)
{
    print FILENAME ":" FNR ": " message >"/dev/stderr"
    failed = 1
    exit 1
}

function say(text)
{
    if (subject == "")
        page = page text
    else
        said[kind, subject] = said[kind, subject] text
}

BEGIN { FS = "\t" }

NR == FNR {
    if ($1 == "word") {
        n = ++n_words[$2]
        word[$2, n] = $3
        is_default[$2, n] = $4
        help_of_word[$2, n] = $5
        next
    }
    n = ++count[$1]
    name_of[$1, n] = $2
    if ($1 == "verb") {
        help["verb", $2] = $3
        operands_of[$2] = $4
    } else if ($1 == "option") {
        letter[$2] = $3
        value_of[$2] = $4
        verbs_of[$2] = $5
        help["option", $2] = $6
    } else if ($1 == "key") {
        section[n] = $2
        key[n] = $3
        accepted[n] = short_powers($4)
        key_help[n] = $5
    } else if ($1 == "dataset" || $1 == "metric" || $1 == "transform" || $1 == "check") {
        help[$1, n] = $3
    } else if ($1 == "attribute") {
        transform[n] = $2
        attribute[n] = $3
        attribute_accepted[n] = short_powers($4)
        attribute_help[n] = $5
    }
    next
}

/^@(verb|option) / {
    split($0, part, " ")
    kind = substr(part[1], 2)
    subject = part[2]
    if (!((kind, subject) in help))
        fail("there is no " kind " " subject)
    said[kind, subject] = ""
    next
}
/^@(verbs|options|keys|datasets|metrics|transforms|checks)$/ {
    subject = ""
    tables[++n_tables] = substr($0, 2, length($0) - 2)
    say("@" n_tables "\n")
    next
}
/^@help$/ { say(help_of(kind, subject)); next }
/^@words / {
    owner = substr($0, 8)
    if (!(owner in n_words))
        fail("there are no words of " owner)
    say(words_of(owner))
    next
}
/^@synopsis$/ {
    for (i = 1; i <= count["verb"]; i++)
        synopsis = synopsis (i > 1 ? " | " : "") name_of["verb", i]
    say(".RB [ " synopsis " ]\n")
    next
}
/^@/ { fail("found " $0) }
{
    sub(/@VERSION@/, version)
    say($0 "\n")
}

END {
    if (failed)
        exit 1
    n = split(page, line, "\n")
    for (i = 1; i < n; i++)
        if (line[i] ~ /^@/)
            printf "%s", table(tables[substr(line[i], 2)])
        else
            print line[i]
}
