/* SPDX-License-Identifier: Apache-2.0 */
/* test_gguf_tokenizer.c - a GGUF says the same as the tokenizer.json it was converted from, for each kind. */
#include "gguf_write.h"

#include "sentencepiece_proto.h"

#include "mapped_file.h"

enum { NORMAL = 1, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE };

#define PATH "/tmp/zest-gguf-XXXXXX"

/* Reads what the converter would have written for `wanted` and ends it. */
static void check_gguf(struct gguf_file *f, struct zest_tokenizer_definition *ret_definition)
{
    char path[] = PATH;
    struct zest_error error = {0};
    gguf_end(f, path);
    ZEST_CHECK_OK(zest_definition_read(path, ret_definition, &error), &error);
    (void)unlink(path);
}

static int32_t type_of(const struct zest_tokenizer_definition *definition, uint32_t id)
{
    const struct zest_added_token *added = find_added(definition, id);
    return !added ? NORMAL : added->special ? CONTROL : USER_DEFINED;
}

/* ---- gpt2 ---- */

static void write_gpt2(struct gguf_file *f, const struct zest_tokenizer_definition *d, const char *pre)
{
    uint32_t count = d->token_count + d->added_count, used = d->token_count;
    struct zest_text *texts = calloc(count, sizeof *texts), *merges = calloc(d->merge_count, sizeof *merges);
    int32_t *types = calloc(count, sizeof *types);
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    for (uint32_t id = 0; id < count; id++) {
        const struct zest_added_token *added = find_added(d, id);
        texts[id] = added ? added->content : id < d->token_count ? d->tokens[id] : (struct zest_text){0};
        types[id] = type_of(d, id);
        if (texts[id].data && id >= used)
            used = id + 1;
    }
    for (uint32_t i = 0; i < d->merge_count; i++) {
        struct zest_text left = d->tokens[d->merges[i].left], right = d->tokens[d->merges[i].right];
        merges[i] = zest_text_format(&arena, "%.*s %.*s", (int)left.size, left.data, (int)right.size, right.data);
    }
    gguf_begin(f);
    gguf_text(f, "tokenizer.ggml.model", "gpt2");
    gguf_text(f, "tokenizer.ggml.pre", pre);
    gguf_texts(f, "tokenizer.ggml.tokens", texts, used);
    gguf_numbers(f, "tokenizer.ggml.token_type", ZEST_GGUF_I32, types, 4, used);
    gguf_texts(f, "tokenizer.ggml.merges", merges, d->merge_count);
    zest_arena_finish(&arena);
    free(texts);
    free(merges);
    free(types);
}

ZEST_TEST(byte_level_models_are_those_of_their_tokenizer_json)
{
    /* (deepseek3 and glm4 are left out: these small models cut otherwise than their families do.) */
    static const struct {
        const char *model, *pre;
    } models[] = {{"gpt2", "gpt-2"},           {"qwen2", "qwen2"},   {"llama-gqa", "llama-bpe"},
                  {"starcoder2", "starcoder"}, {"falcon", "falcon"}, {"cohere", "command-r"},
                  {"gptoss", "gpt-4o"}};
    for (size_t i = 0; i < ZEST_COUNT(models); i++) {
        char path[4096];
        struct zest_tokenizer_definition wanted, got;
        struct zest_error error = {0};
        struct gguf_file f;
        if (!reference_model(path, sizeof path, models[i].model, "tokenizer.json"))
            ZEST_SKIP("needs the reference data");
        ZEST_CHECK_OK(zest_definition_read(path, &wanted, &error), &error);
        write_gpt2(&f, &wanted, models[i].pre);
        check_gguf(&f, &got);
        ZEST_CHECK_INT(got.merge_count, wanted.merge_count);
        ZEST_CHECK(memcmp(got.merges, wanted.merges, got.merge_count * sizeof *got.merges) == 0);
        for (uint32_t id = 0; id < wanted.token_count; id++)
            if (wanted.tokens[id].data && !find_added(&wanted, id))
                ZEST_CHECK_TEXT(got.tokens[id], wanted.tokens[id]);
        check_same_added(&got, &wanted);
        check_same_component(&got, &wanted, "pre_tokenizer");
        check_same_component(&got, &wanted, "normalizer");
        zest_definition_finish(&got);
        zest_definition_finish(&wanted);
    }
}

/* ---- llama ---- */

