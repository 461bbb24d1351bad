/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex_parse.c - the structure of a pattern: alternatives, groups, repeats, anchors.
 *
 * Source    Oniguruma 6.9's default syntax (doc/RE and its parser). Where it differs from Perl's: `^` and `$` are of
 *           lines always, (?m) lets a dot match newlines, {n,m}+ repeats the repeat (only ?+ *+ ++ are possessive),
 *           {n}? makes it optional, {,n} is {0,n}, and a simple repeat of a simple repeat becomes one.
 *
 * One function a level, bounded by REGEX_DEPTH_MAX. After a failure everything answers NULL and the pattern is at its
 * end, so that loops stop by themselves.
 */
#include "regex_parser.h"

#include <assert.h>

#include "unicode_class.h"

#define LITERAL_MAX 64   /* characters of a pattern folded as one string */
#define REPEAT_MAX 65535 /* PCRE2's */

/* ---- what the parts of the parser share ---- */

enum zest_status regex_refuse(struct zest_text pattern, size_t at, enum zest_status status, const char *what,
                              struct zest_error *error)
{
    return zest_fail_param(error, status, "pattern", "the pattern '%.*s'%s has %s at byte %zu",
                           (int)(pattern.size < 120 ? pattern.size : 120), pattern.data, pattern.size < 120 ? "" : "…",
                           what, at);
}

struct regex_node *regex_parse_fail(struct regex_parser *parser, size_t at, enum zest_status status, const char *what)
{
    if (parser->status == ZEST_OK)
        parser->status = regex_refuse(parser->pattern, at, status, what, parser->error);
    parser->at = parser->pattern.size;
    return NULL;
}

struct regex_node *regex_parse_memory(struct regex_parser *parser)
{
    if (parser->status == ZEST_OK)
        parser->status = zest_fail(parser->error, ZEST_OUT_OF_MEMORY, "memory for a pattern of %zu bytes is out",
                                   parser->pattern.size);
    parser->at = parser->pattern.size;
    return NULL;
}

struct regex_node *regex_node_new(struct regex_parser *parser, enum regex_kind kind)
{
    struct regex_node *node = ZEST_NEW(parser->arena, struct regex_node);
    if (!node)
        return regex_parse_memory(parser);
    node->kind = kind;
    return node;
}

struct regex_node *regex_node_of_set(struct regex_parser *parser, struct regex_set *set)
{
    regex_set_tidy(set);
    struct regex_node *node = regex_node_new(parser, REGEX_SET);
    if (!node || set->failed)
        return regex_parse_memory(parser);
    node->set = *set;
    node->next_set = parser->tree->sets;
    parser->tree->sets = node;
    return node;
}

void regex_node_append(struct regex_node *parent, struct regex_node *child)
{
    if (!parent || !child)
        return;
    if (parent->last)
        parent->last->next = child;
    else
        parent->child = child;
    parent->last = child;
}

uint32_t regex_next(struct regex_parser *parser)
{
    uint32_t length;
    assert(!regex_at_end(parser));
    uint32_t c = zest_utf8_decode((const unsigned char *)parser->pattern.data + parser->at, &length);
    parser->at += length;
    return c;
}

/* ---- repeats ---- */

struct quantifier {
    uint32_t min, max;
    bool lazy, possessive;
};

/* Digits at *at; false where there are none. Stops at what no repeat may reach. */
static bool read_count(const struct regex_parser *parser, size_t *at, uint32_t *ret_count)
{
    size_t start = *at;
    for (*ret_count = 0; *at < parser->pattern.size; (*at)++) {
        char c = parser->pattern.data[*at];
        if (c < '0' || c > '9')
            break;
        if (*ret_count <= REPEAT_MAX)
            *ret_count = *ret_count * 10 + (uint32_t)(c - '0');
    }
    return *at > start;
}

