/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex_parser.h - what the parts of the parser share: regex_parse.c (structure), regex_class.c ([…] and escapes),
 * regex_literal.c (characters where case is ignored). Private to them. One thread.
 */
#ifndef ZEST_REGEX_PARSER_H
#define ZEST_REGEX_PARSER_H

#include "regex_tree.h"

#define REGEX_IGNORE_CASE 1u
#define REGEX_DOT_IS_ALL 2u
#define REGEX_EXTENDED 4u

struct regex_parser {
    struct zest_text pattern; /* valid UTF-8 */
    size_t at;
    struct regex_tree *tree;
    struct zest_arena *arena;
    struct zest_error *error;
    enum zest_status status; /* the first failure; parsing goes on to the end of nothing then */
    unsigned options, depth;
    bool behind; /* within a look behind */
};

/* Both answer NULL, note the first failure and move to the end of the pattern. */
struct regex_node *regex_parse_fail(struct regex_parser *parser, size_t at, enum zest_status status, const char *what);
struct regex_node *regex_parse_memory(struct regex_parser *parser);

/* NULL where memory is out. A set node is entered in the tree's list. */
struct regex_node *regex_node_new(struct regex_parser *parser, enum regex_kind kind);
struct regex_node *regex_node_of_set(struct regex_parser *parser, struct regex_set *set);
/* Appends a child; takes NULL for either. */
void regex_node_append(struct regex_node *parent, struct regex_node *child);

/* ---- reading ---- */

static inline bool regex_at_end(const struct regex_parser *parser)
{
    return parser->at >= parser->pattern.size;
}

/* The byte `ahead` of here, or 0. */
static inline unsigned char regex_peek(const struct regex_parser *parser, size_t ahead)
{
    size_t at = parser->at + ahead;
    return at < parser->pattern.size ? (unsigned char)parser->pattern.data[at] : 0;
}

uint32_t regex_next(struct regex_parser *parser); /* the character here; moves on. Not at the end. */

/* ---- regex_class.c ---- */

/* After '[': reads to its ']'. */
struct regex_node *regex_parse_class(struct regex_parser *parser);
/* Reads what follows '\' where it is one of the sets \w \d \s \h \p{…} and their opposites: 1, or 0 where it is none.
 */
int regex_parse_set_escape(struct regex_parser *parser, struct regex_set *set, bool in_class);
/* Reads what follows '\' as one character; false (and a failure) where it is none. */
bool regex_parse_character_escape(struct regex_parser *parser, uint32_t *ret_code_point);

/* ---- regex_literal.c ---- */

/* Appends the nodes of these characters to `sequence`, as one string of the pattern. */
void regex_append_literal(struct regex_parser *parser, struct regex_node *sequence, const uint32_t *code_points,
                          size_t count);
/* The class `set` (tidy, not negated yet) where case is ignored. */
struct regex_node *regex_fold_class(struct regex_parser *parser, struct regex_set *set, bool negated);

#endif