static void write_llama(struct gguf_file *f, const struct zest_sentencepiece_proto *proto, bool prefix, bool merges)
{
    struct zest_text *texts = calloc(proto->piece_count + 2, sizeof *texts);
    int32_t *types = calloc(proto->piece_count + 2, sizeof *types);
    float *scores = calloc(proto->piece_count + 2, sizeof *scores);
    for (uint32_t id = 0; id < proto->piece_count; id++) {
        texts[id] = proto->pieces[id].text;
        types[id] = (int32_t)proto->pieces[id].type;
        scores[id] = proto->pieces[id].score;
    }
    static char paddings[2][16]; /* rows that the model has beyond the tokenizer */
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t id = proto->piece_count + i;
        texts[id] = (struct zest_text){paddings[i], (size_t)snprintf(paddings[i], 16, "[PAD%u]", id)};
        types[id] = UNUSED;
        scores[id] = -1000;
    }
    gguf_begin(f);
    gguf_text(f, "tokenizer.ggml.model", "llama");
    gguf_text(f, "tokenizer.ggml.pre", "default");
    gguf_texts(f, "tokenizer.ggml.tokens", texts, proto->piece_count + 2);
    gguf_numbers(f, "tokenizer.ggml.token_type", ZEST_GGUF_I32, types, 4, proto->piece_count + 2);
    if (merges)
        gguf_numbers(f, "tokenizer.ggml.scores", ZEST_GGUF_F32, scores, 4, proto->piece_count + 2);
    gguf_u32(f, "tokenizer.ggml.bos_token_id", (uint32_t)proto->bos_id);
    gguf_u32(f, "tokenizer.ggml.eos_token_id", (uint32_t)proto->eos_id);
    gguf_u32(f, "tokenizer.ggml.unknown_token_id", (uint32_t)proto->unk_id);
    gguf_bool(f, "tokenizer.ggml.add_space_prefix", prefix);
    free(texts);
    free(types);
    free(scores);
}

ZEST_TEST(scores_give_the_merges_of_their_tokenizer_json)
{
    static const char *const models[] = {"llama-mha", "mistral-swa", "phi3", "gemma", "gemma3"};
    for (size_t i = 0; i < ZEST_COUNT(models); i++) {
        char path[4096];
        struct zest_tokenizer_definition wanted, got;
        struct zest_sentencepiece_proto proto;
        struct zest_text file = {0};
        struct zest_error error = {0};
        struct gguf_file f;
        if (!reference_model(path, sizeof path, models[i], "tokenizer.json"))
            ZEST_SKIP("needs the reference data");
        ZEST_CHECK_OK(zest_definition_read(path, &wanted, &error), &error);
        reference_model(path, sizeof path, models[i], "tokenizer.model");
        ZEST_CHECK_OK(zest_file_map(path, SIZE_MAX, &file, &error), &error);
        ZEST_CHECK_OK(zest_sentencepiece_proto_read("m", file, &proto, &error), &error);
        write_llama(&f, &proto, proto.add_dummy_prefix, true);
        check_gguf(&f, &got);
        check_same_tokens(&got, &wanted);
        ZEST_CHECK_INT(got.added_count, wanted.added_count);
        check_same_component(&got, &wanted, "normalizer");
        check_same_component(&got, &wanted, "pre_tokenizer");
        check_same_component(&got, &wanted, "model");
        check_same_component(&got, &wanted, "decoder");
        ZEST_CHECK(got.ends.adds_bos && !got.ends.adds_eos && got.ends.bos_id == proto.bos_id);
        zest_definition_finish(&got);
        zest_definition_finish(&wanted);
        zest_sentencepiece_proto_finish(&proto);
        zest_file_unmap(file);
    }
}

/* ---- bert ---- */

