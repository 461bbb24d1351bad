/* SPDX-License-Identifier: Apache-2.0 */
/* text_replace.c - literal replacing, and the clean-up that is a chain of it. Stateless. */
#include "character.h"
#include "decoder_kinds.h"

static void replace_nothing(struct zest_text text, struct zest_text content, struct zest_texts *out)
{
    for (size_t at = 0, size; at < text.size; at += size) {
        size = zest_character_size((unsigned char)text.data[at]);
        if (size > text.size - at)
            size = text.size - at;
        zest_texts_append(out, content.data, content.size);
        zest_texts_append(out, text.data + at, size);
    }
    zest_texts_append(out, content.data, content.size);
}

/* The first place of the pattern, which is not empty, or NULL. Most texts are short and have not even its first byte. */
static const char *find(struct zest_text text, struct zest_text pattern)
{
    if (text.size < pattern.size)
        return NULL;
    const char *first = memchr(text.data, pattern.data[0], text.size - pattern.size + 1);
    return first ? memmem(first, text.size - (size_t)(first - text.data), pattern.data, pattern.size) : NULL;
}

void zest_text_replace(struct zest_text text, struct zest_text pattern, struct zest_text content,
                       struct zest_texts *out)
{
    if (pattern.size == 0) {
        replace_nothing(text, content, out);
        return;
    }
    for (const char *found; (found = find(text, pattern)) != NULL;) {
        size_t before = (size_t)(found - text.data);
        zest_texts_append(out, text.data, before);
        zest_texts_append(out, content.data, content.size);
        text.data += before + pattern.size;
        text.size -= before + pattern.size;
    }
    zest_texts_append(out, text.data, text.size);
}

/* In this order, each over what the one before left. */
static const struct {
    struct zest_text pattern, content;
} cleanings[] = {
    {{" .", 2}, {".", 1}},   {{" ?", 2}, {"?", 1}},     {{" !", 2}, {"!", 1}},     {{" ,", 2}, {",", 1}},
    {{" ' ", 3}, {"'", 1}},  {{" n't", 4}, {"n't", 3}}, {{" 'm", 3}, {"'m", 2}},   {{" do not", 7}, {" don't", 6}},
    {{" 's", 3}, {"'s", 2}}, {{" 've", 4}, {"'ve", 3}}, {{" 're", 4}, {"'re", 3}},
};

/* None makes a text longer, and what is replaced never moves to the right: so it is done in place. */
static size_t replace_in_place(char *text, size_t size, struct zest_text pattern, struct zest_text content)
{
    size_t read = 0, written = 0;
    while (read < size) {
        if (text[read] == ' ' && size - read >= pattern.size && !memcmp(text + read, pattern.data, pattern.size)) {
            memcpy(text + written, content.data, content.size);
            written += content.size;
            read += pattern.size;
        } else {
            text[written++] = text[read++];
        }
    }
    return written;
}

void zest_text_clean(struct zest_texts *texts, size_t start)
{
    if (texts->status != ZEST_OK || start == texts->size || !memchr(texts->bytes + start, ' ', texts->size - start))
        return;
    for (size_t i = 0; i < ZEST_COUNT(cleanings); i++)
        texts->size = start + replace_in_place(texts->bytes + start, texts->size - start, cleanings[i].pattern,
                                               cleanings[i].content);
}
