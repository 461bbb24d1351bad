/* SPDX-License-Identifier: Apache-2.0 */
/* test_post_processor.c - what is put round texts and pairs, for each kind; and what is refused. */
#include "zest_test.h"

#include "post_processor.h"

static struct zest_arena arena;

/* An encoding of the ids `first`, `first` + 1, …, one code point each, written "a". */
static struct zest_encoding text_of(uint32_t first, size_t count)
{
    struct zest_encoding encoding = {0};
    ZEST_CHECK(zest_encoding_reserve(&encoding, &arena, count));
    for (uint32_t i = 0; i < count; i++)
        encoding.items[i] = (struct zest_encoded){
            .id = first + i, .span = {i, i + 1}, .text = ZEST_TEXT("a"), .word = (int32_t)i, .attention = 1};
    encoding.count = count;
    return encoding;
}

/* "id/type/sequence/special" of each token. */
static struct zest_text shown(const struct zest_encoding *encoding)
{
    struct zest_text all = ZEST_TEXT("");
    for (size_t i = 0; i < encoding->count; i++) {
        const struct zest_encoded *item = &encoding->items[i];
        all = zest_text_format(&arena, "%.*s%s%u/%u/%d/%d", (int)all.size, all.data, i > 0 ? " " : "", item->id,
                               item->type_id, item->sequence, item->special);
    }
    return all;
}

static const struct zest_post_processor *create(const char *text)
{
    json_error_t json_error;
    struct zest_error error = {0};
    struct zest_post_processor *processor = NULL;
    json_t *json = json_loads(text, JSON_DECODE_ANY, &json_error);
    ZEST_CHECK(json != NULL);
    ZEST_CHECK_OK(zest_post_processor_create(json, &arena, &processor, &error), &error);
    json_decref(json);
    return processor;
}

static void check(const char *json, bool pair, bool add_special, const char *wanted)
{
    struct zest_encoding first = text_of(10, 2), second = text_of(20, 1), whole;
    const struct zest_post_processor *processor = create(json);
    ZEST_CHECK(zest_post_process(processor, &first, pair ? &second : NULL, add_special, &arena, &whole));
    ZEST_CHECK_TEXT(shown(&whole), zest_text_of(wanted));
    if (add_special)
        ZEST_CHECK_INT(whole.count,
                       first.count + (pair ? second.count : 0) + zest_post_processor_added(processor, pair));
}

static const char bert[] = "{\"type\": \"BertProcessing\", \"sep\": [\"[SEP]\", 2], \"cls\": [\"[CLS]\", 1]}";
static const char roberta[] = "{\"type\": \"RobertaProcessing\", \"sep\": [\"</s>\", 2], \"cls\": [\"<s>\", 1], "
                              "\"trim_offsets\": true, \"add_prefix_space\": false}";
static const char template[] =
    "{\"type\": \"TemplateProcessing\","
    " \"single\": [{\"SpecialToken\": {\"id\": \"X\", \"type_id\": 0}}, {\"Sequence\": {\"id\": \"A\", \"type_id\": "
    "0}}],"
    " \"pair\": \"X:3 $A:0 X $B:1\","
    " \"special_tokens\": {\"X\": {\"id\": \"X\", \"ids\": [7, 8], \"tokens\": [\"x\", \"y\"]}}}";

ZEST_TEST(each_kind_puts_its_tokens_round_texts)
{
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    check("null", false, true, "10/0/0/0 11/0/0/0");
    check("null", true, true, "10/0/0/0 11/0/0/0 20/0/1/0");
    check(bert, false, true, "1/0/-1/1 10/0/0/0 11/0/0/0 2/0/-1/1");
    check(bert, true, true, "1/0/-1/1 10/0/0/0 11/0/0/0 2/0/-1/1 20/1/1/0 2/1/-1/1");
    check(bert, true, false, "10/0/0/0 11/0/0/0 20/1/1/0");
    check(roberta, true, true, "1/0/-1/1 10/0/0/0 11/0/0/0 2/0/-1/1 2/0/-1/1 20/0/1/0 2/0/-1/1");
    check(template, false, true, "7/0/-1/1 8/0/-1/1 10/0/0/0 11/0/0/0");
    check(template, false, false, "10/0/0/0 11/0/0/0");
    check(template, true, true, "7/3/-1/1 8/3/-1/1 10/0/0/0 11/0/0/0 7/0/-1/1 8/0/-1/1 20/1/1/0");
    zest_arena_finish(&arena);
}

