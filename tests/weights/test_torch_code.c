/* test_torch_code.c: pickles that run a command when Python reads them do nothing here. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/check.h"
#include "weights/torch_files.h"

/* The file that each of them would make, in the working directory. */
#define MARKER "resnet-pickle-ran"
#define COMMAND "touch " MARKER
#define LINE_COMMAND "S'" COMMAND "'\n"
#define LINE_PYTHON "V__import__('os').system('" COMMAND "')\n"

/* A value, and what is said of it where a tensor should be. */
static const struct attack {
    const char *name;
    torch_bytes value;
    const char *message;
} attacks[] = {
    { "REDUCE", TORCH_BYTES("cos\nsystem\n(" LINE_COMMAND "tR"), "an object of os.system;" },
    { "STACK_GLOBAL", TORCH_BYTES("\x8c\5posix\x8c\6system\x93" LINE_COMMAND "\x85R"),
      "an object of posix.system;" },
    { "a dotted name", TORCH_BYTES("\x80\4\x8c\6shutil\x8c\x09os.system\x93" LINE_COMMAND "\x85R"),
      "an object of shutil.os.system;" },
    { "eval", TORCH_BYTES("cbuiltins\neval\n(" LINE_PYTHON "tR"), "an object of builtins.eval;" },
    { "exec", TORCH_BYTES("cbuiltins\nexec\n(" LINE_PYTHON "tR"), "an object of builtins.exec;" },
    { "a process", TORCH_BYTES("csubprocess\ncall\n((S'touch'\nS'" MARKER "'\nltR"),
      "an object of subprocess.call;" },
    { "INST", TORCH_BYTES("(" LINE_COMMAND "ios\nsystem\n"), "an object of os.system;" },
    { "OBJ", TORCH_BYTES("(cos\nsystem\n" LINE_COMMAND "o"), "an object of os.system;" },
    { "NEWOBJ",
      TORCH_BYTES("cbuiltins\nbytes\n(cbuiltins\nmap\n(cos\nsystem\n(" LINE_COMMAND "lt\x81t\x81"),
      "an object of builtins.bytes;" },
    { "NEWOBJ_EX",
      TORCH_BYTES("cbuiltins\nbytes\n(cbuiltins\nmap\n(cos\nsystem\n(" LINE_COMMAND
                  "lt}\x92t}\x92"),
      "an object of builtins.bytes;" },
    { "BUILD, whose __setstate__ is the command",
      TORCH_BYTES("cargparse\nNamespace\n)R}S'__setstate__'\ncos\nsystem\nsb" LINE_COMMAND "b"),
      "there are no tensors in it; its entries: \"conv1.weight\"" },
    { "APPEND, whose append is the command",
      TORCH_BYTES("cargparse\nNamespace\n)R}S'append'\ncos\nsystem\nsb" LINE_COMMAND "a"),
      "there are no tensors in it; its entries: \"conv1.weight\"" },
    { "a call of what a call gives",
      TORCH_BYTES("cfunctools\npartial\n(cos\nsystem\n" LINE_COMMAND "tR)R"),
      "an object of functools.partial;" },
    { "importlib",
      TORCH_BYTES(
          "cbuiltins\ngetattr\n(cimportlib\nimport_module\n(S'os'\ntRS'system'\ntR(" LINE_COMMAND
          "tR"),
      "an object of builtins.getattr;" },
    { "in a tensor's arguments",
      TORCH_BYTES("ctorch._utils\n_rebuild_tensor_v2\n(cos\nsystem\n(" LINE_COMMAND
                  "tRK\0K\4\x85K\1\x85\x89NtR"),
      "tensor \"conv1.weight\": its storage is an object of os.system;" },
    { "as a tensor's class",
      TORCH_BYTES("ctorch._tensor\n_rebuild_from_type_v2\n(cos\nsystem\nNS'" COMMAND "'\n\x85NtR"),
      "an object of torch._tensor._rebuild_from_type_v2;" },
};

#define N_ATTACKS (sizeof attacks / sizeof *attacks)

static void expect_nothing_ran(const struct attack *attack)
{
    if (access(MARKER, F_OK) == 0)
        check_note("%s: ran", attack->name);
    CU_ASSERT_NOT_EQUAL(access(MARKER, F_OK), 0);
    remove(MARKER);
}

/* Where a tensor should be, it is an error. */
static void test_tensor(void)
{
    remove(MARKER);
    for (size_t i = 0; i < N_ATTACKS; i++) {
        const torch_bytes parts[] = { TORCH_BYTES("\x80\2}U\x0c"
                                                  "conv1.weight"),
                                      attacks[i].value, TORCH_BYTES("s.") };
        rn_weights *weights = NULL;
        CU_ASSERT(
            check_failed(torch_open(parts, 3, NULL, &weights), RN_E_DATA, attacks[i].message));
        CU_ASSERT(check_failed(torch_open_legacy(parts, 3, false, &weights), RN_E_DATA,
                               attacks[i].message));
        expect_nothing_ran(&attacks[i]);
    }
}

/* Beside the weights, it is passed over. */
static void test_beside(void)
{
    for (size_t i = 0; i < N_ATTACKS; i++) {
        const torch_bytes parts[] = { TORCH_BYTES("\x80\2}(U\4args"), attacks[i].value,
                                      TORCH_BYTES("U\x0astate_dict}U\1w" TORCH_TENSOR "su.") };
        rn_weights *weights = NULL;
        CU_ASSERT_EQUAL(torch_open(parts, 3, NULL, &weights), RN_OK);
        if (weights) {
            CU_ASSERT_EQUAL(weights->table.count, 1);
            CU_ASSERT_STRING_EQUAL(weights->table.tensors[0].name, "w");
        }
        rn_weights_close(weights);
        expect_nothing_ran(&attacks[i]);
    }
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "commands in place of a tensor", test_tensor },
        { "commands beside the weights", test_beside },
        CU_TEST_INFO_NULL,
    };
    return check_run("torch_code", tests);
}