/* At '{': 0 where it is a character, 1 for {n,m}, 2 for {n}. */
static int read_interval(struct regex_parser *parser, struct quantifier *quantifier)
{
    size_t at = parser->at + 1;
    int kind = 2;
    bool low = read_count(parser, &at, &quantifier->min);
    quantifier->max = quantifier->min;
    if (at < parser->pattern.size && parser->pattern.data[at] == ',') {
        at++;
        kind = 1;
        bool high = read_count(parser, &at, &quantifier->max);
        if (!high && !low)
            return 0;
        if (!high)
            quantifier->max = REGEX_REPEAT_ENDLESS;
    } else if (!low) {
        return 0;
    }
    if (at >= parser->pattern.size || parser->pattern.data[at] != '}')
        return 0;
    if (quantifier->min > REPEAT_MAX || (quantifier->max > REPEAT_MAX && quantifier->max != REGEX_REPEAT_ENDLESS)) {
        regex_parse_fail(parser, parser->at, ZEST_TOO_LARGE, "a repeat of more than 65535 times");
        return 0;
    }
    if (quantifier->min > quantifier->max) { /* {5,2}: two to five times, possessive */
        uint32_t low_count = quantifier->max;
        quantifier->max = quantifier->min;
        quantifier->min = low_count;
        quantifier->possessive = true;
    }
    parser->at = at + 1;
    return kind;
}

/* Reads a quantifier where one stands here. */
static bool read_quantifier(struct regex_parser *parser, struct quantifier *ret_quantifier)
{
    unsigned char c = regex_peek(parser, 0);
    *ret_quantifier = (struct quantifier){.min = c == '+', .max = c == '?' ? 1 : REGEX_REPEAT_ENDLESS};
    if (c == '{') {
        int kind = read_interval(parser, ret_quantifier);
        if (kind == 1 && !ret_quantifier->possessive && regex_peek(parser, 0) == '?') {
            ret_quantifier->lazy = true;
            parser->at++;
        }
        return kind > 0;
    }
    if (regex_at_end(parser) || (c != '?' && c != '*' && c != '+'))
        return false;
    parser->at++;
    ret_quantifier->lazy = regex_peek(parser, 0) == '?';
    ret_quantifier->possessive = regex_peek(parser, 0) == '+';
    parser->at += ret_quantifier->lazy || ret_quantifier->possessive;
    return true;
}

/* ?: 0, *: 1, +: 2, ??: 3, *?: 4, +?: 5; -1 for all others. */
static int simple_repeat(uint32_t min, uint32_t max, bool lazy)
{
    if (min == 0 && max == 1)
        return lazy ? 3 : 0;
    if (min <= 1 && max == REGEX_REPEAT_ENDLESS)
        return (lazy ? 4 : 1) + (int)min;
    return -1;
}

/*
 * Oniguruma makes one repeat of a simple repeat (row) of a simple repeat (column): what to put in the place of both.
 * "o": as they are; "i": the inner one alone; "p": (?:x+)??; else the number of a simple repeat.
 */
static const char joined_repeats[6][7] = {"i1134o", "iiippi", "11iopi", "i44i44", "iiiiii", "o1244i"};

static void set_simple(struct regex_node *node, int kind)
{
    node->lazy = kind >= 3;
    node->min = kind % 3 == 2;
    node->max = kind % 3 == 0 ? 1 : REGEX_REPEAT_ENDLESS;
}

/* `outer` repeats `inner`, both greedy or lazy. Answers what stands for both. */
static struct regex_node *join_repeats(struct regex_node *outer, struct regex_node *inner)
{
    int of_outer = simple_repeat(outer->min, outer->max, outer->lazy);
    int of_inner = simple_repeat(inner->min, inner->max, inner->lazy);
    if (of_outer < 0 && (of_inner == 1 || of_inner == 2)) {
        if (outer->max != REGEX_REPEAT_ENDLESS && outer->max > 1 && !outer->lazy)
            outer->max = outer->min == 0 ? 1 : outer->min;
        return outer;
    }
    if (of_outer < 0 || of_inner < 0)
        return outer;
    char joined = joined_repeats[of_inner][of_outer];
    if (joined == 'i')
        return inner;
    if (joined == 'p') {
        set_simple(outer, 3);
        set_simple(inner, 2);
    } else if (joined != 'o') {
        outer->child = inner->child;
        set_simple(outer, joined - '0');
    }
    return outer;
}

