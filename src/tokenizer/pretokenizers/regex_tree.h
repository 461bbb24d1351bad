/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex_tree.h - a parsed regular expression: a tree whose leaves are sets of code points. Private to regex_*.c.
 *
 * Everything lies in the arena of the compilation. One thread.
 */
#ifndef ZEST_REGEX_TREE_H
#define ZEST_REGEX_TREE_H

#include "unicode_set.h"

#define REGEX_DEPTH_MAX 200 /* groups and classes in each other */
#define REGEX_REPEAT_ENDLESS UINT32_MAX
#define REGEX_NEWLINE 0x0Au

/* ---- sets of code points (regex_set.c) ---- */

/* Ranges in any order until regex_set_tidy. */
struct regex_set {
    struct zest_code_range *ranges;
    size_t count, capacity;
    bool tidy;   /* sorted, neither touching nor overlapping */
    bool failed; /* memory was out; what is in it does not count */
};

void regex_set_add(struct zest_arena *arena, struct regex_set *set, uint32_t first, uint32_t last);
void regex_set_join(struct zest_arena *arena, struct regex_set *set, const struct zest_code_range *ranges,
                    size_t count);
void regex_set_tidy(struct regex_set *set);
void regex_set_negate(struct zest_arena *arena, struct regex_set *set);
/* Keeps in `set` what is in `other` too. */
void regex_set_meet(struct zest_arena *arena, struct regex_set *set, struct regex_set *other);
bool regex_set_has(const struct regex_set *set, uint32_t code_point); /* of a tidy one */
/* Adds the set of a property; false where no property that Oniguruma knows has this name. */
bool regex_set_add_property(struct zest_arena *arena, struct regex_set *set, struct zest_text name, bool negated);

/* ---- folding of case (regex_fold.c) ---- */

/* Some characters fold to two or three others ("ß" to "ss"); the characters that do are equivalent. */
struct regex_long_fold {
    uint32_t folded[3], length;
    uint32_t characters[2], character_count;
};

extern const struct regex_long_fold regex_long_folds[];
extern const size_t regex_long_fold_count;

uint32_t regex_fold(uint32_t code_point); /* to one character; itself where it folds to none or to several */
/* Adds what folds to the same character, and the character itself. */
void regex_fold_add_equals(struct zest_arena *arena, struct regex_set *set, uint32_t code_point);
/* Adds to a tidy set all that equals one of its members, character by character. */
void regex_fold_set(struct zest_arena *arena, struct regex_set *set);

/* ---- the tree ---- */

enum regex_kind {
    REGEX_EMPTY,
    REGEX_SET,      /* one character of `set` */
    REGEX_SEQUENCE, /* the children one after the other */
    REGEX_CHOICE,   /* the first child that leads to a match */
    REGEX_REPEAT,   /* the child, min to max times */
    REGEX_GROUP,    /* `opening` child ")": atomic groups, groups that Oniguruma keeps apart */
    REGEX_LOOK,     /* likewise: looks ahead and behind */
    REGEX_ANCHOR,   /* a place; `set` as the anchor needs it */
};

enum regex_anchor {
    REGEX_TEXT_START,
    REGEX_TEXT_END,
    REGEX_LAST_LINE_END, /* \Z */
    REGEX_LINE_START,
    REGEX_LINE_END,
    REGEX_WORD_EDGE,
    REGEX_NO_WORD_EDGE,
};

struct regex_node {
    enum regex_kind kind;
    enum regex_anchor anchor;
    struct regex_node *child, *last, *next; /* first and last child; the next one of the same parent */
    struct regex_set set;                   /* tidy */
    const char *opening;
    uint32_t min, max; /* of a repeat; max may be REGEX_REPEAT_ENDLESS */
    bool lazy;
    const uint8_t *kinds; /* of `set`: [kind_count] characters' kinds, once there is an alphabet */
    size_t kind_count;
    struct regex_node *next_set; /* all nodes with a set, for the alphabet */
};

struct regex_tree {
    struct zest_arena *arena;
    struct regex_node *root;
    struct regex_node *sets;
};

/* ---- looks ahead to the end of a run (regex_runs.c) ---- */

#define REGEX_RUNS_MAX 4 /* of a pattern; further ones are matched as they are written */

struct regex_run {
    bool run[256];      /* kinds of the run's characters */
    uint32_t size, min; /* characters of a turn; turns at least */
    bool at_edge;       /* an edge of words of the kinds `end` must follow; else none of the kinds `end` */
    bool end[256];
};

/* Places from start up to the run's end, as last seen. {0, 0} for a new text. */
struct regex_run_span {
    size_t start, end;
};

/* True where a look is of this sort. Needs the kinds of its sets. */
bool regex_run_of_look(const struct regex_node *look, struct regex_run *ret_run);
/* Whether the look holds at a place of a text in kinds. */
bool regex_run_holds(const struct regex_run *run, struct regex_run_span *known, const uint8_t *kinds, size_t count,
                     size_t at);

enum zest_status regex_parse(struct zest_text pattern, struct zest_arena *arena, struct regex_tree *ret_tree,
                             struct zest_error *error) ZEST_MUST_CHECK;

/* The parser's errors: what stands in the pattern at this byte. */
enum zest_status regex_refuse(struct zest_text pattern, size_t at, enum zest_status status, const char *what,
                              struct zest_error *error);

/* ---- the alphabet (regex_alphabet.c) ---- */

/* Characters that no set of the pattern tells apart are of one kind. */
struct regex_alphabet {
    uint8_t ascii[128];
    uint16_t stage1[8704]; /* block of 128 code points -> its number in stage2 */
    uint8_t *stage2;
    uint32_t kind_count;
};

/* Fills in the kinds of the tree's sets. stage2 is malloc's, the caller's. */
enum zest_status regex_alphabet_make(struct regex_tree *tree, struct regex_alphabet *ret_alphabet,
                                     struct zest_error *error) ZEST_MUST_CHECK;
/* Writes the kind of each character; answers how many characters there are. `kinds` has room for size bytes. */
size_t regex_alphabet_map(const struct regex_alphabet *alphabet, const unsigned char *text, size_t size,
                          uint8_t *kinds);

/* ---- the pattern for PCRE2 (regex_emit.c) ---- */

/* Looks to the end of a run become callouts (?C0), (?C1) …, which runs[] tells. */
void regex_emit(const struct regex_tree *tree, struct zest_buffer *pattern, struct regex_run runs[REGEX_RUNS_MAX],
                size_t *ret_run_count);

#endif