ZEST_TEST(word_pieces_are_spelled_as_in_their_tokenizer_json)
{
    char path[4096];
    struct zest_tokenizer_definition wanted, got;
    struct zest_error error = {0};
    struct zest_arena arena;
    struct gguf_file f;
    if (!reference_model(path, sizeof path, "bert-mean", "tokenizer.json"))
        ZEST_SKIP("needs the reference data");
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    ZEST_CHECK_OK(zest_definition_read(path, &wanted, &error), &error);
    struct zest_text *texts = calloc(wanted.token_count, sizeof *texts);
    int32_t *types = calloc(wanted.token_count, sizeof *types);
    for (uint32_t id = 0; id < wanted.token_count; id++) {
        struct zest_text text = wanted.tokens[id];
        types[id] = type_of(&wanted, id);
        texts[id] = types[id] == CONTROL ? text
                    : text.size > 2 && memcmp(text.data, "##", 2) == 0
                        ? (struct zest_text){text.data + 2, text.size - 2}
                        : zest_text_format(&arena, "\xE2\x96\x81%.*s", (int)text.size, text.data);
    }
    gguf_begin(&f);
    gguf_text(&f, "tokenizer.ggml.model", "bert");
    gguf_texts(&f, "tokenizer.ggml.tokens", texts, wanted.token_count);
    gguf_numbers(&f, "tokenizer.ggml.token_type", ZEST_GGUF_I32, types, 4, wanted.token_count);
    gguf_u32(&f, "tokenizer.ggml.cls_token_id", 2);
    gguf_u32(&f, "tokenizer.ggml.seperator_token_id", 3);
    gguf_u32(&f, "tokenizer.ggml.unknown_token_id", 1);
    check_gguf(&f, &got);
    check_same_tokens(&got, &wanted);
    check_same_added(&got, &wanted);
    static const char *const names[] = {"normalizer", "pre_tokenizer", "model", "post_processor", "decoder"};
    for (size_t i = 0; i < ZEST_COUNT(names); i++)
        check_same_component(&got, &wanted, names[i]);
    zest_definition_finish(&got);
    zest_definition_finish(&wanted);
    zest_arena_finish(&arena);
    free(texts);
    free(types);
}

/* ---- t5 and small things, from a tiny vocabulary ---- */

static const struct zest_text tiny_texts[] = {{"<pad>", 5},
                                              {"</s>", 4},
                                              {"<unk>", 5},
                                              {"\xE2\x96\x81", 3},
                                              {"a", 1},
                                              {"\xE2\x96\x81"
                                               "a",
                                               4},
                                              {"a  b", 4}};
static const int32_t tiny_types[] = {CONTROL, CONTROL, UNKNOWN, NORMAL, NORMAL, NORMAL, USER_DEFINED};
static const float tiny_scores[] = {0, 0, 0, -1.5f, -2, -3, 0};
enum { TINY = ZEST_COUNT(tiny_texts) };

static void begin_tiny(struct gguf_file *f, const char *model)
{
    gguf_begin(f);
    gguf_text(f, "tokenizer.ggml.model", model);
    gguf_texts(f, "tokenizer.ggml.tokens", tiny_texts, TINY);
    gguf_numbers(f, "tokenizer.ggml.token_type", ZEST_GGUF_I32, tiny_types, 4, TINY);
    gguf_numbers(f, "tokenizer.ggml.scores", ZEST_GGUF_F32, tiny_scores, 4, TINY);
}

ZEST_TEST(a_t5_is_a_unigram_with_its_normalizer)
{
    struct zest_tokenizer_definition got;
    struct gguf_file f;
    begin_tiny(&f, "t5");
    gguf_numbers(&f, "tokenizer.ggml.precompiled_charsmap", ZEST_GGUF_U8, "\1\2\3\4\5", 1, 5);
    gguf_bool(&f, "tokenizer.ggml.remove_extra_whitespaces", true);
    check_gguf(&f, &got);
    check_component(&got, "normalizer",
                    "{'type': 'Sequence', 'normalizers': [{'type': 'Precompiled', 'precompiled_charsmap': 'AQIDBAU='}, "
                    "{'type': 'Strip', 'strip_left': false, 'strip_right': true}, "
                    "{'type': 'Replace', 'pattern': {'Regex': ' {2,}'}, 'content': '\xE2\x96\x81'}]}");
    check_component(&got, "pre_tokenizer",
                    "{'type': 'Metaspace', 'replacement': '\xE2\x96\x81', 'prepend_scheme': 'always', 'split': true}");
    check_component(&got, "model", "{'type': 'Unigram', 'unk_id': 2, 'byte_fallback': false}");
    check_component(
        &got, "post_processor",
        "{'type': 'TemplateProcessing', 'single': [{'Sequence': {'id': 'A', 'type_id': 0}}, "
        "{'SpecialToken': {'id': '</s>', 'type_id': 0}}], 'pair': [{'Sequence': {'id': 'A', 'type_id': 0}}, "
        "{'SpecialToken': {'id': '</s>', 'type_id': 0}}, {'Sequence': {'id': 'B', 'type_id': 1}}, "
        "{'SpecialToken': {'id': '</s>', 'type_id': 1}}], 'special_tokens': {'</s>': {'id': '</s>', "
        "'ids': [1], 'tokens': ['</s>']}}}");
    ZEST_CHECK(got.scores && got.scores[3] == -1.5);
    ZEST_CHECK_TEXT(got.tokens[6], ZEST_TEXT("a\xE2\x96\x81\xE2\x96\x81"
                                             "b")); /* spaces of a user's token */
    ZEST_CHECK_INT(got.added_count, 4);
    zest_definition_finish(&got);
}

