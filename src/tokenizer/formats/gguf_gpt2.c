/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gguf_gpt2.c - byte-level BPE in a GGUF: merges as lines, the way of cutting by the name of a family.
 */
#include "gguf_pretokenizers.h"
#include "gguf_vocabulary.h"
#include "merge_list.h"
#include "shown_text.h"

static enum zest_status find_family(const struct zest_gguf_vocabulary *v,
                                    const struct zest_gguf_pretokenizer **ret_family)
{
    struct zest_text name = ZEST_TEXT("gpt-2"); /* files from before the key was there */
    zest_gguf_text(v->gguf, "tokenizer.ggml.pre", &name);
    *ret_family = zest_gguf_pretokenizer_find(name);
    if (*ret_family)
        return ZEST_OK;
    struct zest_buffer names;
    zest_buffer_init(&names, 1000);
    zest_gguf_pretokenizer_names(&names);
    zest_buffer_append(&names, "", 1);
    enum zest_status status = zest_fail(v->error, ZEST_UNSUPPORTED,
                                        "the pre-tokenizer \"%.*s\" (tokenizer.ggml.pre) is not supported; %s are",
                                        ZEST_SHOWN(name), names.failed ? "others" : names.data);
    zest_buffer_finish(&names);
    return status;
}

/* "a b", each at least one byte; the space between them is the first but in front. */
static bool split_merge(struct zest_text line, struct zest_text *ret_left, struct zest_text *ret_right)
{
    const char *space = line.size > 1 ? memchr(line.data + 1, ' ', line.size - 1) : NULL;
    if (!space || space + 1 == line.data + line.size)
        return false;
    *ret_left = (struct zest_text){line.data, (size_t)(space - line.data)};
    *ret_right = (struct zest_text){space + 1, line.size - ret_left->size - 1};
    return true;
}

static enum zest_status read_merges(const struct zest_gguf_vocabulary *v, struct zest_merge_list *merges)
{
    struct zest_gguf_array lines;
    if (!zest_gguf_array(v->gguf, "tokenizer.ggml.merges", &lines) ||
        (lines.count > 0 && lines.type != ZEST_GGUF_STRING))
        return zest_fail(v->error, ZEST_MODEL_DAMAGED, "tokenizer.ggml.merges is missing or no list of texts");
    for (uint64_t i = 0; i < lines.count; i++) {
        struct zest_text line = zest_gguf_string(&lines, i), left, right;
        if (line.size > UINT32_MAX || !split_merge(line, &left, &right))
            return zest_fail(v->error, ZEST_MODEL_DAMAGED, "merge %llu is not two tokens with a space between them",
                             (unsigned long long)i);
        if (!zest_merge_list_add(merges, left, right))
            return zest_fail(v->error, ZEST_OUT_OF_MEMORY, "no memory for %llu merges", (unsigned long long)i);
    }
    return zest_merge_list_resolve(merges, &v->tokens, 0, v->definition, v->error);
}

static json_t *parsed(const char *words)
{
    return words ? json_loads(words, JSON_DECODE_ANY, NULL) : NULL;
}

enum zest_status zest_gguf_gpt2_read(struct zest_gguf_vocabulary *v)
{
    const struct zest_gguf_pretokenizer *family = NULL;
    struct zest_merge_list merges = {0};
    struct zest_template template;
    enum zest_status status = find_family(v, &family);
    if (status == ZEST_OK)
        status = zest_gguf_vocabulary_read(v, NULL);
    if (status == ZEST_OK)
        status = read_merges(v, &merges);
    zest_merge_list_finish(&merges);
    if (status == ZEST_OK)
        status = zest_gguf_ends_read(v, -1, -1, family->adds_bos, false, &template);
    if (status != ZEST_OK)
        return status;
    struct zest_components components = {
        .normalizer = parsed(family->normalizer_json),
        .pre_tokenizer = parsed(family->pre_tokenizer_json),
        .model = json_pack("{s:s, s:n, s:n, s:n, s:n, s:b, s:b, s:b}", "type", "BPE", "dropout", "unk_token",
                           "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", 0, "byte_fallback", 0,
                           "ignore_merges", family->ignore_merges),
        .post_processor = zest_template_words(&template),
        .decoder = zest_byte_level_decoder_words(),
    };
    return zest_components_finish(&components, v->definition, v->error);
}