static struct regex_node *repeat(struct regex_parser *parser, struct regex_node *child,
                                 const struct quantifier *quantifier)
{
    if (!child)
        return NULL;
    if (child->kind == REGEX_ANCHOR || child->kind == REGEX_LOOK)
        return regex_parse_fail(parser, parser->at, ZEST_INVALID_ARGUMENT, "a repeat of what takes no character");
    if (quantifier->min == 1 && quantifier->max == 1)
        return child;
    struct regex_node *node = regex_node_new(parser, REGEX_REPEAT);
    if (!node)
        return NULL;
    node->child = child;
    node->min = quantifier->min;
    node->max = quantifier->max;
    node->lazy = quantifier->lazy;
    if (child->kind == REGEX_REPEAT)
        node = join_repeats(node, child);
    if (!quantifier->possessive)
        return node;
    struct regex_node *atomic = regex_node_new(parser, REGEX_GROUP);
    if (atomic) {
        atomic->opening = "(?>";
        atomic->child = node;
    }
    return atomic;
}

/* ---- groups ---- */

static struct regex_node *parse_choice(struct regex_parser *parser);

/* Reads the rest of a group and its ')'. `opening` NULL: nothing is kept of the group but what is in it. */
static struct regex_node *parse_group_rest(struct regex_parser *parser, size_t start, enum regex_kind kind,
                                           const char *opening, unsigned options)
{
    unsigned outer = parser->options;
    bool behind = parser->behind;
    parser->options = options;
    parser->behind |= opening && opening[2] == '<';
    struct regex_node *inner = parse_choice(parser);
    parser->options = outer;
    parser->behind = behind;
    if (regex_at_end(parser))
        return regex_parse_fail(parser, start, ZEST_INVALID_ARGUMENT, "a group without ')'");
    parser->at++;
    if (!opening || !inner)
        return inner;
    struct regex_node *node = regex_node_new(parser, kind);
    if (node) {
        node->opening = opening;
        node->child = inner;
    }
    return node;
}

/* At the name of (?<name>…) or (?'name'…): names of groups mean nothing where no reference is. */
static bool skip_name(struct regex_parser *parser, char end)
{
    size_t start = parser->at;
    while (!regex_at_end(parser) && regex_peek(parser, 0) != (unsigned char)end && regex_peek(parser, 0) != ')')
        parser->at++;
    if (parser->at == start || regex_peek(parser, 0) != (unsigned char)end)
        return false;
    parser->at++;
    return true;
}

/* At the options of "(?i-m:" or "(?i)". */
static struct regex_node *parse_options(struct regex_parser *parser, size_t start)
{
    unsigned options = parser->options;
    bool off = false;
    for (;; parser->at++) {
        unsigned char c = regex_peek(parser, 0);
        unsigned option = c == 'i' ? REGEX_IGNORE_CASE : c == 'm' ? REGEX_DOT_IS_ALL : c == 'x' ? REGEX_EXTENDED : 0;
        if (c == '-')
            off = true;
        else if (option)
            options = off ? options & ~option : options | option;
        else
            break;
    }
    unsigned char end = regex_peek(parser, 0);
    if (end != ':' && end != ')')
        return regex_parse_fail(parser, start, ZEST_UNSUPPORTED, "a group whose kind or option is not translated");
    parser->at++;
    if (end == ':')
        return parse_group_rest(parser, start, REGEX_GROUP, "(?:", options);
    parser->options = options; /* up to the end of the group that this stands in, alternatives included */
    return parse_choice(parser);
}

