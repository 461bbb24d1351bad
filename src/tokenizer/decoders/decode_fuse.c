/* SPDX-License-Identifier: Apache-2.0 */
/* decode_fuse.c - the decoder "Fuse": all texts become one, so that later steps see them so. */
#include "decoder_kinds.h"

static enum zest_status fuse_create(const json_t *json, struct zest_arena *arena, struct zest_decoder_step **ret_step,
                                    struct zest_error *error)
{
    struct zest_component_reader reader = {json, "decoder Fuse", error, ZEST_OK};
    zest_component_closed(&reader, NULL, 0);
    if (reader.status != ZEST_OK)
        return reader.status;
    *ret_step = ZEST_NEW_STEP(arena, struct zest_decoder_step, &zest_decode_fuse_kind, error);
    return *ret_step ? ZEST_OK : ZEST_OUT_OF_MEMORY;
}

static void fuse_run(const struct zest_decoder_step *self, const struct zest_texts *in, struct zest_texts *out)
{
    (void)self;
    zest_texts_add(out, zest_texts_joined(in));
}

const struct zest_decoder_kind zest_decode_fuse_kind = {.type = "Fuse", .create = fuse_create, .run = fuse_run};
