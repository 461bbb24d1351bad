/* SPDX-License-Identifier: Apache-2.0 */
/* decoder_fixture.h - a decoder from its JSON, lists of tokens, random numbers; for the tests of decoders. */
#ifndef ZEST_DECODER_FIXTURE_H
#define ZEST_DECODER_FIXTURE_H

#include "decoder.h"

#define BYTE_LEVEL "{\"type\": \"ByteLevel\", \"add_prefix_space\": true, \"trim_offsets\": true, \"use_regex\": true}"
#define BYTE_FALLBACK "{\"type\": \"ByteFallback\"}"
#define FUSE "{\"type\": \"Fuse\"}"
#define REPLACE(pattern, content) \
    "{\"type\": \"Replace\", \"pattern\": {\"String\": \"" pattern "\"}, \"content\": \"" content "\"}"
#define STRIP(content, start, stop) \
    "{\"type\": \"Strip\", \"content\": \"" content "\", \"start\": " #start ", \"stop\": " #stop "}"
#define WORD_PIECE(prefix, cleanup) "{\"type\": \"WordPiece\", \"prefix\": \"" prefix "\", \"cleanup\": " #cleanup "}"
#define METASPACE(scheme) "{\"type\": \"Metaspace\", \"replacement\": \"▁\", \"prepend_scheme\": \"" scheme "\"}"
#define CTC(pad, delimiter, cleanup)                                                         \
    "{\"type\": \"CTC\", \"pad_token\": \"" pad "\", \"word_delimiter_token\": \"" delimiter \
    "\", \"cleanup\": " #cleanup "}"
#define SEQUENCE(list) "{\"type\": \"Sequence\", \"decoders\": [" list "]}"
#define LLAMA SEQUENCE(REPLACE("▁", " ") ", " BYTE_FALLBACK ", " FUSE ", " STRIP(" ", 1, 0))

struct decoder_fixture {
    json_t *json;
    struct zest_arena arena;
    struct zest_decoder *decoder;
    struct zest_decoder_scratch scratch;
    struct zest_texts tokens;
    struct zest_error error;
};

static inline enum zest_status fixture_open(struct decoder_fixture *fixture, const char *json)
{
    *fixture = (struct decoder_fixture){.json = json_loads(json, JSON_DECODE_ANY, NULL)};
    zest_arena_init(&fixture->arena, ZEST_ARENA_UNLIMITED);
    return zest_decoder_create(fixture->json, &fixture->arena, &fixture->decoder, &fixture->error);
}

static inline void fixture_finish(struct decoder_fixture *fixture)
{
    zest_decoder_finish(fixture->decoder);
    zest_decoder_scratch_finish(&fixture->scratch);
    zest_texts_finish(&fixture->tokens);
    zest_arena_finish(&fixture->arena);
    json_decref(fixture->json);
}

/* Tokens that bar characters part: "a|b||" is a, b, an empty one, an empty one. NULL: no token. */
static inline void fixture_tokens(struct zest_texts *tokens, const char *list)
{
    zest_texts_reset(tokens);
    while (list) {
        const char *bar = strchrnul(list, '|');
        zest_texts_add(tokens, (struct zest_text){list, (size_t)(bar - list)});
        list = *bar ? bar + 1 : NULL;
    }
}

static inline struct zest_text fixture_decode(struct decoder_fixture *fixture, const char *list)
{
    fixture_tokens(&fixture->tokens, list);
    return zest_texts_joined(zest_decoder_run(fixture->decoder, &fixture->scratch, &fixture->tokens));
}

static inline uint32_t fixture_below(uint32_t limit)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 33) % limit;
}

/* Tokens that decoders have something to do with. */
static const char *const fixture_fragments[] = {
    "a",      "b",      "▁",      "_",      " ",      "##",     ".", " .", "n't", " do not", "</w>", "<pad>", "<0x41>",
    "<0xE6>", "<0xBC>", "<0xA2>", "<0xFF>", "<0x20>", "<0xEF>", "é", "漢", "Ġ",   "Ã",       "©",    "æ",     "¼",
    "¢",      "ð",      "Ł",      "ĺ",      "Ģ",      "�",      "",  "▁a", "##b", "Ġa",      "ï¿½",
};

#define FIXTURE_FRAGMENTS (sizeof fixture_fragments / sizeof *fixture_fragments)

/* Chains of every kind. */
static const char *const fixture_chains[] = {
    "null",
    BYTE_LEVEL,
    BYTE_FALLBACK,
    FUSE,
    LLAMA,
    METASPACE("always"),
    METASPACE("never"),
    WORD_PIECE("##", true),
    WORD_PIECE("##", false),
    SEQUENCE(REPLACE("▁", " ") ", " BYTE_FALLBACK ", " FUSE),
    SEQUENCE(""),
    SEQUENCE(WORD_PIECE("##", true) ", " BYTE_LEVEL),
    SEQUENCE(METASPACE("first") ", " BYTE_FALLBACK),
    SEQUENCE(FUSE ", " STRIP("a", 1, 0)),
    "{\"type\": \"BPEDecoder\", \"suffix\": \"</w>\"}",
    CTC("<pad>", "_", true),
    SEQUENCE(BYTE_FALLBACK ", " METASPACE("always")),
    SEQUENCE(BYTE_LEVEL ", " STRIP(" ", 2, 0)),
};

#define FIXTURE_CHAINS (sizeof fixture_chains / sizeof *fixture_chains)

#endif