/* After "(?". */
static struct regex_node *parse_special_group(struct regex_parser *parser, size_t start)
{
    static const struct {
        const char *opening;
        enum regex_kind kind;
    } groups[] = {{"(?:", REGEX_EMPTY}, {"(?>", REGEX_GROUP}, {"(?=", REGEX_LOOK},
                  {"(?!", REGEX_LOOK},  {"(?<=", REGEX_LOOK}, {"(?<!", REGEX_LOOK}};
    for (size_t i = 0; i < ZEST_COUNT(groups); i++) {
        size_t size = strlen(groups[i].opening);
        if (start + size > parser->pattern.size || memcmp(parser->pattern.data + start, groups[i].opening, size) != 0)
            continue;
        parser->at = start + size;
        return parse_group_rest(parser, start, groups[i].kind, groups[i].kind == REGEX_EMPTY ? NULL : groups[i].opening,
                                parser->options);
    }
    unsigned char c = regex_peek(parser, 0);
    if (c == '<' || c == '\'') {
        parser->at++;
        if (!skip_name(parser, c == '<' ? '>' : '\''))
            return regex_parse_fail(parser, start, ZEST_INVALID_ARGUMENT, "a group whose name has no end");
        return parse_group_rest(parser, start, REGEX_GROUP, "(?:", parser->options);
    }
    return parse_options(parser, start);
}

/* After '('. Captures are plain groups: nothing refers to them. */
static struct regex_node *parse_group(struct regex_parser *parser)
{
    size_t start = parser->at - 1;
    struct regex_node *node = NULL;
    if (++parser->depth > REGEX_DEPTH_MAX) {
        regex_parse_fail(parser, start, ZEST_TOO_LARGE, "more than 200 groups and classes in each other");
    } else if (regex_peek(parser, 0) == '?') {
        parser->at++;
        node = parse_special_group(parser, start);
    } else if (regex_peek(parser, 0) == '*') {
        regex_parse_fail(parser, start, ZEST_UNSUPPORTED, "a callout");
    } else {
        node = parse_group_rest(parser, start, REGEX_GROUP, "(?:", parser->options);
    }
    parser->depth--;
    return node;
}

/* ---- atoms ---- */

static struct regex_node *anchor(struct regex_parser *parser, enum regex_anchor kind)
{
    struct regex_set set = {0};
    struct regex_node *node;
    if (kind == REGEX_WORD_EDGE || kind == REGEX_NO_WORD_EDGE)
        regex_set_add_property(parser->arena, &set, ZEST_TEXT("word"), false);
    else
        regex_set_add(parser->arena, &set, REGEX_NEWLINE, REGEX_NEWLINE);
    node = regex_node_of_set(parser, &set);
    if (node) {
        node->kind = REGEX_ANCHOR;
        node->anchor = kind;
    }
    return node;
}

static struct regex_node *any_character(struct regex_parser *parser, bool newline_too)
{
    struct regex_set set = {0};
    if (!newline_too)
        regex_set_add(parser->arena, &set, REGEX_NEWLINE, REGEX_NEWLINE);
    regex_set_negate(parser->arena, &set);
    return regex_node_of_set(parser, &set);
}

/* \R: "\r\n", or one of the newlines, without a way back. */
static struct regex_node *any_newline(struct regex_parser *parser)
{
    struct regex_node *choice = regex_node_new(parser, REGEX_CHOICE);
    struct regex_node *pair = regex_node_new(parser, REGEX_SEQUENCE), *group = regex_node_new(parser, REGEX_GROUP);
    struct regex_set single = {0};
    unsigned options = parser->options;
    parser->options &= ~REGEX_IGNORE_CASE;
    regex_append_literal(parser, pair, (const uint32_t[]){'\r', '\n'}, 2);
    parser->options = options;
    regex_set_add(parser->arena, &single, 0x0A, 0x0D);
    regex_set_add(parser->arena, &single, 0x85, 0x85);
    regex_set_add(parser->arena, &single, 0x2028, 0x2029);
    regex_node_append(choice, pair);
    regex_node_append(choice, regex_node_of_set(parser, &single));
    if (group) {
        group->opening = "(?>";
        group->child = choice;
    }
    return group;
}

