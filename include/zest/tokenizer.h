/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer.h - a tokenizer alone: opened from a file, used at full speed, without the other services.
 *
 *     struct zest_tokenizer_options options = {.model_path = "tokenizer.json"};
 *     status = zest_tokenizer_native_create(&options, &tokenizer, &error);
 *     status = zest_tokenizer_encode_rows(tokenizer, texts, count, ZEST_ENCODE_SPECIAL, 2, &rows, &error);
 *
 * The object is the tokenizer service of <zest/api/tokenizer.h>: every operation of the contract works on it as well.
 * A program links libzest_tokenizer (pkg-config zest_tokenizer).
 *
 * Threads: one tokenizer may be used from any number of threads at once.
 */
#ifndef ZEST_TOKENIZER_LIBRARY_H
#define ZEST_TOKENIZER_LIBRARY_H

#include <zest/api/tokenizer.h>
#include <zest/api/tokenizer_native.h>

struct zest_tokenizer_options {
    const char *model_path;   /* a GGUF, tokenizer.json, .model or .tiktoken file, or a model's folder; not kept open */
    const char *cache_folder; /* where compiled tokenizers are kept, so that they load in no time; NULL: nowhere */
    const char *cpu;          /* "baseline", "avx2", "avx512"; NULL: the best that the machine has */
    bool plain;               /* one stage after the other always: slow, the reference of the fast path */
    /*
     * Operations that take a path (compare_tokenizers) read only what lies below this folder, relative paths counted
     * from it, or the tokenizer's own file; NULL: anything. Set it where strangers may call.
     */
    const char *files_folder;
};

/* The caller destroys it. May block on the file. */
enum zest_status zest_tokenizer_native_create(const struct zest_tokenizer_options *options,
                                              struct zest_tokenizer **ret_tokenizer,
                                              struct zest_error *error) ZEST_MUST_CHECK;

enum zest_encode_flag {
    ZEST_ENCODE_SPECIAL = 1,       /* put round each text what the tokenizer puts round texts */
    ZEST_ENCODE_PLAIN_SPECIAL = 2, /* special tokens in the text are plain characters */
    ZEST_ENCODE_VALID = 4,         /* the caller knows that the texts are UTF-8 */
    ZEST_ENCODE_LENGTHS = 8,       /* truncate and pad as the tokenizer's file says; not together with offsets */
    ZEST_ENCODE_OFFSETS = 16,      /* tell where each token lies in its text, in characters */
    ZEST_ENCODE_BYTE_OFFSETS = 32, /* the same in bytes */
};

/* Takes a result; `ids` are borrowed for the time of the call. */
typedef void zest_ids_fn(void *user, const uint32_t *ids, size_t count);

/* Encodes one text (UTF-8, at most 2^30 bytes) on the caller's thread; `take` is called once, unless it fails. */
enum zest_status zest_tokenizer_take_ids(struct zest_tokenizer *tokenizer, struct zest_text text, unsigned flags,
                                         zest_ids_fn *take, void *user, struct zest_error *error) ZEST_MUST_CHECK;

/* Where a token lies in its text: [start, end). */
struct zest_token_offset {
    uint32_t start, end;
};

/* The ids of many texts, one after the other: row i is ids[starts[i] .. starts[i + 1]). */
struct zest_id_rows {
    uint32_t *ids;
    struct zest_token_offset *offsets; /* [id_count] where they were asked for */
    uint64_t *starts;                  /* [row_count + 1] */
    size_t row_count, id_count;
    size_t id_capacity, start_capacity, offset_capacity; /* memory is kept from call to call */
};

/*
 * Encodes texts (UTF-8, at most 2^30 bytes each) on up to `threads` threads, the caller's among them; the result does
 * not depend on their number. `rows` is zeroed before its first use, grows as needed, and is the caller's to finish.
 * On a failure it holds nothing.
 */
enum zest_status zest_tokenizer_encode_rows(struct zest_tokenizer *tokenizer, const struct zest_text *texts,
                                            size_t count, unsigned flags, unsigned threads, struct zest_id_rows *rows,
                                            struct zest_error *error) ZEST_MUST_CHECK;
void zest_id_rows_finish(struct zest_id_rows *rows); /* takes a zeroed one too */

/* ---- long texts in parts ---- */

/*
 * A text that comes in parts of any size (they may end inside a character) gets the ids that it has as a whole, as soon
 * as they are final. For most tokenizers the memory is bounded: the text is cut where a line ends before a letter and
 * no token, merge or pattern can reach across. Where a tokenizer allows no such cuts, and between two of them, the text
 * waits in a buffer of at most 2^30 bytes.
 *
 *     status = zest_encode_stream_create(tokenizer, ZEST_ENCODE_SPECIAL, &stream, &error);
 *     while (status == ZEST_OK && (size = fread(part, 1, sizeof part, file)) > 0)
 *         status = zest_encode_stream_feed(stream, part, size, take, user, &error);
 *     if (status == ZEST_OK)
 *         status = zest_encode_stream_end(stream, take, user, &error);
 *     zest_encode_stream_destroy(stream);
 *
 * A stream belongs to one thread at a time, and its tokenizer outlives it. After a failure it is only to be destroyed.
 */
struct zest_encode_stream;

struct zest_encode_stream_info {
    bool bounded;        /* the tokenizer allows cuts */
    const char *why_not; /* else the reason: the rest of a sentence that begins with "it"; it lives for ever */
    size_t consumed;     /* bytes whose ids were handed out */
    size_t buffered;     /* bytes that wait */
    size_t buffered_max; /* most bytes that ever waited */
};

/* `flags` as for zest_tokenizer_encode_rows; streams are neither truncated nor padded. */
enum zest_status zest_encode_stream_create(struct zest_tokenizer *tokenizer, unsigned flags,
                                           struct zest_encode_stream **ret_stream,
                                           struct zest_error *error) ZEST_MUST_CHECK;
/* `take` is called for what became final, not at all or several times. */
enum zest_status zest_encode_stream_feed(struct zest_encode_stream *stream, const void *bytes, size_t size,
                                         zest_ids_fn *take, void *user, struct zest_error *error) ZEST_MUST_CHECK;
/* The text ends here: hands out the rest. */
enum zest_status zest_encode_stream_end(struct zest_encode_stream *stream, zest_ids_fn *take, void *user,
                                        struct zest_error *error) ZEST_MUST_CHECK;
struct zest_encode_stream_info zest_encode_stream_info(const struct zest_encode_stream *stream);
void zest_encode_stream_destroy(struct zest_encode_stream *stream); /* takes NULL */

/*
 * Appends the text of the ids to `out`. Ids that the tokenizer does not have are left out, as in the reference; bytes
 * that are no UTF-8 read as U+FFFD.
 */
enum zest_status zest_tokenizer_decode_to(struct zest_tokenizer *tokenizer, const uint32_t *ids, size_t count,
                                          bool skip_special, struct zest_buffer *out,
                                          struct zest_error *error) ZEST_MUST_CHECK;

/* The text of a token as the vocabulary writes it, empty where there is none; it lives as long as the tokenizer. */
struct zest_text zest_tokenizer_token(struct zest_tokenizer *tokenizer, uint32_t id);
/* The id of a token's text, added tokens included; UINT32_MAX where there is none. */
uint32_t zest_tokenizer_id(struct zest_tokenizer *tokenizer, struct zest_text token);
/* Ids are below it. */
uint32_t zest_tokenizer_id_count(struct zest_tokenizer *tokenizer);

#endif
