/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_markup.c - texts that are HTML already: MarkupSafe's Markup, as far as templates make it.
 */
#include "jinja_text.h"

#include "jinja_filters.h"

struct zest_text zest_jinja_escape_text(struct jinja *j, struct zest_text text)
{
    struct jinja_output output = {0};
    size_t from = 0;
    for (size_t at = 0; at < text.size && !j->failed; at++) {
        char c = text.data[at];
        const char *entity = c == '&'    ? "&amp;"
                             : c == '<'  ? "&lt;"
                             : c == '>'  ? "&gt;"
                             : c == '"'  ? "&#34;"
                             : c == '\'' ? "&#39;"
                                         : NULL;
        if (!entity)
            continue;
        zest_jinja_write(j, &output, text.data + from, at - from);
        zest_jinja_write(j, &output, entity, strlen(entity));
        from = at + 1;
    }
    if (from == 0 || !zest_jinja_spend(j, text.size / 32))
        return text;
    zest_jinja_write(j, &output, text.data + from, text.size - from);
    return zest_jinja_output_text(&output);
}

struct jinja_value zest_jinja_escape(struct jinja *j, struct jinja_value value)
{
    if (value.kind == JINJA_STRING && (value.flags & JINJA_MARKUP))
        return value;
    return zest_jinja_markup(zest_jinja_escape_text(j, zest_jinja_text(j, value)));
}

/* ---- filters ---- */

FILTER(escape)
{
    (void)args;
    return zest_jinja_escape(j, self);
}

FILTER(forceescape)
{
    (void)args;
    return zest_jinja_markup(zest_jinja_escape_text(j, zest_jinja_text(j, self)));
}

FILTER(safe)
{
    (void)args;
    return zest_jinja_markup(zest_jinja_text(j, self));
}

FILTER(string)
{
    (void)args;
    return zest_jinja_soft(j, self);
}

/* ---- striptags ---- */

/* Without comments and tags; what is not closed stays. */
static struct zest_text without_tags(struct jinja *j, struct zest_text text)
{
    struct jinja_output output = {0};
    size_t at = 0, start;
    while ((start = zest_jinja_find(text, ZEST_TEXT("<"), at)) != SIZE_MAX && zest_jinja_spend(j, 1)) {
        struct zest_text rest = {text.data + start, text.size - start};
        bool is_comment = rest.size >= 4 && !memcmp(rest.data, "<!--", 4);
        struct zest_text close = is_comment ? ZEST_TEXT("-->") : ZEST_TEXT(">");
        size_t end = zest_jinja_find(text, close, start + (is_comment ? 4 : 0));
        if (end == SIZE_MAX)
            break;
        zest_jinja_write(j, &output, text.data + at, start - at);
        at = end + close.size;
    }
    if (at == 0)
        return text;
    zest_jinja_write(j, &output, text.data + at, text.size - at);
    return zest_jinja_output_text(&output);
}

/* Runs of white space become one blank each, those at the ends none. */
static struct zest_text with_single_blanks(struct jinja *j, struct zest_text text)
{
    struct jinja_output output = {0};
    struct jinja_value words = zest_jinja_split(j, zest_jinja_string(text), (struct zest_text){NULL, 0}, -1, false);
    for (size_t i = 0; !j->failed && i < words.list->count; i++) {
        if (i > 0)
            zest_jinja_write(j, &output, " ", 1);
        zest_jinja_write_text(j, &output, words.list->items[i].text);
    }
    return zest_jinja_output_text(&output);
}

FILTER(striptags)
{
    (void)args;
    struct zest_text text = with_single_blanks(j, without_tags(j, zest_jinja_text(j, self)));
    return zest_jinja_string(zest_jinja_unescape(j, text));
}
