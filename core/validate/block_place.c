/* block_place.c: tests of what building a block may touch: tables of an older program, memory that
 * is not there. */
#include <stddef.h>

#include "base/status.h"
#include "validate/block.h"
#include "validate/guarded.h"
#include "validate/hooks.h"
#include "validate/subject.h"

#define MOST_ALLOCATIONS 500

/* ---- block.older ---- */

/* The builder of ABI 0.6 ended here. */
#define OLDEST_GRAPH (offsetof(rn_graph, attr_pair) + sizeof(((rn_graph *)0)->attr_pair))

static rn_value *(*newest_build)(rn_graph *g, const rn_attrs *attrs, rn_value *x);

/* Gives the block a builder without later slots, at the end of a page. */
static rn_value *build_older(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    rn_graph *older = rn_guarded_copy(g, OLDEST_GRAPH);
    if (!older)
        return g->fail(g, RN_E_NOMEM, "no memory");
    older->size = OLDEST_GRAPH;
    return newest_build(older, attrs, x);
}

static rn_status check_older(rn_subject *s)
{
    rn_block older = *s->block;
    const rn_block *block = s->block;
    rn_built built;
    char text[RN_SUBJECT_TEXT];
    rn_check_at(s->checking, "%s, by the shorter builder of ABI 0.6, whose size it has to heed",
                rn_subject_text(s, text));
    newest_build = block->build;
    older.build = build_older;
    s->block = &older;
    rn_status status = rn_subject_build(s, &built);
    s->block = block;
    rn_dag_destroy(built.dag);
    if (status == RN_E_PLUGIN && !rn_fail_text()[0])
        rn_check_found(s->checking, "%s: it fails on the builder of ABI 0.6 without a reason",
                       text);
    return RN_OK;
}

rn_status rn_check_older_builder(rn_checking *c)
{
    return rn_subject_each(c, 20, check_older, NULL);
}

/* ---- block.memory ---- */

static rn_status check_memory(rn_subject *s)
{
    char text[RN_SUBJECT_TEXT];
    rn_subject_text(s, text);
    for (int64_t i = 1; i < MOST_ALLOCATIONS; i++) {
        rn_built built;
        rn_check_at(s->checking, "%s, whose allocation %lld fails", text, (long long)i);
        rn_hooks_fail_at(i);
        rn_status status = rn_subject_build(s, &built);
        int64_t calls = rn_hooks_calls();
        rn_hooks_fail_at(0);
        rn_dag_destroy(built.dag);
        if (calls < i)
            break;
        if (status && status != RN_E_NOMEM)
            rn_check_found(s->checking,
                           "%s: where its allocation %lld fails, it fails with %s, not with "
                           "RN_E_NOMEM",
                           text, (long long)i, rn_status_name(status));
    }
    return RN_OK;
}

/* What a build leaves behind grows with each build. */
static rn_status check_leaks(rn_subject *s)
{
    enum { BUILDS = 10 };
    char text[RN_SUBJECT_TEXT];
    int64_t before = 0;
    for (int i = 0; i <= BUILDS; i++) {
        rn_built built;
        rn_status status = rn_subject_build(s, &built);
        rn_dag_destroy(built.dag);
        if (status)
            return status;
        if (i == 0)
            before = rn_hooks_live();
    }
    int64_t left = rn_hooks_live() - before;
    if (left >= BUILDS)
        rn_check_found(s->checking, "%s: each build leaves %lld allocations behind",
                       rn_subject_text(s, text), (long long)(left / BUILDS));
    return check_memory(s);
}

rn_status rn_check_block_memory(rn_checking *c)
{
    rn_status status = rn_hooks_install(c->path);
    if (status != RN_E_UNSUPPORTED)
        return status ? status : rn_subject_each(c, 20, check_leaks, NULL);
    rn_check_skip(c, "%s", rn_fail_text());
    return RN_OK;
}