ZEST_TEST(ends_come_from_keys_and_known_texts)
{
    static const struct zest_text texts[] = {{"<s>", 3}, {"</s>", 4}, {"<|eot_id|>", 10}, {"<|end|>", 7}, {"a", 1}};
    static const int32_t types[] = {CONTROL, CONTROL, CONTROL, NORMAL, NORMAL};
    struct zest_tokenizer_definition got;
    struct gguf_file f;
    gguf_begin(&f);
    gguf_text(&f, "tokenizer.ggml.model", "gpt2");
    gguf_texts(&f, "tokenizer.ggml.tokens", texts, 5);
    gguf_numbers(&f, "tokenizer.ggml.token_type", ZEST_GGUF_I32, types, 4, 5);
    gguf_texts(&f, "tokenizer.ggml.merges", NULL, 0);
    gguf_u32(&f, "tokenizer.ggml.bos_token_id", 0);
    gguf_u32(&f, "tokenizer.ggml.eos_token_id", 1);
    gguf_u32(&f, "tokenizer.ggml.eom_token_id", 4);
    gguf_bool(&f, "tokenizer.ggml.add_eos_token", true);
    gguf_text(&f, "tokenizer.chat_template", "{{ messages }}");
    check_gguf(&f, &got);
    ZEST_CHECK_INT(got.ends.bos_id, 0);
    ZEST_CHECK_INT(got.ends.eos_id, 1);
    ZEST_CHECK(!got.ends.adds_bos && got.ends.adds_eos);
    ZEST_CHECK_TEXT(got.ends.eos_token, ZEST_TEXT("</s>"));
    ZEST_CHECK_TEXT(got.ends.chat_template, ZEST_TEXT("{{ messages }}"));
    ZEST_CHECK_INT(got.ends.end_id_count, 3); /* not <|end|>, which is no control token */
    ZEST_CHECK(got.ends.end_ids[0] == 1 && got.ends.end_ids[1] == 2 && got.ends.end_ids[2] == 4);
    zest_definition_finish(&got);
}

static void check_refused(struct gguf_file *f, enum zest_status status, const char *part)
{
    char path[] = PATH;
    gguf_end(f, path);
    check_read_fails(path, status, part);
    (void)unlink(path);
}

