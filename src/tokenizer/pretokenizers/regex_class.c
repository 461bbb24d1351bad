/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex_class.c - classes of characters in a pattern: […], [[:alpha:]], [a&&[^b]], \w, \p{…}, and escaped characters.
 *
 * Source    Oniguruma 6.9's default syntax (doc/RE, and how its parser treats the doubtful cases).
 */
#include "regex_parser.h"

#include <assert.h>
#include <stdio.h>

#include "unicode_class.h"

/* ---- escapes ---- */

/*
 * In a class, \\w and [:word:] lack the six numbers of Latin-1 that are no decimal ones, which a \\w outside of a class
 * matches: Oniguruma looks the one up in ranges and the other in a table of Latin-1.
 */
static void add_word_in_class(struct regex_parser *parser, struct regex_set *set, bool negated)
{
    static const uint32_t numbers[] = {0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE};
    struct regex_set words = {0};
    regex_set_add_property(parser->arena, &words, ZEST_TEXT("word"), true);
    for (size_t i = 0; i < ZEST_COUNT(numbers); i++)
        regex_set_add(parser->arena, &words, numbers[i], numbers[i]);
    if (!negated)
        regex_set_negate(parser->arena, &words);
    set->failed |= words.failed;
    regex_set_join(parser->arena, set, words.ranges, words.count);
}

static void add_property(struct regex_parser *parser, struct regex_set *set, const char *name, bool negated)
{
    bool known = regex_set_add_property(parser->arena, set, zest_text_of(name), negated);
    assert(known);
    (void)known;
}

static bool is_word(struct zest_text name)
{
    static const struct zest_text word = {"word", 4};
    size_t matched = 0;
    for (size_t i = 0; i < name.size; i++) {
        if (strchr(" _-", name.data[i]))
            continue;
        if (matched == word.size || (name.data[i] | 32) != word.data[matched++])
            return false;
    }
    return matched == word.size;
}

/* After "\p{". */
static void parse_property(struct regex_parser *parser, struct regex_set *set, bool negated, bool in_class)
{
    size_t start = parser->at - 3;
    if (regex_peek(parser, 0) == '^') {
        negated = !negated;
        parser->at++;
    }
    size_t name = parser->at;
    while (!regex_at_end(parser) && regex_peek(parser, 0) != '}')
        parser->at++;
    struct zest_text text = {parser->pattern.data + name, parser->at - name};
    if (regex_at_end(parser)) {
        regex_parse_fail(parser, start, ZEST_INVALID_ARGUMENT, "a property without '}'");
    } else if (in_class && is_word(text)) {
        add_word_in_class(parser, set, negated);
        parser->at++;
    } else if (!regex_set_add_property(parser->arena, set, text, negated)) {
        char what[128];
        snprintf(what, sizeof what, "the unknown property '%.*s'", (int)(text.size < 64 ? text.size : 64), text.data);
        regex_parse_fail(parser, start, ZEST_UNSUPPORTED, what);
    } else {
        parser->at++;
    }
}

int regex_parse_set_escape(struct regex_parser *parser, struct regex_set *set, bool in_class)
{
    unsigned char c = regex_peek(parser, 0);
    switch (c) {
    case 'w':
    case 'W':
        if (in_class)
            add_word_in_class(parser, set, c == 'W');
        else
            add_property(parser, set, "word", c == 'W');
        break;
    case 'd':
    case 'D':
        add_property(parser, set, "nd", c == 'D');
        break;
    case 's':
    case 'S':
        add_property(parser, set, "space", c == 'S');
        break;
    case 'h':
    case 'H':
        add_property(parser, set, "xdigit", c == 'H');
        break;
    case 'p':
    case 'P':
        if (regex_peek(parser, 1) != '{')
            return 0;
        parser->at += 2;
        parse_property(parser, set, c == 'P', in_class);
        return 1;
    default:
        return 0;
    }
    parser->at++;
    return 1;
}