/* Escapes that are neither a character nor a set of characters; the letter is read. NULL where it is none of them. */
static struct regex_node *parse_place_escape(struct regex_parser *parser)
{
    static const char letters[] = "AzZbB";
    static const enum regex_anchor anchors[] = {REGEX_TEXT_START, REGEX_TEXT_END, REGEX_LAST_LINE_END, REGEX_WORD_EDGE,
                                                REGEX_NO_WORD_EDGE};
    unsigned char c = regex_peek(parser, 0);
    const char *found = c ? strchr(letters, c) : NULL;
    bool named = (c == 'k' || c == 'g') && (regex_peek(parser, 1) == '<' || regex_peek(parser, 1) == '\'');
    if (named || (c && strchr("GKXyY", c)))
        return regex_parse_fail(parser, parser->at - 1, ZEST_UNSUPPORTED, "a reference, call, \\G, \\K, \\X or \\y");
    if (!found && c != 'R' && c != 'N' && c != 'O')
        return NULL;
    parser->at++;
    return found      ? anchor(parser, anchors[found - letters])
           : c == 'R' ? any_newline(parser)
                      : any_character(parser, c == 'O');
}

/* A character of the pattern that stands for itself: true and the character. Else *ret_node is what it begins. */
static bool parse_atom(struct regex_parser *parser, uint32_t *ret_character, struct regex_node **ret_node)
{
    struct regex_set set = {0};
    size_t start = parser->at;
    *ret_node = NULL;
    *ret_character = regex_next(parser);
    switch (*ret_character) {
    case '(':
        *ret_node = parse_group(parser);
        return false;
    case '[':
        *ret_node = regex_parse_class(parser);
        return false;
    case '.':
        *ret_node = any_character(parser, parser->options & REGEX_DOT_IS_ALL);
        return false;
    case '^':
        *ret_node = anchor(parser, REGEX_LINE_START);
        return false;
    case '$':
        *ret_node = anchor(parser, REGEX_LINE_END);
        return false;
    case '*':
    case '+':
    case '?':
        regex_parse_fail(parser, start, ZEST_INVALID_ARGUMENT, "a repeat of nothing");
        return false;
    case '\\':
        *ret_node = parse_place_escape(parser);
        if (*ret_node || parser->status != ZEST_OK)
            return false;
        if (regex_parse_set_escape(parser, &set, false)) {
            *ret_node = regex_node_of_set(parser, &set);
            return false;
        }
        return regex_parse_character_escape(parser, ret_character);
    default:
        return true;
    }
}

/* ---- sequences and alternatives ---- */

/* Comments, and what (?x) lets stand between items. */
static void skip_ignored(struct regex_parser *parser)
{
    for (;;) {
        unsigned char c = regex_peek(parser, 0);
        bool extended = (parser->options & REGEX_EXTENDED) != 0;
        if (c == '(' && regex_peek(parser, 1) == '?' && regex_peek(parser, 2) == '#') {
            size_t start = parser->at;
            while (!regex_at_end(parser) && regex_peek(parser, 0) != ')')
                parser->at += regex_peek(parser, 0) == '\\' ? 2 : 1;
            if (regex_at_end(parser))
                regex_parse_fail(parser, start, ZEST_INVALID_ARGUMENT, "a comment without ')'");
            else
                parser->at++;
        } else if (extended && c == '#') {
            while (!regex_at_end(parser) && regex_peek(parser, 0) != '\n')
                parser->at++;
        } else if (extended && c && strchr(" \t\n\r\f", c)) {
            parser->at++;
        } else {
            return;
        }
    }
}

