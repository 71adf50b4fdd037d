/* bisect_folder.c: the files of a fault. */
#define _GNU_SOURCE /* open_memstream */
#include "compare/bisect_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/status.h"
#include "base/text.h"
#include "compare/bisect_cfg.h"
#include "compare/bisect_check.h"
#include "compare/bisect_cut.h"
#include "compare/bisect_json.h"
#include "graph/op.h"
#include "io/file.h"
#include "io/safetensors.h"

#define MOST_TENSORS (3 * RN_MAX_OPERANDS) /* inputs, expected and found results */
#define NAME_BYTES 64

/* ---- Tensors ---- */

typedef struct tensor_list {
    rn_named_tensor tensors[MOST_TENSORS];
    char names[MOST_TENSORS][NAME_BYTES];
    int64_t n;
} tensor_list;

static void tensor_name(const rn_case *c, int32_t operand, const char *kind, char name[NAME_BYTES])
{
    char operand_name[RN_OPERAND_NAME];
    rn_case_operand_name(c, operand, operand_name);
    snprintf(name, NAME_BYTES, "%s.%s", kind, operand_name);
}

static void add_tensor(tensor_list *list, const rn_case *c, int32_t operand, const char *kind,
                       const void *data)
{
    const rn_tensor_desc *desc = &c->tensors[operand].desc;
    if (!data)
        return;
    tensor_name(c, operand, kind, list->names[list->n]);
    rn_named_tensor *to = &list->tensors[list->n];
    *to = (rn_named_tensor){
        .name = list->names[list->n], .dtype = desc->dtype, .rank = desc->rank, .data = data
    };
    memcpy(to->shape, desc->shape, sizeof to->shape);
    list->n++;
}

static rn_status write_tensors(const char *path, const rn_fault *fault)
{
    tensor_list list = { .n = 0 };
    const rn_case *c = &fault->subject;
    for (int32_t i = 0; i < rn_case_n_operands(c); i++) {
        add_tensor(&list, c, i, "input", c->tensors[i].data);
        add_tensor(&list, c, i, "expected", fault->trial.expected.data[i]);
        add_tensor(&list, c, i, "found", fault->trial.found.data[i]);
    }
    return rn_safetensors_write(path, list.tensors, list.n, NULL, 0);
}

/* ---- Texts ---- */

typedef void print_file(FILE *out, const rn_fault *fault);

/* Prints a text as one word of a shell. */
static void print_quoted(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", out);
        else
            fputc(*text, out);
    fputc('\'', out);
}

static void print_run(FILE *out, const rn_fault *fault)
{
    rn_print(out,
             "#!/bin/sh\n"
             "# Runs the operator alone, as often as it takes: exit status 1 while the fault is "
             "there, 0 once\n# it is gone. Options are those of resnet-run, as another "
             "--backend; RESNET_RUN names the\n# program.\n"
             "here=$(dirname \"$0\")\n"
             "[ $# -gt 0 ] || set -- --backend=");
    print_quoted(out, fault->plugin_file ? fault->plugin_file : fault->lab->tested->label);
    rn_print(out, "\nexec \"${RESNET_RUN:-resnet-run}\" bisect \"$here/" RN_FAULT_CFG
                  "\" --replay=\"$here\" \"$@\"\n");
}

static void print_readme(FILE *out, const rn_fault *fault)
{
    rn_fault_title(out, fault);
    rn_print(out, "\n");
    rn_fault_text(out, fault);
    rn_print(
        out,
        "\n"
        "This folder repeats the fault without the network in which it was found:\n"
        "    ./" RN_FAULT_RUN "\n"
        "Its exit status is 1 while the fault is there, and 0 once it is gone.\n\n" RN_FAULT_JSON
        "        the operator, its attributes and the fault\n" RN_FAULT_TENSORS
        "  input.*: what it is given; expected.*: what it should make of\n"
        "                     it, as the reference computed it; found.*: what it made of "
        "it\n" RN_FAULT_CFG
        "         the settings of the backend, and a network with such an operator\n\n"
        "The operators and their operands: resnet-operators(7).\n");
}

static rn_status write_text(const char *folder, const char *name, print_file *print,
                            const rn_fault *fault)
{
    char path[RN_PATH_SIZE], *text = NULL;
    size_t size = 0;
    rn_status status = rn_path_join(path, folder, name);
    if (status)
        return status;
    FILE *out = open_memstream(&text, &size);
    if (out)
        print(out, fault);
    if (!out || fclose(out))
        status = rn_fail(RN_E_NOMEM, "no memory for %s", path);
    if (!status)
        status = rn_file_write_text(path, text);
    free(text);
    return status;
}

static rn_status make_executable(const char *folder)
{
    char path[RN_PATH_SIZE];
    rn_status status = rn_path_join(path, folder, RN_FAULT_RUN);
    if (!status && chmod(path, 0755))
        status = rn_fail(RN_E_IO, "cannot make %s executable: %s", path, strerror(errno));
    return status;
}

