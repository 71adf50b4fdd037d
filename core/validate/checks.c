/* checks.c: the tests of a plugin. */
#include "validate/checks.h"

#include <stddef.h>
#include <string.h>

#include "validate/backend.h"
#include "validate/block.h"
#include "validate/file.h"
#include "validate/loading.h"
#include "validate/operator.h"
#include "validate/transport.h"

#define SHORT 10 /* seconds */
#define LONG 60
#define WALK 300 /* over all operators, on a machine that is busy */

const rn_check rn_checks[] = {
    { "file.format", RN_CHECK_FILE, "it is a whole shared object with the entry of this ABI", SHORT,
      rn_check_format, false },
    { "file.exports", RN_CHECK_FILE, "it exports the entry alone", SHORT, rn_check_exports, false },
    { "file.needs", RN_CHECK_FILE, "it links nothing of this program", SHORT, rn_check_needs,
      false },
    { "file.code", RN_CHECK_FILE, "its code needs no relocations and is never writable", SHORT,
      rn_check_code, false },
    { "file.stack", RN_CHECK_FILE, "it needs no executable stack", SHORT, rn_check_stack, false },

    { "loading.loads", RN_CHECK_LOADING,
      "it loads, leaves the process as it is, and its tables are right", SHORT, rn_check_loads,
      false },
    { "loading.twice", RN_CHECK_LOADING, "a second call of its entry gives the same tables", SHORT,
      rn_check_twice, false },
    { "loading.older", RN_CHECK_LOADING,
      "it heeds the sizes of an older program's tables, behind which no memory is", SHORT,
      rn_check_older, false },
    { "loading.memory", RN_CHECK_LOADING, "its entry bears that an allocation fails", SHORT,
      rn_check_entry_memory, false },

    { "block.builds", RN_CHECK_BLOCK,
      "each block builds on some image, leaves the process as it is, and gives images or rows",
      LONG, rn_check_builds, false },
    { "block.attributes", RN_CHECK_BLOCK,
      "each value of an attribute builds or is refused, and each attribute is read", LONG,
      rn_check_attributes, false },
    { "block.repeatable", RN_CHECK_BLOCK,
      "equal attributes and shapes give equal graphs, in any order and thread", SHORT,
      rn_check_repeatable, false },
    { "block.shapes", RN_CHECK_BLOCK, "tiny, odd and huge images build or are refused, soon", LONG,
      rn_check_shapes, false },
    { "block.older", RN_CHECK_BLOCK, "it heeds the size of an older program's builder", SHORT,
      rn_check_older_builder, false },
    { "block.memory", RN_CHECK_BLOCK,
      "building bears that an allocation fails, and leaves none behind", SHORT,
      rn_check_block_memory, false },
    { "block.gradient", RN_CHECK_BLOCK,
      "gradients agree with finite differences of the loss on the reference", LONG,
      rn_check_gradient, true },
    { "block.checkpoint", RN_CHECK_BLOCK,
      "training goes on from a checkpoint as if it had not stopped", LONG, rn_check_checkpoint,
      true },
    { "block.backends", RN_CHECK_BLOCK, "a training step agrees on every backend that is here",
      2 * LONG, rn_check_backends, true },

    { "operator.shapes", RN_CHECK_OPERATOR, "tiny, odd and huge tensors are taken or refused",
      SHORT, rn_check_op_shapes, false },
    { "operator.run", RN_CHECK_OPERATOR,
      "run writes each element of its outputs and nothing else, with any number of threads", SHORT,
      rn_check_op_run, false },
    { "operator.gradient", RN_CHECK_OPERATOR,
      "gradients agree with finite differences on the reference", LONG, rn_check_op_gradient,
      true },
    { "operator.kernels", RN_CHECK_OPERATOR, "each backend that is here agrees with run", LONG,
      rn_check_op_kernels, true },

    { "backend.devices", RN_CHECK_BACKEND,
      "it describes and opens its devices, and refuses what there is not", LONG, rn_check_devices,
      false },
    { "backend.operators", RN_CHECK_BACKEND, "it accepts the operators of its list and no others",
      WALK, rn_check_operators, true },
    { "backend.convolutions", RN_CHECK_BACKEND,
      "convolutions and their gradients agree with the reference", WALK, rn_check_convolutions,
      true },
    { "backend.norms", RN_CHECK_BACKEND,
      "norms, their statistics and gradients agree with the reference", WALK, rn_check_norms,
      true },
    { "backend.pools", RN_CHECK_BACKEND, "pools and their gradients agree with the reference", WALK,
      rn_check_pools, true },
    { "backend.losses", RN_CHECK_BACKEND,
      "linear layers, losses and their gradients agree with the reference", WALK, rn_check_losses,
      true },
    { "backend.elements", RN_CHECK_BACKEND,
      "relu, sums, joins, dropout and their gradients agree with the reference", WALK,
      rn_check_elements, true },
    { "backend.updates", RN_CHECK_BACKEND, "updates of parameters agree with the reference", WALK,
      rn_check_updates, true },
    { "backend.finite", RN_CHECK_BACKEND, "NaN and infinities show in the results", WALK,
      rn_check_finite, true },
    { "backend.answers", RN_CHECK_BACKEND,
      "query gives the same answer again, and what it accepts can be prepared", WALK,
      rn_check_answers, true },
    { "backend.deterministic", RN_CHECK_BACKEND,
      "operators that say so give the same bits, wherever their memory is", WALK,
      rn_check_deterministic, true },
    { "backend.in_place", RN_CHECK_BACKEND,
      "results are the same in the memory of an input, where that is allowed", WALK,
      rn_check_in_place, true },
    { "backend.allocations", RN_CHECK_BACKEND, "a run allocates nothing", WALK,
      rn_check_allocations, true },
    { "backend.leaks", RN_CHECK_BACKEND, "a context leaves nothing behind", WALK, rn_check_leaks,
      true },
    { "backend.memory", RN_CHECK_BACKEND, "it bears that an allocation fails", WALK,
      rn_check_backend_memory, true },
    { "backend.threads", RN_CHECK_BACKEND, "a step may come from another thread", WALK,
      rn_check_threads, true },
    { "backend.contexts", RN_CHECK_BACKEND, "two contexts compute at the same time", WALK,
      rn_check_contexts, true },
    { "backend.ranks", RN_CHECK_BACKEND,
      "norms that contexts synchronise through the core are those of all their batches", WALK,
      rn_check_ranks, true },

    { "transport.opens", RN_CHECK_TRANSPORT,
      "it names its library, connects a process that is alone, and leaves the process as it is",
      SHORT, rn_check_link, false },
    { "transport.exchanges", RN_CHECK_TRANSPORT,
      "broadcasts and sums of each type end, in any order, and write nothing else", SHORT,
      rn_check_exchanges, false },
    { "transport.notes", RN_CHECK_TRANSPORT, "notes arrive whole and in their order", SHORT,
      rn_check_notes, false },
    { 0 },
};

const rn_check *rn_check_find(const char *name)
{
    for (const rn_check *check = rn_checks; check->name; check++)
        if (strcmp(check->name, name) == 0)
            return check;
    return NULL;
}
