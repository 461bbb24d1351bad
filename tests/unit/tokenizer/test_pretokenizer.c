/* SPDX-License-Identifier: Apache-2.0 */
/* test_pretokenizer.c - where texts are cut into words, against the reference's components. */
#include "zest_test.h"

#include "pretokenizer.h"
#include "tokenizer_fixture.h"

/* A piece of the reference is written in the byte alphabet; its bytes must be those of the text. */
static bool cuts_as(const struct zest_pretokenizer *pretokenizer, struct zest_text text, const json_t *pieces)
{
    char bytes[4096];
    size_t from = 0, end;
    for (size_t i = 0; i < json_array_size(pieces); i++) {
        struct zest_text piece = fixture_text(json_array_get(pieces, i));
        size_t size = piece.size <= sizeof bytes ? zest_byte_alphabet_decode(piece, bytes) : SIZE_MAX;
        if (pretokenizer->cut((const unsigned char *)text.data, text.size, from, &end, 1) != 1 || size != end - from ||
            memcmp(bytes, text.data + from, size) != 0)
            return false;
        from = end;
    }
    return from == text.size;
}

static bool component_holds(const json_t *component, const json_t *texts, const char *name)
{
    const struct zest_pretokenizer *pretokenizer = zest_pretokenizer_find(zest_text_of(name));
    bool holds = pretokenizer != NULL;
    for (size_t i = 0; holds && i < json_array_size(texts); i++) {
        struct zest_text text = fixture_text(json_array_get(texts, i));
        if (!cuts_as(pretokenizer, text, json_array_get(json_object_get(component, "out"), i))) {
            printf("%s cuts text %zu in another way: %.*s\n", name, i, (int)text.size, text.data);
            holds = false;
        }
    }
    return holds;
}

ZEST_TEST(words_are_those_of_the_reference)
{
    static const struct {
        const char *component, *name;
    } pairs[] = {{"gpt2_bytelevel", "gpt-2"}, {"llama3_cl100k", "llama-bpe"}, {"starcoder_refact_cohere", "smollm"}};
    size_t size, at = 0;
    int found = 0;
    char *data = fixture_reference("tok/components.jsonl.gz", &size);
    if (!data)
        ZEST_SKIP("needs the reference data");
    json_decref(fixture_next_line(data, size, &at));
    json_t *texts = fixture_next_line(data, size, &at);
    for (json_t *line; (line = fixture_next_line(data, size, &at)); json_decref(line))
        for (size_t i = 0; i < ZEST_COUNT(pairs); i++)
            if (!strcmp(json_string_value(json_object_get(line, "name")), pairs[i].component)) {
                ZEST_CHECK(component_holds(line, texts, pairs[i].name));
                found++;
            }
    ZEST_CHECK_INT(found, ZEST_COUNT(pairs));
    json_decref(texts);
    free(data);
}

/* Joined by bars, so that a case reads at a glance. */
static void check_words(const char *name, const char *text, const char *wanted)
{
    char joined[256];
    size_t size = strlen(text), from = 0, end, used = 0;
    const struct zest_pretokenizer *pretokenizer = zest_pretokenizer_find(zest_text_of(name));
    while (from < size && pretokenizer->cut((const unsigned char *)text, size, from, &end, 1) == 1) {
        used += (size_t)snprintf(joined + used, sizeof joined - used, "%s%.*s", from > 0 ? "|" : "", (int)(end - from),
                                 text + from);
        from = end;
    }
    ZEST_CHECK_TEXT(((struct zest_text){joined, used}), zest_text_of(wanted));
}

ZEST_TEST(words_by_hand)
{
    check_words("gpt-2", "I'll go  to 1234's\n\n x", "I|'ll| go| | to| 1234|'s|\n\n| x");
    check_words("smollm", "in  2024 it's", "in|  |2|0|2|4| it|'s");
    check_words("smollm", "\xC2\xBD \xE2\x85\xA7x", "\xC2\xBD| |\xE2\x85\xA7|x");
    check_words("llama-bpe", "I'LL go  to 12345\r\n\n (x)", "I|'LL| go| | to| |123|45|\r\n\n| (|x|)");
    check_words("llama-bpe",
                "'\xC5\xBF"
                "a \t\n  b",
                "'\xC5\xBF|a| \t\n| | b");
    ZEST_CHECK(zest_pretokenizer_find(ZEST_TEXT("nobody")) == NULL);
}