static int digit_of(unsigned char c, unsigned base)
{
    int value = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : 99;
    return value < (int)base ? value : -1;
}

/* Reads at most `most` digits; answers how many. */
static unsigned read_number(struct regex_parser *parser, unsigned base, unsigned most, uint32_t *ret_value)
{
    unsigned count = 0;
    *ret_value = 0;
    for (int digit; count < most && (digit = digit_of(regex_peek(parser, 0), base)) >= 0; count++, parser->at++)
        *ret_value = *ret_value * base + (uint32_t)digit;
    return count;
}

/* After "\x{" or "\o{". */
static bool parse_braced(struct regex_parser *parser, size_t start, unsigned base, uint32_t *ret_code_point)
{
    unsigned count = read_number(parser, base, 8, ret_code_point);
    if (count == 0 || regex_peek(parser, 0) != '}')
        return regex_parse_fail(parser, start, ZEST_UNSUPPORTED, "a number in braces that is not one code point");
    parser->at++;
    return true;
}

static uint32_t control_of(unsigned char c)
{
    static const struct {
        char letter, code;
    } controls[] = {{'n', '\n'}, {'t', '\t'}, {'r', '\r'}, {'f', '\f'},
                    {'a', '\a'}, {'b', '\b'}, {'e', 27},   {'v', '\v'}};
    for (size_t i = 0; i < ZEST_COUNT(controls); i++)
        if (c == (unsigned char)controls[i].letter)
            return (uint32_t)controls[i].code;
    return c;
}

/* A number stands for a byte up to 0x7F only; above, bytes would have to be put together. */
static bool parse_numbered(struct regex_parser *parser, size_t start, unsigned char c, uint32_t *ret_code_point)
{
    bool braced = c != 'u' && c != '0' && regex_peek(parser, 0) == '{';
    if (braced) {
        parser->at++;
        if (!parse_braced(parser, start, c == 'x' ? 16 : 8, ret_code_point))
            return false;
    } else if (c == 'u') {
        if (read_number(parser, 16, 4, ret_code_point) != 4)
            return regex_parse_fail(parser, start, ZEST_INVALID_ARGUMENT, "'\\u' without four digits");
    } else {
        read_number(parser, c == 'x' ? 16 : 8, 2, ret_code_point);
        if (*ret_code_point > 0x7F)
            return regex_parse_fail(parser, start, ZEST_UNSUPPORTED, "a byte that is no ASCII character");
    }
    if (*ret_code_point > ZEST_CODE_POINT_MAX || (*ret_code_point >= 0xD800 && *ret_code_point <= 0xDFFF))
        return regex_parse_fail(parser, start, ZEST_INVALID_ARGUMENT, "a number that is no code point");
    return true;
}

bool regex_parse_character_escape(struct regex_parser *parser, uint32_t *ret_code_point)
{
    size_t start = parser->at - 1;
    if (regex_at_end(parser))
        return regex_parse_fail(parser, start, ZEST_INVALID_ARGUMENT, "'\\' at its end");
    uint32_t c = regex_next(parser);
    if (c == 'x' || c == 'u' || c == '0' || (c == 'o' && regex_peek(parser, 0) == '{'))
        return parse_numbered(parser, start, (unsigned char)c, ret_code_point);
    if ((c >= '1' && c <= '9') || c == 'c' || c == 'C' || c == 'M')
        return regex_parse_fail(parser, start, ZEST_UNSUPPORTED, "a back-reference, octal or control escape");
    *ret_code_point = c < 0x80 ? control_of((unsigned char)c) : c;
    return true;
}

/* ---- […] ---- */

/* What the class has read last: nothing, a character that may begin a range, "a-", or what no range begins with. */
enum class_state { CLASS_START, CLASS_CHARACTER, CLASS_RANGE, CLASS_PROPERTY, CLASS_COMPLETE };