ZEST_TEST(byte_level_takes_spaces_out_of_spans)
{
    struct zest_encoding text, whole;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    text = text_of(1, 2);
    text.items[0].text = ZEST_TEXT("\xC4\xA0\xC4\xA0"
                                   "a\xC4\xA0");
    text.items[0].span = (struct zest_span){0, 4};
    text.items[1].text = ZEST_TEXT("\xC4\xA0");
    text.items[1].span = (struct zest_span){4, 5};
    const struct zest_post_processor *processor =
        create("{\"type\": \"ByteLevel\", \"trim_offsets\": true, \"add_prefix_space\": true, \"use_regex\": true}");
    ZEST_CHECK(zest_post_process(processor, &text, NULL, true, &arena, &whole));
    ZEST_CHECK_INT(whole.items[0].span.start, 2);
    ZEST_CHECK_INT(whole.items[0].span.end, 3);
    ZEST_CHECK_INT(whole.items[1].span.start, 5);
    ZEST_CHECK_INT(whole.items[1].span.end, 5);
    zest_arena_finish(&arena);
}

ZEST_TEST(sequences_run_one_after_the_other)
{
    char json[2000];
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    snprintf(json, sizeof json,
             "{\"type\": \"Sequence\", \"processors\": [{\"type\": \"ByteLevel\", \"trim_offsets\": false, "
             "\"add_prefix_space\": true}, %s]}",
             template);
    check(json, false, true, "7/0/-1/1 8/0/-1/1 10/0/0/0 11/0/0/0");
    zest_arena_finish(&arena);
}

ZEST_TEST(overflows_are_surrounded_too)
{
    struct zest_encoding text, whole;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    text = text_of(10, 5);
    struct zest_truncation truncation = {.length_max = 3, .stride = 1};
    struct zest_error error = {0};
    ZEST_CHECK_OK(zest_truncate(&truncation, &text, NULL, &arena, &error), &error);
    ZEST_CHECK_INT(text.overflow_count, 1);
    ZEST_CHECK(zest_post_process(create(bert), &text, NULL, true, &arena, &whole));
    ZEST_CHECK_TEXT(shown(&whole), ZEST_TEXT("1/0/-1/1 10/0/0/0 11/0/0/0 12/0/0/0 2/0/-1/1"));
    ZEST_CHECK_INT(whole.overflow_count, 1);
    ZEST_CHECK_TEXT(shown(&whole.overflow[0]), ZEST_TEXT("1/0/-1/1 12/0/0/0 13/0/0/0 14/0/0/0 2/0/-1/1"));
    zest_arena_finish(&arena);
}

static void check_refused(const char *text, const char *part)
{
    json_error_t json_error;
    struct zest_error error = {0};
    struct zest_post_processor *processor;
    json_t *json = json_loads(text, JSON_DECODE_ANY, &json_error);
    ZEST_CHECK(zest_post_processor_create(json, &arena, &processor, &error) != ZEST_OK);
    if (!strstr(error.message, part))
        ZEST_FAILED("\"%s\" does not say \"%s\"", error.message, part);
    json_decref(json);
}

ZEST_TEST(what_is_no_post_processor_is_refused_by_name)
{
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    check_refused("{\"type\": \"Nope\"}", "\"Nope\" is not known");
    check_refused("{}", "\"type\"");
    check_refused("{\"type\": \"BertProcessing\", \"sep\": [\"[SEP]\", 2]}", "cls is missing");
    check_refused("{\"type\": \"BertProcessing\", \"sep\": 7, \"cls\": [\"[CLS]\", 1]}", "sep is 7");
    check_refused("{\"type\": \"ByteLevel\", \"trim_offsets\": 1, \"add_prefix_space\": true}", "trim_offsets is 1");
    check_refused("{\"type\": \"Sequence\", \"processors\": {}}", "no list");
    check_refused("{\"type\": \"Sequence\", \"processors\": [null]}", "item 0");
    check_refused("{\"type\": \"TemplateProcessing\", \"single\": \"$A\", \"pair\": \"$A $B\"}", "special_tokens");
    check_refused("{\"type\": \"TemplateProcessing\", \"single\": \"$B\", \"pair\": \"$A $B\", \"special_tokens\": {}}",
                  "no second text");
    check_refused(
        "{\"type\": \"TemplateProcessing\", \"single\": \"Q $A\", \"pair\": \"$A $B\", \"special_tokens\": {}}",
        "no \"Q\"");
    check_refused("{\"type\": \"TemplateProcessing\", \"single\": \"$Z\", \"pair\": \"$A $B\", \"special_tokens\": {}}",
                  "single");
    zest_arena_finish(&arena);
}
