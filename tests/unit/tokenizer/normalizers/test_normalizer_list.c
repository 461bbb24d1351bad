/* SPDX-License-Identifier: Apache-2.0 */
/* test_normalizer_list.c - making normalizers from JSON: what is taken, and what is refused with which name. */
#include "component.h"
#include "zest_test.h"

static enum zest_status create(const char *json, struct zest_error *error, struct zest_text text,
                               struct zest_aligned *out)
{
    struct zest_arena arena;
    struct zest_normalizer *normalizer = NULL;
    json_t *parsed = json_loads(json, JSON_DECODE_ANY, NULL);
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    *error = (struct zest_error){0};
    enum zest_status status = zest_normalizer_create(parsed, &arena, &normalizer, error);
    if (status == ZEST_OK)
        status = zest_normalizer_prepare(normalizer, error);
    if (status == ZEST_OK) {
        struct zest_aligned in = {0};
        zest_aligned_reset(&in, true);
        zest_aligned_reset(out, true);
        zest_aligned_append_original(&in, (const unsigned char *)text.data, text.size, 0);
        zest_normalizer_run(normalizer, &in, out);
        zest_aligned_finish(&in);
    }
    zest_normalizer_finish(normalizer);
    zest_arena_finish(&arena);
    json_decref(parsed);
    return status;
}

ZEST_TEST(every_kind_runs)
{
    static const struct {
        const char *json, *in, *out;
    } cases[] = {
        {"null", "Aé ", "Aé "},
        {"{\"type\":\"NFC\"}", "e\u0301", "\u00E9"},
        {"{\"type\":\"NFD\"}", "\u00E9", "e\u0301"},
        {"{\"type\":\"NFKC\"}", "\uFB01\u00E9", "fi\u00E9"},
        {"{\"type\":\"NFKD\"}", "\uFB01\u00E9", "fie\u0301"},
        {"{\"type\":\"Lowercase\"}", "ÀΣ\u0130", "àσi\u0307"},
        {"{\"type\":\"StripAccents\"}", "e\u0301\u0302é", "eé"},
        {"{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":false}", "\u3000 a ", "a "},
        {"{\"strip_left\":true,\"strip_right\":true}", " \u3000", ""},
        {"{\"type\":\"Prepend\",\"prepend\":\"▁\"}", "a", "▁a"},
        {"{\"type\":\"Prepend\",\"prepend\":\"▁\"}", "", ""},
        {"{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"▁\"}", " a  b", "▁a▁▁b"},
        {"{\"type\":\"Replace\",\"pattern\":{\"String\":\"aa\"},\"content\":\"\"}", "aaaab", "b"},
        {"{\"type\":\"Replace\",\"pattern\":{\"String\":\"\"},\"content\":\"-\"}", "é", "-é-"},
        {"{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" +\"},\"content\":\"_\"}", " a  b", "_a_b"},
        {"{\"type\":\"ByteLevel\"}", "é \u00AD", "Ã©ĠÂŃ"},
        {"{\"type\":\"Nmt\"}", "a\x01\tb\uFEFF", "a b "},
        {"{\"type\":\"Bert\",\"clean_text\":true,\"handle_chinese_chars\":true,\"lowercase\":true}", "É\a中\t",
         "e 中  "},
        {"{\"type\":\"BertNormalizer\",\"clean_text\":false,\"handle_chinese_chars\":false,\"lowercase\":true,"
         "\"strip_accents\":false}",
         "É", "é"},
        {"{\"type\":\"Sequence\",\"normalizers\":[]}", "A", "A"},
        {"{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFD\"},{\"type\":\"StripAccents\"},{\"type\":"
         "\"Lowercase\"}]}",
         "É", "e"},
    };
    struct zest_aligned out = {0};
    struct zest_error error;
    for (size_t i = 0; i < ZEST_COUNT(cases); i++) {
        ZEST_CHECK_OK(create(cases[i].json, &error, zest_text_of(cases[i].in), &out), &error);
        ZEST_CHECK_TEXT(((struct zest_text){(char *)out.bytes, out.size}), zest_text_of(cases[i].out));
    }
    zest_aligned_finish(&out);
}

ZEST_TEST(what_is_wrong_is_named)
{
    static const struct {
        const char *json;
        enum zest_status status;
        const char *names; /* is in the message */
    } cases[] = {
        {"[]", ZEST_WRONG_TYPE, "normalizer"},
        {"{}", ZEST_MISSING_FIELD, "type"},
        {"{\"type\":7}", ZEST_WRONG_TYPE, "type"},
        {"{\"type\":\"Uppercase\"}", ZEST_UNSUPPORTED, "Uppercase"},
        {"{\"type\":\"NFC\",\"x_y\":1}", ZEST_UNKNOWN_FIELD, "normalizer NFC: x_y is 1; "},
        {"{\"type\":\"ByteLevel\",\"add_prefix_space\":true}", ZEST_UNKNOWN_FIELD, "add_prefix_space"},
        {"{\"type\":\"Strip\",\"strip_left\":true}", ZEST_MISSING_FIELD, "strip_right"},
        {"{\"type\":\"Strip\",\"strip_left\":1,\"strip_right\":true}", ZEST_WRONG_TYPE,
         "normalizer Strip: strip_left is 1; "},
        {"{\"type\":\"Prepend\",\"prepend\":null}", ZEST_WRONG_TYPE, "prepend"},
        {"{\"type\":\"Replace\",\"content\":\"\"}", ZEST_MISSING_FIELD, "pattern"},
        {"{\"type\":\"Replace\",\"pattern\":\"a\",\"content\":\"\"}", ZEST_WRONG_TYPE, "pattern"},
        {"{\"type\":\"Replace\",\"pattern\":{\"Glob\":\"a\"},\"content\":\"\"}", ZEST_WRONG_TYPE,
         "pattern is {\"Glob\":\"a\"}; "},
        {"{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"(\"},\"content\":\"\"}", ZEST_INVALID_ARGUMENT, "("},
        {"{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAAA\"}", ZEST_MODEL_DAMAGED, "charsmap"},
        {"{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true}", ZEST_MISSING_FIELD,
         "lowercase"},
        {"{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},{\"type\":\"NFX\"}]}", ZEST_UNSUPPORTED, "NFX"},
        {"{\"type\":\"Sequence\",\"normalizers\":[null]}", ZEST_WRONG_TYPE, "member 0"},
    };
    struct zest_aligned out = {0};
    struct zest_error error;
    for (size_t i = 0; i < ZEST_COUNT(cases); i++) {
        ZEST_CHECK_INT(create(cases[i].json, &error, ZEST_TEXT("a"), &out), cases[i].status);
        if (!strstr(error.message, cases[i].names))
            ZEST_FAILED("\"%s\" does not name %s", error.message, cases[i].names);
    }
}
