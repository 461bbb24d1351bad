/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex_runs.c - looks ahead to the end of a run of characters, without walking there from each of its places.
 *
 * Patterns that group digits from the right, (?=(\d{3})+(?!\d)) or \d{1,3}(?=(?:\d{3})*\b), look from every digit to
 * the end of the number: quadratic on a long one. Such a look is D{k} many times and then something that can't hold
 * between two D: not before a set that holds D, or an edge of words where D are word characters. So with E the end of
 * the run of D from here, it holds
 *
 *     where (E - here) is a multiple of k, of `min` turns at least, and the end holds at E
 *     or, where no turn is needed, where the end holds here
 *
 * PCRE2 asks for this by a callout; E is remembered for the places before it, so that all of a text costs one walk.
 */
#include "regex_tree.h"

#include <assert.h>

/* What a repeat repeats: k times the same set. False where it is anything else. */
static bool unit_of(const struct regex_node *node, const struct regex_node **ret_set, uint32_t *ret_size)
{
    if (node->kind == REGEX_GROUP && strcmp(node->opening, "(?:") == 0)
        node = node->child;
    *ret_size = 1;
    if (node->kind == REGEX_REPEAT && node->min == node->max && node->min > 0) {
        *ret_size = node->min;
        node = node->child;
    }
    *ret_set = node;
    return node->kind == REGEX_SET && node->kind_count > 0;
}

static void mark_kinds(const struct regex_node *node, bool in[256])
{
    memset(in, 0, 256);
    for (size_t i = 0; i < node->kind_count; i++)
        in[node->kinds[i]] = true;
}

bool regex_run_of_look(const struct regex_node *look, struct regex_run *ret_run)
{
    const struct regex_node *repeat = look->child->child, *end, *set;
    if (strcmp(look->opening, "(?=") != 0 || look->child->kind != REGEX_SEQUENCE || !repeat || !repeat->next ||
        repeat->next->next)
        return false;
    end = repeat->next;
    if (repeat->kind != REGEX_REPEAT || repeat->max != REGEX_REPEAT_ENDLESS ||
        !unit_of(repeat->child, &set, &ret_run->size))
        return false;
    ret_run->min = repeat->min;
    ret_run->at_edge = end->kind == REGEX_ANCHOR && end->anchor == REGEX_WORD_EDGE;
    if (!ret_run->at_edge) {
        if (end->kind != REGEX_LOOK || strcmp(end->opening, "(?!") != 0 || end->child->kind != REGEX_SET)
            return false;
        end = end->child;
    }
    mark_kinds(set, ret_run->run);
    mark_kinds(end, ret_run->end);
    for (size_t kind = 0; kind < 256; kind++)
        if (ret_run->run[kind] && !ret_run->end[kind])
            return false;
    return true;
}

/* Whether what stands behind the run holds at a place. */
static bool ends_at(const struct regex_run *run, const uint8_t *kinds, size_t count, size_t at)
{
    bool next = at < count && run->end[kinds[at]];
    return run->at_edge ? next != (at > 0 && run->end[kinds[at - 1]]) : !next;
}

bool regex_run_holds(const struct regex_run *run, struct regex_run_span *known, const uint8_t *kinds, size_t count,
                     size_t at)
{
    assert(at <= count && run->size > 0);
    if (at < known->start || at >= known->end) {
        known->start = known->end = at;
        while (known->end < count && run->run[kinds[known->end]])
            known->end++;
    }
    size_t length = known->end - at;
    if (run->min == 0 && ends_at(run, kinds, count, at))
        return true;
    return length > 0 && length % run->size == 0 && length / run->size >= run->min &&
           ends_at(run, kinds, count, known->end);
}