struct class_reader {
    struct regex_parser *parser;
    struct regex_set set; /* of the operand of && being read */
    struct regex_set met; /* of those before */
    bool has_met;
    enum class_state state;
    uint32_t last;
    size_t start;
};

static void read_character(struct class_reader *reader, uint32_t c)
{
    if (reader->state == CLASS_RANGE) {
        if (reader->last > c) {
            regex_parse_fail(reader->parser, reader->start, ZEST_INVALID_ARGUMENT, "a class with an empty range");
            return;
        }
        regex_set_add(reader->parser->arena, &reader->set, reader->last, c);
        reader->state = CLASS_COMPLETE;
        return;
    }
    regex_set_add(reader->parser->arena, &reader->set, c, c);
    reader->state = CLASS_CHARACTER;
    reader->last = c;
}

/* After a set within the class. */
static void read_property(struct class_reader *reader)
{
    if (reader->state == CLASS_RANGE)
        regex_parse_fail(reader->parser, reader->start, ZEST_INVALID_ARGUMENT, "a class with a range to a set");
    reader->state = CLASS_PROPERTY;
}

static void read_hyphen(struct class_reader *reader)
{
    struct regex_parser *parser = reader->parser;
    bool last = regex_peek(parser, 0) == ']' || (regex_peek(parser, 0) == '&' && regex_peek(parser, 1) == '&');
    switch (reader->state) {
    case CLASS_CHARACTER:
        if (last)
            read_character(reader, '-');
        else
            reader->state = CLASS_RANGE;
        break;
    case CLASS_PROPERTY:
        if (!last) {
            regex_parse_fail(parser, reader->start, ZEST_INVALID_ARGUMENT, "a class with a range from a set");
            break;
        }
        read_character(reader, '-');
        break;
    default:
        read_character(reader, '-');
    }
}

static void meet(struct class_reader *reader)
{
    if (reader->has_met)
        regex_set_meet(reader->parser->arena, &reader->met, &reader->set);
    else
        reader->met = reader->set;
    reader->has_met = true;
    reader->set = (struct regex_set){0};
    reader->state = CLASS_START;
}

/* Whether "[:" begins the name of a POSIX bracket: letters and then ":]". */
static bool is_posix_bracket(const struct regex_parser *parser)
{
    size_t at = 1 + (regex_peek(parser, 1) == '^'), start = at;
    if (regex_peek(parser, 0) != ':')
        return false;
    while ((regex_peek(parser, at) | 32) >= 'a' && (regex_peek(parser, at) | 32) <= 'z')
        at++;
    return at > start && regex_peek(parser, at) == ':' && regex_peek(parser, at + 1) == ']';
}

static void add_bracket(struct class_reader *reader, const char *name, bool negated)
{
    struct zest_arena *arena = reader->parser->arena;
    if (strcmp(name, "word") == 0) {
        add_word_in_class(reader->parser, &reader->set, negated);
        return;
    }
    /* \p{Punct} is without the symbols, [:punct:] with them. */
    const struct zest_unicode_set *found =
        zest_unicode_set_find(zest_text_of(strcmp(name, "punct") == 0 ? "posixpunct" : name));
    struct regex_set bracket = {0};
    assert(found);
    regex_set_join(arena, &bracket, found->ranges, found->count);
    if (negated)
        regex_set_negate(arena, &bracket);
    reader->set.failed |= bracket.failed;
    regex_set_join(arena, &reader->set, bracket.ranges, bracket.count);
}

