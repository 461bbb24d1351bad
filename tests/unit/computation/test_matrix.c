/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_matrix.c - packing loses nothing: rows come back as the file's values, on every layout.
 */
#include "matrix.h"
#include "tiny_model.h"
#include "zest_test.h"

#define ROWS 4
#define COLS 512

static const struct {
    const char *name;
    enum zest_weight type;
} types[] = {{"f16", ZEST_WEIGHT_F16},
             {"bf16", ZEST_WEIGHT_BF16},
             {"q8_0", ZEST_WEIGHT_Q8_0},
             {"q4_0", ZEST_WEIGHT_Q4_0},
             {"q4_1", ZEST_WEIGHT_Q4_1}};

static bool read_reference(const char *name, const char *suffix, void *to, size_t size)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "quant/%s.%s", name, suffix);
    FILE *file = reference_file(path);
    bool ok = file && fread(to, 1, size, file) == size;
    if (file)
        fclose(file);
    return ok;
}

static void check_layout(enum zest_weight type, const char *name, uint32_t lanes, const unsigned char *rows,
                         const float *values)
{
    struct zest_matrix m;
    zest_matrix_plan(type, ROWS, COLS, lanes, &m);
    unsigned char *packed = aligned_alloc(64, zest_matrix_bytes(&m));
    float row[COLS];
    zest_matrix_pack(&m, rows, 0, m.groups, packed);
    m.data = packed;
    for (uint64_t r = 0; r < ROWS; r++) {
        zest_matrix_row(&m, r, row);
        for (size_t k = 0; k < COLS; k++)
            if (row[k] != values[r * COLS + k]) {
                ZEST_FAILED("%s on %u lanes: row %llu column %zu is %g, not %g", name, lanes, (unsigned long long)r, k,
                            (double)row[k], (double)values[r * COLS + k]);
                break;
            }
    }
    free(packed);
}

ZEST_TEST(rows_come_back_exactly)
{
    static unsigned char rows[ROWS * COLS * 2];
    static float values[ROWS * COLS];
    for (size_t i = 0; i < ZEST_COUNT(types); i++) {
        size_t bytes = zest_weight_row_bytes(types[i].type, COLS) * ROWS;
        if (!read_reference(types[i].name, "bin", rows, bytes) ||
            !read_reference(types[i].name, "f32", values, sizeof(values)))
            ZEST_SKIP("the reference data is not here");
        check_layout(types[i].type, types[i].name, 1, rows, values);
        check_layout(types[i].type, types[i].name, 8, rows, values);
        check_layout(types[i].type, types[i].name, 16, rows, values);
    }
}

ZEST_TEST(layouts_are_aligned_and_do_not_grow_much)
{
    for (int type = 0; type < ZEST_WEIGHT_COUNT; type++)
        for (uint32_t lanes = 8; lanes <= 16; lanes += 8) {
            struct zest_matrix m;
            zest_matrix_plan((enum zest_weight)type, 576, 576, lanes, &m);
            ZEST_CHECK_INT(m.group_bytes % 64, 0);
            ZEST_CHECK_INT(m.groups * lanes, 576);
            ZEST_CHECK(zest_matrix_bytes(&m) <= zest_weight_row_bytes((enum zest_weight)type, 576) * 576 * 103 / 100);
        }
}

ZEST_TEST(types_are_known_by_number_and_name)
{
    enum zest_weight type;
    ZEST_CHECK(zest_weight_of_ggml(3, &type) && type == ZEST_WEIGHT_Q4_1);
    ZEST_CHECK(!zest_weight_of_ggml(12, &type));
    ZEST_CHECK_TEXT(zest_text_of(zest_weight_name(ZEST_WEIGHT_BF16)), ZEST_TEXT("bf16"));
}
