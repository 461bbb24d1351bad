/* SPDX-License-Identifier: Apache-2.0 */
/* test_image_compile.c - equal definitions have equal images, and what can't be run is refused when it is compiled. */
#include "zest_test.h"

#include "image_compile.h"
#include "tokenizer_json.h"

#include <malloc.h>

#define BYTE_LEVEL "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true}"
#define MODEL                                                                                                       \
    "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"c\":2,\"ab\":3,\"abc\":4,\"bc\":5},"                  \
    "\"merges\":[\"a b\",\"ab c\",\"b c\"]},"                                                                       \
    "\"added_tokens\":[{\"id\":6,\"content\":\"<s>\",\"special\":true,\"normalized\":false,\"lstrip\":false,"      \
    "\"rstrip\":false,\"single_word\":false}]"

static enum zest_status compile(const char *json, struct zest_image *ret_image, struct zest_error *error)
{
    struct zest_tokenizer_definition definition = {0};
    zest_arena_init(&definition.arena, ZEST_ARENA_UNLIMITED);
    *error = (struct zest_error){0};
    enum zest_status status = zest_tokenizer_json_read("a file", zest_text_of(json), &definition, error);
    if (status == ZEST_OK)
        status = zest_image_compile(&definition, ret_image, error);
    zest_definition_finish(&definition);
    return status;
}

/* What is not written in an image is what the memory had before: fresh memory is filled with another byte each time. */
ZEST_TEST(equal_definitions_have_equal_images)
{
    static const char *const files[] = {
        "{" MODEL ",\"pre_tokenizer\":" BYTE_LEVEL ",\"decoder\":" BYTE_LEVEL "}",
        "{" MODEL "}",
        "{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"u\",\"continuing_subword_prefix\":\"##\","
        "\"max_input_chars_per_word\":100,\"vocab\":{\"u\":0,\"a\":1,\"##b\":2}},"
        "\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,"
        "\"strip_accents\":null,\"lowercase\":true},\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"}}",
        "{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"u\",0],[\"a\",-1.5],[\"ab\",-2]]}}",
        "{\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"u\",\"vocab\":{\"u\":0,\"a\":1}}}",
    };
    for (size_t i = 0; i < ZEST_COUNT(files); i++) {
        struct zest_image images[2] = {{0}, {0}};
        struct zest_error error;
        for (int round = 0; round < 2; round++) {
            (void)mallopt(M_PERTURB, 0x55 << round); /* sanitizers' malloc has no such thing */
            ZEST_CHECK_OK(compile(files[i], &images[round], &error), &error);
        }
        ZEST_CHECK_INT(images[0].size, images[1].size);
        ZEST_CHECK(images[0].base && images[1].base && memcmp(images[0].base, images[1].base, images[0].size) == 0);
        zest_image_close(&images[0]);
        zest_image_close(&images[1]);
    }
    mallopt(M_PERTURB, 0);
}

ZEST_TEST(patterns_are_refused_before_they_run)
{
    static const char *const files[] = {
        "{" MODEL ",\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a(\"},\"behavior\":\"Isolated\","
        "\"invert\":false}}",
        "{" MODEL ",\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Whitespace\"},"
        "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a(\"},\"behavior\":\"Isolated\",\"invert\":false}]}}",
        "{" MODEL ",\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"a(\"},\"content\":\"\"}}",
        "{" MODEL ",\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Replace\",\"pattern\":"
        "{\"Regex\":\"a(\"},\"content\":\"\"}]}}",
        "{" MODEL ",\"decoder\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"a(\"},\"content\":\"\"}}",
    };
    for (size_t i = 0; i < ZEST_COUNT(files); i++) {
        struct zest_image image = {0};
        struct zest_error error;
        ZEST_CHECK_INT(compile(files[i], &image, &error), ZEST_INVALID_ARGUMENT);
        if (!strstr(error.message, "a("))
            ZEST_FAILED("\"%s\" does not name the pattern", error.message);
        ZEST_CHECK(image.base == NULL);
    }
}