/* At ":alpha:]". */
static void read_posix_bracket(struct class_reader *reader)
{
    static const char *const names[] = {"alnum", "alpha", "blank", "cntrl", "digit",  "graph", "lower",
                                        "print", "punct", "space", "upper", "xdigit", "ascii", "word"};
    struct regex_parser *parser = reader->parser;
    bool negated = regex_peek(parser, 1) == '^';
    const char *name = parser->pattern.data + parser->at + 1 + negated;
    for (size_t i = 0; i < ZEST_COUNT(names); i++) {
        size_t size = strlen(names[i]);
        if (strncmp(name, names[i], size) != 0 || name[size] != ':')
            continue;
        add_bracket(reader, names[i], negated);
        parser->at += 1 + negated + size + 2;
        read_property(reader);
        return;
    }
    regex_parse_fail(parser, parser->at, ZEST_INVALID_ARGUMENT, "an unknown POSIX bracket");
}

static void parse_class_set(struct regex_parser *parser, struct regex_set *ret_set, bool *ret_negated);

static void read_inner_class(struct class_reader *reader)
{
    struct regex_set inner;
    bool negated;
    parse_class_set(reader->parser, &inner, &negated);
    if (negated)
        regex_set_negate(reader->parser->arena, &inner);
    reader->set.failed |= inner.failed;
    regex_set_join(reader->parser->arena, &reader->set, inner.ranges, inner.count);
    if (reader->state == CLASS_RANGE)
        regex_parse_fail(reader->parser, reader->start, ZEST_INVALID_ARGUMENT, "a class with a range to a class");
    reader->state = CLASS_COMPLETE;
}

static void read_class_item(struct class_reader *reader)
{
    struct regex_parser *parser = reader->parser;
    uint32_t c = regex_next(parser);
    if (c == '[' && is_posix_bracket(parser))
        read_posix_bracket(reader);
    else if (c == '[')
        read_inner_class(reader);
    else if (c == '-')
        read_hyphen(reader);
    else if (c == '&' && regex_peek(parser, 0) == '&' && ++parser->at)
        meet(reader);
    else if (c != '\\')
        read_character(reader, c);
    else if (regex_parse_set_escape(parser, &reader->set, true))
        read_property(reader);
    else if (regex_parse_character_escape(parser, &c))
        read_character(reader, c);
}

/* Whether a ']' that is not escaped follows anywhere: then one right behind '[' is a character. */
static bool has_other_end(const struct regex_parser *parser)
{
    for (size_t at = parser->at; at < parser->pattern.size; at++) {
        if (parser->pattern.data[at] == ']')
            return true;
        at += parser->pattern.data[at] == '\\';
    }
    return false;
}

/* After '['. */
static void parse_class_set(struct regex_parser *parser, struct regex_set *ret_set, bool *ret_negated)
{
    struct class_reader reader = {.parser = parser, .start = parser->at - 1};
    *ret_negated = regex_peek(parser, 0) == '^';
    parser->at += *ret_negated;
    if (++parser->depth > REGEX_DEPTH_MAX)
        regex_parse_fail(parser, reader.start, ZEST_TOO_LARGE, "more than 200 groups and classes in each other");
    if (regex_peek(parser, 0) == ']') {
        parser->at++;
        if (has_other_end(parser))
            read_character(&reader, ']');
        else
            regex_parse_fail(parser, reader.start, ZEST_INVALID_ARGUMENT, "an empty class");
    }
    while (!regex_at_end(parser) && regex_peek(parser, 0) != ']')
        read_class_item(&reader);
    if (regex_at_end(parser))
        regex_parse_fail(parser, reader.start, ZEST_INVALID_ARGUMENT, "a class without ']'");
    else
        parser->at++;
    if (reader.has_met)
        meet(&reader);
    *ret_set = reader.has_met ? reader.met : reader.set;
    parser->depth--;
}

struct regex_node *regex_parse_class(struct regex_parser *parser)
{
    struct regex_set set;
    bool negated;
    parse_class_set(parser, &set, &negated);
    if (parser->status != ZEST_OK)
        return NULL;
    if (parser->options & REGEX_IGNORE_CASE)
        return regex_fold_class(parser, &set, negated);
    if (negated)
        regex_set_negate(parser->arena, &set);
    return regex_node_of_set(parser, &set);
}
