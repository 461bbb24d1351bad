/* SPDX-License-Identifier: Apache-2.0 */
/* folder_config.h - looks things up in tokenizer_config.json. For the readers of formats/. `config` may be NULL. */
#ifndef ZEST_FOLDER_CONFIG_H
#define ZEST_FOLDER_CONFIG_H

#include "added_list.h"

/* A token, written as a text or as {"content": …}; empty where it is missing or null. Borrowed from `config`. */
struct zest_text zest_config_token(const json_t *config, const char *key);
bool zest_config_flag(const json_t *config, const char *key, bool fallback);
/* "tokenizer_class" without "Fast"; "" where there is none. */
struct zest_text zest_config_class(const json_t *config);
bool zest_config_is_class(const json_t *config, const char *const names[], size_t count);
/* Adds "added_tokens_decoder", by id. False where memory is out. */
bool zest_config_added(const json_t *config, struct zest_arena *arena, struct zest_added_list *list);
/*
 * Enters the tokens of an added_tokens.json, {"text": id, …}, into "added_tokens_decoder" of `config`, which goes before
 * it. Special are those that `config` or `specials` (special_tokens_map.json, may be NULL) names. False where memory is
 * out; *ret_wrong is the first text whose id is no number, NULL where all are.
 */
bool zest_config_take_old_added(json_t *config, const json_t *old_added, const json_t *specials,
                                const char **ret_wrong);
/* Adds a special token as the reference's Python layer does. False where memory is out; an empty one is left out. */
bool zest_config_special(struct zest_text content, struct zest_arena *arena, struct zest_added_list *list);

#endif
