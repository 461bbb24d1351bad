/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_zoo.h - every tokenizer that is at hand, for properties that must hold for all: the reference's small ones
 * and those that scripts/fetch_tokenizers.py brought; or instead the files that match ZEST_ZOO, such as mixes that
 * tests/tokenizer_mixes.py made. And texts to try on them.
 */
#ifndef TOKENIZER_ZOO_H
#define TOKENIZER_ZOO_H

#include "tokenizer_fixture.h"

#include <glob.h>
#include <unistd.h>
#include <zest/tokenizer.h>

typedef void zoo_visit(const char *name, struct zest_tokenizer *tokenizer);

/* Compiled anew: what another build left in the cache is not what is tested. */
static inline void zoo_open(const char *name, const char *path, zoo_visit *visit)
{
    struct zest_error error = {0};
    struct zest_tokenizer *tokenizer = NULL;
    struct zest_tokenizer_options options = {.model_path = path};
    enum zest_status status = zest_tokenizer_native_create(&options, &tokenizer, &error);
    if (status != ZEST_OK)
        fprintf(stderr, "%s: %s\n", name, error.message);
    ZEST_CHECK(status == ZEST_OK);
    if (status == ZEST_OK)
        visit(name, tokenizer);
    zest_tokenizer_native_destroy(tokenizer);
}

/* Unpacks a small tokenizer beside the test's own files and visits it. */
static inline void zoo_open_packed(const char *packed, zoo_visit *visit)
{
    char path[] = "/tmp/zest_zoo_XXXXXX", command[4300];
    int file = mkstemp(path);
    const char *name = strrchr(packed, '/') + 1;
    snprintf(command, sizeof command, "gzip -dc '%s' > '%s'", packed, path);
    ZEST_CHECK(file >= 0 && system(command) == 0);
    zoo_open(name, path, visit);
    close(file);
    unlink(path);
}

/* Visits each; answers how many there were. */
static inline size_t zoo_each(zoo_visit *visit)
{
    const char *folder = getenv("ZEST_REFERENCE");
    char pattern[4200], models[4096];
    const char *own = getenv("ZEST_ZOO");
    glob_t small = {0}, real = {0};
    snprintf(pattern, sizeof pattern, "%s/tok/synth/tokenizers/*.tokenizer.json.gz",
             folder ? folder : "../shared/reference");
    if (own || glob(pattern, 0, NULL, &small) != 0)
        small.gl_pathc = 0;
    fixture_model_path(models, sizeof models);
    *strrchr(models, '/') = '\0';
    snprintf(pattern, sizeof pattern, "%s/tokenizers/*/tokenizer.json", models);
    if (glob(own ? own : pattern, 0, NULL, &real) != 0)
        real.gl_pathc = 0;
    for (size_t i = 0; i < small.gl_pathc; i++)
        zoo_open_packed(small.gl_pathv[i], visit);
    for (size_t i = 0; i < real.gl_pathc; i++)
        zoo_open(real.gl_pathv[i], real.gl_pathv[i], visit);
    size_t count = small.gl_pathc + real.gl_pathc;
    globfree(&small);
    globfree(&real);
    return count;
}

/* xorshift64*; seeds are not zero. */
static inline uint64_t zoo_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1Du;
}

/* Appends about `size` bytes of words, signs, line ends, scripts, special tokens and what breaks tokenizers. */
static inline void zoo_text(uint64_t *state, size_t size, struct zest_buffer *out)
{
    static const char *const parts[] = {
        "Hello",
        " world",
        " the",
        "tokenizer",
        "izers",
        " ",
        "  ",
        "    ",
        "\n",
        "\n\n",
        "\r\n",
        "\n ",
        " \n",
        "\t",
        "\n\nThe",
        ". ",
        "I'll",
        "don't",
        "IT'S",
        "'",
        "1234567",
        " 42",
        "3.14",
        "x=1;",
        "//",
        "!!!",
        "...",
        "_id",
        "CamelCase",
        "\u00E9",
        "e\u0301",
        "\u0301",
        "\u4F60\u597D",
        "\u4E16\u754C",
        "\u3053\u3093",
        "\uD55C\uAD6D",
        "\u0417\u0434\u0440",
        " \u043C\u0438\u0440",
        "\u0928\u092E\u0938\u094D\u0924\u0947",
        "\U0001F600",
        "\U0001F468\u200D\U0001F469",
        "\U00012000",
        "\u00A0",
        "\u2028",
        "\u3000",
        "\uFF21",
        "\u33A5",
        "\u00DF",
        "\u0130",
        "\u017F",
        "\u2581",
        "<s>",
        "</s>",
        "<|im_end|>",
        "<|endoftext|>",
        "[MASK]",
        " [MASK] ",
        "<pad>",
        "<unk>",
        "<|eot_id|>",
        "<bos>",
        "<|",
        "|>",
        "[",
        "<",
        "##ing",
        "<0x41>",
        "aaaaaaaa",
        "\xEF\xBF\xBD",
        "\x01",
        "\x7F",
        "\n\n\n",
        "A\nB",
        "end.\nNext",
    };
    for (size_t until = out->size + size; out->size < until;) {
        const char *part = parts[zoo_random(state) % ZEST_COUNT(parts)];
        zest_buffer_append(out, part, strlen(part));
    }
}

#endif