ZEST_TEST(hostile_vocabularies_are_refused)
{
    static const int32_t types[TINY] = {1, 1, 1, 99, 1, 1, 1};
    static const float scores[TINY] = {0, __builtin_nanf("")};
    struct gguf_file f;
    gguf_begin(&f);
    check_refused(&f, ZEST_MODEL_DAMAGED, "tokenizer.ggml.model is missing");
    begin_tiny(&f, "rwkv");
    check_refused(&f, ZEST_UNSUPPORTED, "\"rwkv\"");
    begin_tiny(&f, "gpt2");
    gguf_text(&f, "tokenizer.ggml.pre", "tekken9");
    check_refused(&f, ZEST_UNSUPPORTED, "\"tekken9\" (tokenizer.ggml.pre) is not supported; ");
    begin_tiny(&f, "gpt2");
    check_refused(&f, ZEST_MODEL_DAMAGED, "tokenizer.ggml.merges");
    begin_tiny(&f, "gpt2");
    gguf_texts(&f, "tokenizer.ggml.merges", (struct zest_text[]){{"a", 1}}, 1);
    check_refused(&f, ZEST_MODEL_DAMAGED, "merge 0 is not two tokens");
    begin_tiny(&f, "gpt2");
    gguf_texts(&f, "tokenizer.ggml.merges", (struct zest_text[]){{"a q", 3}}, 1);
    check_refused(&f, ZEST_MODEL_DAMAGED, "merge 0 (\"a\" \"q\"): the vocabulary has no token \"q\"");
    begin_tiny(&f, "llama");
    gguf_u32(&f, "tokenizer.ggml.bos_token_id", TINY);
    check_refused(&f, ZEST_MODEL_DAMAGED, "bos_token_id is 7, the vocabulary ends at 6");
    gguf_begin(&f);
    gguf_text(&f, "tokenizer.ggml.model", "llama");
    check_refused(&f, ZEST_MODEL_DAMAGED, "tokenizer.ggml.tokens");
    gguf_begin(&f);
    gguf_text(&f, "tokenizer.ggml.model", "llama");
    gguf_texts(&f, "tokenizer.ggml.tokens", tiny_texts, TINY);
    check_refused(&f, ZEST_MODEL_DAMAGED, "tokenizer.ggml.scores is missing");
    gguf_begin(&f);
    gguf_text(&f, "tokenizer.ggml.model", "llama");
    gguf_texts(&f, "tokenizer.ggml.tokens", tiny_texts, TINY);
    gguf_numbers(&f, "tokenizer.ggml.token_type", ZEST_GGUF_I32, types, 4, TINY);
    check_refused(&f, ZEST_MODEL_DAMAGED, "token 3 has a type beyond 6");
    gguf_begin(&f);
    gguf_text(&f, "tokenizer.ggml.model", "t5");
    gguf_texts(&f, "tokenizer.ggml.tokens", tiny_texts, TINY);
    gguf_numbers(&f, "tokenizer.ggml.scores", ZEST_GGUF_F32, scores, 4, TINY);
    check_refused(&f, ZEST_MODEL_DAMAGED, "the score of token 1 is no number");
    gguf_begin(&f);
    gguf_text(&f, "tokenizer.ggml.model", "t5");
    gguf_texts(&f, "tokenizer.ggml.tokens", tiny_texts, TINY);
    gguf_numbers(&f, "tokenizer.ggml.token_type", ZEST_GGUF_I32, tiny_types, 4, TINY - 1);
    check_refused(&f, ZEST_MODEL_DAMAGED, "token_type has 6 entries");
}

/* A bent file is refused with a sentence, or read into ids that are all in the vocabulary. */
static enum zest_status try_file(const char *path)
{
    struct zest_tokenizer_definition got;
    struct zest_error error = {0};
    enum zest_status status = zest_definition_read(path, &got, &error);
    ZEST_CHECK((status == ZEST_OK) == (error.message[0] == 0));
    for (uint32_t i = 0; status == ZEST_OK && i < got.merge_count; i++)
        ZEST_CHECK(got.merges[i].left < got.token_count && got.merges[i].right < got.token_count &&
                   got.merges[i].product < got.token_count);
    for (uint32_t i = 0; status == ZEST_OK && i < got.added_count; i++)
        ZEST_CHECK(got.added[i].id < got.token_count);
    zest_definition_finish(&got);
    return status;
}

ZEST_TEST(every_bent_byte_is_refused_or_harmless)
{
    static const unsigned char values[] = {0, 1, 5, 0x7F, 0x80, 0xFF};
    static const char *const kinds[] = {"gpt2", "llama", "bert", "t5"};
    for (size_t kind = 0; kind < ZEST_COUNT(kinds); kind++) {
        char path[] = PATH;
        struct gguf_file f;
        begin_tiny(&f, kinds[kind]);
        gguf_texts(&f, "tokenizer.ggml.merges", (struct zest_text[]){{"\xE2\x96\x81 a", 5}}, 1);
        gguf_u32(&f, "tokenizer.ggml.unknown_token_id", 2);
        gguf_numbers(&f, "tokenizer.ggml.precompiled_charsmap", ZEST_GGUF_U8, "\1\2\3\4\5", 1, 5);
        size_t size = f.bytes.size;
        gguf_end(&f, path);
        ZEST_CHECK_INT(try_file(path), ZEST_OK);
        FILE *file = fopen(path, "r+b");
        for (size_t at = 0; file && at < size; at++) {
            int kept = (fseek(file, (long)at, SEEK_SET), fgetc(file));
            for (size_t k = 0; k <= sizeof values; k++) {
                (void)fseek(file, (long)at, SEEK_SET);
                (void)fputc(k < sizeof values ? values[k] : kept, file);
                (void)fflush(file);
                if (k < sizeof values)
                    try_file(path);
            }
        }
        ZEST_CHECK(file && fclose(file) == 0);
        (void)unlink(path);
    }
}
