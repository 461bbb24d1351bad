/* SPDX-License-Identifier: Apache-2.0 */
/* bench_codec.h - what JSON costs: zest's codec and jansson on the same texts, alternating. */
#ifndef ZEST_PROGRAM_BENCH_CODEC_H
#define ZEST_PROGRAM_BENCH_CODEC_H

#include <zest/core.h>

struct codec_figures {
    double decode_ns, encode_ns;                 /* of tokenizer.tokenize: its request, its reply with 12 ids */
    double jansson_decode_ns, jansson_encode_ns; /* document tree made, fields fetched, tree freed; and the way back */
    double ids_decode_rate, ids_encode_rate, jansson_ids_rate; /* bytes/s of 100,000 ids */
};

/* Medians; takes about half a second. False where memory is out. */
bool codec_measure(struct codec_figures *ret_figures);

#endif