/* Characters that have no node yet: one string of the pattern. */
struct literal {
    uint32_t code_points[LITERAL_MAX];
    size_t count;
};

static void flush(struct regex_parser *parser, struct regex_node *sequence, struct literal *literal)
{
    regex_append_literal(parser, sequence, literal->code_points, literal->count);
    literal->count = 0;
}

/* The node of a single character that is about to be repeated. */
static struct regex_node *lone_character(struct regex_parser *parser, uint32_t character)
{
    struct regex_node *holder = regex_node_new(parser, REGEX_SEQUENCE);
    regex_append_literal(parser, holder, &character, 1);
    return holder ? holder->child : NULL;
}

static bool at_sequence_end(const struct regex_parser *parser)
{
    return regex_at_end(parser) || regex_peek(parser, 0) == '|' || regex_peek(parser, 0) == ')';
}

static struct regex_node *parse_sequence(struct regex_parser *parser)
{
    struct regex_node *sequence = regex_node_new(parser, REGEX_SEQUENCE), *node;
    struct literal literal = {.count = 0};
    struct quantifier quantifier;
    uint32_t character;
    for (skip_ignored(parser); !at_sequence_end(parser); skip_ignored(parser)) {
        if (regex_peek(parser, 0) == '{' && read_quantifier(parser, &quantifier))
            return regex_parse_fail(parser, parser->at, ZEST_INVALID_ARGUMENT, "a repeat of nothing");
        if (regex_peek(parser, 0) == '(') /* which may change the options */
            flush(parser, sequence, &literal);
        bool is_character = parse_atom(parser, &character, &node);
        skip_ignored(parser);
        bool repeated = read_quantifier(parser, &quantifier);
        if (is_character && !repeated) {
            literal.code_points[literal.count++] = character;
            if (literal.count == LITERAL_MAX && (parser->options & REGEX_IGNORE_CASE))
                return regex_parse_fail(parser, parser->at, ZEST_TOO_LARGE, "a longer string without case than 64");
            if (literal.count == LITERAL_MAX)
                flush(parser, sequence, &literal);
            continue;
        }
        flush(parser, sequence, &literal);
        if (is_character)
            node = lone_character(parser, character);
        for (; repeated; repeated = read_quantifier(parser, &quantifier)) {
            node = repeat(parser, node, &quantifier);
            skip_ignored(parser);
        }
        regex_node_append(sequence, node);
    }
    flush(parser, sequence, &literal);
    /* A group of one item is that item, so that a repeat of a repeat is seen. */
    return sequence && sequence->child && !sequence->child->next ? sequence->child : sequence;
}

/* Up to the ')' or the end, which stays. */
static struct regex_node *parse_choice(struct regex_parser *parser)
{
    struct regex_node *first = parse_sequence(parser);
    if (regex_peek(parser, 0) != '|')
        return first;
    struct regex_node *choice = regex_node_new(parser, REGEX_CHOICE);
    regex_node_append(choice, first);
    while (regex_peek(parser, 0) == '|') {
        parser->at++;
        regex_node_append(choice, parse_sequence(parser));
    }
    return choice;
}

enum zest_status regex_parse(struct zest_text pattern, struct zest_arena *arena, struct regex_tree *ret_tree,
                             struct zest_error *error)
{
    struct regex_parser parser = {.pattern = pattern, .tree = ret_tree, .arena = arena, .error = error};
    *ret_tree = (struct regex_tree){.arena = arena};
    ret_tree->root = parse_choice(&parser);
    if (!regex_at_end(&parser))
        regex_parse_fail(&parser, parser.at, ZEST_INVALID_ARGUMENT, "a ')' without a group");
    assert(parser.status != ZEST_OK || ret_tree->root);
    return parser.status;
}