rn_status rn_fault_write(const char *folder, const rn_fault *fault)
{
    static const struct {
        const char *name;
        print_file *print;
    } texts[] = { { RN_FAULT_CFG, rn_fault_cfg },
                  { RN_FAULT_RUN, print_run },
                  { RN_FAULT_README, print_readme },
                  { RN_FAULT_JSON, rn_fault_print_json } };
    char path[RN_PATH_SIZE];
    rn_status status = rn_folder_create(folder);
    if (!status)
        status = rn_path_join(path, folder, RN_FAULT_TENSORS);
    if (!status)
        status = write_tensors(path, fault);
    for (size_t i = 0; i < sizeof texts / sizeof *texts && !status; i++)
        status = write_text(folder, texts[i].name, texts[i].print, fault);
    return status ? status : make_executable(folder);
}

/* ---- Reading ---- */

static const rn_named_tensor *find(const rn_safetensors *file, const rn_case *c, int32_t operand,
                                   const char *kind)
{
    char name[NAME_BYTES];
    tensor_name(c, operand, kind, name);
    return rn_safetensors_find(file, name);
}

static rn_status copy_data(const rn_named_tensor *from, const rn_tensor_desc *desc, void **to)
{
    *to = malloc(desc->size_bytes + 1);
    if (!*to)
        return rn_fail(RN_E_NOMEM, "no memory for tensor \"%s\"", from->name);
    memcpy(*to, from->data, desc->size_bytes);
    return RN_OK;
}

/* The description of a tensor in the file, whose numbers must be there. */
static rn_status describe(const rn_named_tensor *from, rn_tensor_desc *desc)
{
    if (from->rank < 1)
        return rn_fail(RN_E_DATA, "tensor \"%s\" has no dimensions", from->name);
    *desc = rn_desc_make(from->dtype, from->rank, from->shape);
    if (rn_desc_check(desc))
        return rn_fail_at(RN_E_DATA, "tensor \"%s\"", from->name);
    return RN_OK;
}

/* How many tensors of a REST the file has. */
static int32_t count_operands(const rn_safetensors *file, rn_case *c, bool inputs)
{
    int32_t n = inputs ? c->op->n_inputs : c->op->n_outputs;
    bool repeats = inputs ? c->op->inputs_repeat : c->op->outputs_repeat;
    const char *kind = inputs ? "input" : "expected";
    int32_t other = inputs ? c->op->n_outputs : c->n_inputs;
    while (repeats && n + other < RN_MAX_OPERANDS) {
        c->n_inputs = inputs ? n + 1 : c->n_inputs;
        if (!find(file, c, inputs ? n : c->n_inputs + n, kind))
            break;
        n++;
    }
    return n;
}

static rn_status read_operand(const rn_safetensors *file, int32_t i, rn_fault *fault)
{
    rn_case *c = &fault->subject;
    const rn_named_tensor *input = i < c->n_inputs ? find(file, c, i, "input") : NULL;
    const rn_named_tensor *expected = find(file, c, i, "expected");
    const rn_named_tensor *shape = input ? input : i < c->n_inputs ? NULL : expected;
    rn_status status = shape ? describe(shape, &c->tensors[i].desc) : RN_OK;
    if (!status && input)
        status = copy_data(input, &c->tensors[i].desc, &c->tensors[i].data);
    if (status || !rn_case_writes(c, i))
        return status;
    rn_tensor_desc desc;
    if (!expected)
        return rn_fail(RN_E_DATA, "there is no tensor \"expected\" of operand %d", (int)i);
    status = describe(expected, &desc);
    if (status)
        return status;
    if (!rn_desc_same_shape(&desc, &c->tensors[i].desc) || desc.dtype != c->tensors[i].desc.dtype)
        return rn_fail(RN_E_DATA, "tensor \"%s\" has another shape or type than its input",
                       expected->name);
    return copy_data(expected, &desc, &fault->trial.expected.data[i]);
}

static rn_status read_tensors(const char *path, rn_fault *fault)
{
    rn_safetensors *file = NULL;
    rn_case *c = &fault->subject;
    rn_status status = rn_safetensors_read(path, &file);
    if (status)
        return status;
    c->n_inputs = count_operands(file, c, true);
    c->n_outputs = count_operands(file, c, false);
    for (int32_t i = 0; i < rn_case_n_operands(c) && !status; i++)
        status = read_operand(file, i, fault);
    rn_safetensors_destroy(file);
    return status ? rn_fail_at(status, "%s", path) : RN_OK;
}

rn_status rn_fault_read(const char *folder, rn_fault *fault)
{
    char json[RN_PATH_SIZE], tensors[RN_PATH_SIZE];
    rn_status status = rn_path_join(json, folder, RN_FAULT_JSON);
    if (!status)
        status = rn_path_join(tensors, folder, RN_FAULT_TENSORS);
    if (status)
        return status;
    json_t *object = NULL;
    status = rn_fault_load_json(json, fault, &object);
    if (!status)
        status = read_tensors(tensors, fault);
    if (!status)
        status = rn_case_check(&fault->subject);
    if (!status)
        status = rn_fault_read_findings(json, object, fault);
    if (!status)
        rn_case_settle(&fault->subject);
    json_decref(object);
    return status;
}
