/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encode_spans.c - where tokens lie in their text: bytes to code points, and the white space that the post-processor
 * takes out (postprocess_bytelevel.c), without an encoding for each token. One thread.
 */
#include "tokenizer_model.h"
#include "unicode_class.h"

#include <assert.h>

/* ---- code points ---- */

/* Counts the characters that begin before `to`, going on (or, where characters were reordered, back) from *at. */
static uint32_t count_leads(const char *data, size_t *at, size_t to, uint32_t count)
{
    for (; *at < to; (*at)++)
        count += !zest_utf8_continues((unsigned char)data[*at]);
    for (; *at > to; (*at)--)
        count -= !zest_utf8_continues((unsigned char)data[*at - 1]);
    return count;
}

static bool is_ascii(struct zest_text text)
{
    uint64_t bits = 0, eight;
    size_t at = 0;
    for (; at + 8 <= text.size; at += 8) {
        memcpy(&eight, text.data + at, 8);
        bits |= eight;
    }
    for (; at < text.size; at++)
        bits |= (unsigned char)text.data[at];
    return (bits & 0x8080808080808080u) == 0;
}

void zest_spans_to_code_points(struct zest_text text, struct zest_span *spans, size_t count)
{
    size_t start_at = 0, end_at = 0;
    uint32_t starts = 0, ends = 0;
    if (is_ascii(text))
        return;
    for (size_t i = 0; i < count; i++) {
        struct zest_span span = spans[i];
        if (span.end == 0)
            continue; /* put round the text */
        assert(span.end <= text.size);
        bool goes_on = span.start == end_at; /* where the token before ended, as most do */
        if (!goes_on)
            starts = count_leads(text.data, &start_at, span.start, starts);
        if (span.start == span.end) { /* stands for nothing in the text */
            spans[i].start = spans[i].end = goes_on ? ends : starts;
            continue;
        }
        spans[i].start = goes_on ? ends : starts;
        if (zest_utf8_continues((unsigned char)text.data[span.start]))
            spans[i].start--; /* part of a character counts as the whole */
        ends = count_leads(text.data, &end_at, span.end, ends);
        spans[i].end = ends;
    }
}

/* ---- white space ---- */

/* Asks the post-processor what it does with the span of a word that begins with a space. */
static bool probe(const struct zest_tokenizer_model *model, uint32_t start, struct zest_arena *arena,
                  uint32_t *ret_start)
{
    struct zest_encoded items[2] = {{.text = ZEST_TEXT("a"), .span = {0, 1}, .attention = 1},
                                    {.id = 1, .text = ZEST_TEXT("\xC4\xA0z"), .attention = 1}};
    struct zest_encoding text = {.items = items, .count = 2, .capacity = 2}, whole;
    items[1].span = (struct zest_span){start, start + 2};
    if (!zest_post_process(model->post_processor, &text, NULL, false, arena, &whole) || whole.count != 2)
        return false;
    *ret_start = whole.items[1].span.start;
    return true;
}

bool zest_model_find_trim(struct zest_tokenizer_model *model)
{
    uint32_t inner, first;
    if (!probe(model, 5, &model->arena, &inner) || !probe(model, 0, &model->arena, &first))
        return false;
    model->trims_spans = inner == 6;
    model->trims_first = first == 1;
    return true;
}

void zest_trim_token_spans(const struct zest_tokenizer_model *model, const uint32_t *ids, const struct zest_text *texts,
                           struct zest_span *spans, size_t count)
{
    for (size_t i = 0; model->trims_spans && i < count; i++) {
        struct zest_text text = texts ? texts[i] : zest_model_token_text(model, ids[i]);
        unsigned char first = text.size > 0 ? (unsigned char)text.data[0] : 'a',
                      last = text.size > 0 ? (unsigned char)text.data[text.size - 1] : 'a';
        if ((first > ' ' && first < 0xC2) && (last > ' ' && last < 0x80))
            continue; /* nearly all that does not begin a word */
        struct zest_encoded item = {.text = text, .span = spans[i]};
        zest_trim_span(&item, i == 0 || spans[i].start == 0, !model->trims_first);
        spans[i] = item.span;
    }
}
