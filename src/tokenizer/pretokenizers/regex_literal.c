/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex_literal.c - characters and classes of a pattern where case is ignored, as Oniguruma expands them.
 *
 * A string is read from left to right: three characters that are the folding of one ("ffi" of "ﬃ") stand for that one
 * and for every mix of cases, else two, else one. A class gets all equals of its members; where a member folds to
 * several characters, these are alternatives behind the class. Looks behind know single characters alone.
 */
#include "regex_parser.h"

#include <assert.h>

/* A node for one character and its equals. */
static struct regex_node *equals_of(struct regex_parser *parser, uint32_t code_point)
{
    struct regex_set set = {0};
    regex_fold_add_equals(parser->arena, &set, code_point);
    return regex_node_of_set(parser, &set);
}

static struct regex_node *characters_of(struct regex_parser *parser, const struct regex_long_fold *fold)
{
    struct regex_set set = {0};
    for (uint32_t i = 0; i < fold->character_count; i++)
        regex_set_add(parser->arena, &set, fold->characters[i], fold->characters[i]);
    return regex_node_of_set(parser, &set);
}

/* Every mix of cases of what the fold's characters fold to. */
static struct regex_node *folded_of(struct regex_parser *parser, const struct regex_long_fold *fold)
{
    struct regex_node *sequence = regex_node_new(parser, REGEX_SEQUENCE);
    for (uint32_t i = 0; i < fold->length; i++)
        regex_node_append(sequence, equals_of(parser, fold->folded[i]));
    return sequence;
}

/* One of the fold's characters, or what they fold to. */
static struct regex_node *either_of(struct regex_parser *parser, const struct regex_long_fold *fold)
{
    struct regex_node *choice = regex_node_new(parser, REGEX_CHOICE);
    regex_node_append(choice, characters_of(parser, fold));
    regex_node_append(choice, folded_of(parser, fold));
    return choice;
}

/* The longest folding that the string begins with, or NULL. */
static const struct regex_long_fold *fold_of_string(const uint32_t *code_points, size_t count)
{
    const struct regex_long_fold *found = NULL;
    for (size_t i = 0; i < regex_long_fold_count; i++) {
        const struct regex_long_fold *fold = &regex_long_folds[i];
        size_t same = 0;
        while (same < fold->length && same < count && regex_fold(code_points[same]) == fold->folded[same])
            same++;
        if (same == fold->length && (!found || fold->length > found->length))
            found = fold;
    }
    return found;
}

static const struct regex_long_fold *fold_of_character(uint32_t code_point)
{
    for (size_t i = 0; i < regex_long_fold_count; i++)
        for (uint32_t k = 0; k < regex_long_folds[i].character_count; k++)
            if (regex_long_folds[i].characters[k] == code_point)
                return &regex_long_folds[i];
    return NULL;
}

static void append_folded(struct regex_parser *parser, struct regex_node *sequence, const uint32_t *code_points,
                          size_t count)
{
    for (size_t i = 0; i < count;) {
        const struct regex_long_fold *fold = parser->behind ? NULL : fold_of_string(code_points + i, count - i);
        if (fold) {
            regex_node_append(sequence, either_of(parser, fold));
            i += fold->length;
            continue;
        }
        fold = fold_of_character(code_points[i]);
        regex_node_append(sequence, !fold            ? equals_of(parser, code_points[i])
                                    : parser->behind ? characters_of(parser, fold)
                                                     : either_of(parser, fold));
        i++;
    }
}

void regex_append_literal(struct regex_parser *parser, struct regex_node *sequence, const uint32_t *code_points,
                          size_t count)
{
    if (parser->options & REGEX_IGNORE_CASE) {
        append_folded(parser, sequence, code_points, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct regex_set set = {0};
        regex_set_add(parser->arena, &set, code_points[i], code_points[i]);
        regex_node_append(sequence, regex_node_of_set(parser, &set));
    }
}

struct regex_node *regex_fold_class(struct regex_parser *parser, struct regex_set *set, bool negated)
{
    struct regex_node *choice = regex_node_new(parser, REGEX_CHOICE);
    struct regex_set written;
    size_t alternatives = 0;
    regex_set_tidy(set);
    written = (struct regex_set){.failed = set->failed};
    regex_set_join(parser->arena, &written, set->ranges, set->count);
    regex_set_tidy(&written);
    regex_fold_set(parser->arena, set);
    if (negated) {
        regex_set_negate(parser->arena, set);
        return regex_node_of_set(parser, set);
    }
    regex_node_append(choice, regex_node_of_set(parser, set));
    for (size_t i = 0; i < regex_long_fold_count; i++) {
        const struct regex_long_fold *fold = &regex_long_folds[i];
        bool member = regex_set_has(&written, fold->characters[0]) ||
                      (fold->character_count > 1 && regex_set_has(&written, fold->characters[1]));
        if (member && ++alternatives)
            regex_node_append(choice, folded_of(parser, fold));
    }
    if (alternatives > 0 && parser->behind)
        return regex_parse_fail(parser, parser->at, ZEST_UNSUPPORTED,
                                "a class whose members fold to several characters in a look behind");
    return alternatives > 0 || !choice ? choice : choice->child;
}
