/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex_emit.c - writes a parsed pattern over its alphabet for PCRE2 (8-bit, without UTF or its classes).
 *
 * Every character is the byte of its kind, so that all that is left for PCRE2 is the structure. Oniguruma's anchors
 * that PCRE2 sees otherwise are spelt out.
 */
#include "regex_tree.h"

#include <assert.h>

struct emitter {
    struct zest_buffer *pattern;
    struct regex_run *runs;
    size_t run_count;
};

static void emit_node(const struct regex_node *node, struct emitter *out);
static void emit_choices(const struct regex_node *node, struct emitter *out);

static void emit_text(struct emitter *out, const char *text)
{
    zest_buffer_append(out->pattern, text, strlen(text));
}

static void emit_set(const struct regex_node *node, struct emitter *out)
{
    if (node->kind_count == 0) {
        emit_text(out, "(?!)");
        return;
    }
    if (node->kind_count == 1) {
        zest_buffer_printf(out->pattern, "\\x%02X", node->kinds[0]);
        return;
    }
    emit_text(out, "[");
    for (size_t i = 0; i < node->kind_count;) {
        size_t last = i;
        while (last + 1 < node->kind_count && node->kinds[last + 1] == node->kinds[last] + 1)
            last++;
        zest_buffer_printf(out->pattern, "\\x%02X", node->kinds[i]);
        if (last > i)
            zest_buffer_printf(out->pattern, "-\\x%02X", node->kinds[last]);
        i = last + 1;
    }
    emit_text(out, "]");
}

/* S stands for the anchor's set. */
static const char *const anchors[] = {
    [REGEX_TEXT_START] = "\\A",
    [REGEX_TEXT_END] = "\\z",
    [REGEX_LAST_LINE_END] = "(?=S?\\z)",
    [REGEX_LINE_START] = "(?:\\A|(?<=S)(?!\\z))",
    [REGEX_LINE_END] = "(?=S|\\z)",
    [REGEX_WORD_EDGE] = "(?:(?<=S)(?!S)|(?<!S)(?=S))",
    [REGEX_NO_WORD_EDGE] = "(?:(?<=S)(?=S)|(?<!S)(?!S))",
};

static void emit_anchor(const struct regex_node *node, struct emitter *out)
{
    for (const char *c = anchors[node->anchor]; *c; c++)
        if (*c == 'S')
            emit_set(node, out);
        else
            zest_buffer_append(out->pattern, c, 1);
}

static void emit_repeat(const struct regex_node *node, struct emitter *out)
{
    bool plain = node->child->kind == REGEX_SET && node->child->kind_count > 0;
    emit_text(out, plain ? "" : "(?:");
    emit_node(node->child, out);
    emit_text(out, plain ? "" : ")");
    if (node->max == REGEX_REPEAT_ENDLESS && node->min <= 1)
        emit_text(out, node->min == 0 ? "*" : "+");
    else if (node->max == REGEX_REPEAT_ENDLESS)
        zest_buffer_printf(out->pattern, "{%u,}", node->min);
    else if (node->min == 0 && node->max == 1)
        emit_text(out, "?");
    else
        zest_buffer_printf(out->pattern, "{%u,%u}", node->min, node->max);
    emit_text(out, node->lazy ? "?" : "");
}

static void emit_choices(const struct regex_node *node, struct emitter *out)
{
    for (const struct regex_node *child = node->child; child; child = child->next) {
        emit_text(out, child == node->child ? "" : "|");
        emit_node(child, out);
    }
}

static void emit_group(const struct regex_node *node, struct emitter *out)
{
    emit_text(out, node->opening);
    if (node->child->kind == REGEX_CHOICE) /* PCRE2 looks behind alternatives of several lengths only so */
        emit_choices(node->child, out);
    else
        emit_node(node->child, out);
    emit_text(out, ")");
}

static void emit_node(const struct regex_node *node, struct emitter *out)
{
    switch (node->kind) {
    case REGEX_EMPTY:
        break;
    case REGEX_SET:
        emit_set(node, out);
        break;
    case REGEX_ANCHOR:
        emit_anchor(node, out);
        break;
    case REGEX_REPEAT:
        emit_repeat(node, out);
        break;
    case REGEX_SEQUENCE:
        for (const struct regex_node *child = node->child; child; child = child->next)
            emit_node(child, out);
        break;
    case REGEX_CHOICE:
        emit_text(out, "(?:");
        emit_choices(node, out);
        emit_text(out, ")");
        break;
    case REGEX_LOOK:
        if (out->run_count < REGEX_RUNS_MAX && regex_run_of_look(node, &out->runs[out->run_count])) {
            zest_buffer_printf(out->pattern, "(?C%zu)", out->run_count++);
            break;
        }
        emit_group(node, out);
        break;
    case REGEX_GROUP:
        emit_group(node, out);
        break;
    }
}

void regex_emit(const struct regex_tree *tree, struct zest_buffer *pattern, struct regex_run runs[REGEX_RUNS_MAX],
                size_t *ret_run_count)
{
    struct emitter emitter = {pattern, runs, 0};
    assert(tree->root);
    emit_node(tree->root, &emitter);
    *ret_run_count = emitter.run_count;
}
