/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_array.c - arrays out of JSON. Those of numbers are counted first, so that they get their right size at once;
 * those of texts and objects grow by doubling in the arena.
 *
 * Tuned for long arrays of token ids. Threads: none of its own.
 */
#include "json_values.h"

/* Eight characters at a time: a byte of `commas` is 0x80 where one was. */
size_t zest_json_count_commas(const char *at, const char *end)
{
    const uint64_t low = 0x7F7F7F7F7F7F7F7Fu;
    size_t count = 0;
    for (uint64_t eight; end - at >= 8; at += 8) {
        memcpy(&eight, at, 8);
        uint64_t other = eight ^ 0x2C2C2C2C2C2C2C2Cu;
        uint64_t commas = ~(((other & low) + low) | other) & ~low;
        count += (commas >> 7) * 0x0101010101010101u >> 56;
    }
    for (; at < end; at++)
        count += *at == ',';
    return count;
}

static enum zest_status too_many(const struct zest_json_scan *s, const struct zest_field *field)
{
    return zest_json_fail(s, ZEST_TOO_LARGE, "has more than %zu items, its limit", field->size_max);
}

/*
 * A plain integer of up to seven digits: eight characters are looked at together, and turned into a number by three
 * multiplications, so that no branch depends on how many digits there are (Lemire 2018, "Quickly parsing eight
 * digits"). Answers the end of the number, NULL where the careful reader must decide.
 */
static inline const char *quick_int32(const char *at, const char *end, int32_t *ret_value)
{
    const uint64_t ones = 0x0101010101010101u;
    bool is_negative = *at == '-';
    uint64_t eight;
    at += is_negative;
    if (end - at < 9)
        return NULL;
    memcpy(&eight, at, 8);
    uint64_t others = ((eight + ones * 0x46) | (eight - ones * '0')) & (ones * 0x80);
    if (!others)
        return NULL;
    int count = __builtin_ctzll(others) / 8;
    if (count == 0 || (*at == '0' && count > 1) || (at[count] != ',' && at[count] != ']'))
        return NULL;
    uint64_t value = (eight - ones * '0') << (64 - 8 * count);
    value = value * 10 + (value >> 8);
    value =
        ((value & 0x000000FF000000FF) * 0x000F424000000064 + (value >> 16 & 0x000000FF000000FF) * 0x0000271000000001) >>
        32;
    *ret_value = is_negative ? -(int32_t)value : (int32_t)value;
    return at + count;
}

/* After an item: true where another one follows, false at the end of the array. */
static enum zest_status next_item(struct zest_json_scan *s, bool *ret_more)
{
    zest_json_blank(s);
    char next = zest_json_peek(s);
    if (next != ',' && next != ']')
        return zest_json_syntax(s, "',' or ']'");
    s->at++;
    *ret_more = next == ',';
    if (*ret_more)
        zest_json_blank(s);
    return ZEST_OK;
}

/* Ids, most of all: the items that quick_int32 knows; the careful loop does the rest. */
static size_t read_quick(struct zest_json_scan *s, const struct zest_field *field, int32_t *data, bool *ret_more)
{
    size_t count = 0;
    const char *number;
    if (field->type != ZEST_FIELD_INT32 || field->has_minimum || field->has_maximum)
        return 0;
    for (const char *at = s->at; (number = quick_int32(at, s->end, &data[count])) != NULL; count++) {
        at = number + 1;
        if (*number == ']') {
            s->at = at;
            *ret_more = false;
            return count + 1;
        }
        while (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t') /* the array's ']' is still to come */
            at++;
        s->at = at;
    }
    return count;
}

static enum zest_status read_items(struct zest_json_scan *s, const struct zest_field *field,
                                   struct zest_json_place *place, char *data, size_t *ret_count)
{
    bool more = true;
    size_t size = zest_json_item_size(field), count = read_quick(s, field, (int32_t *)(void *)data, &more);
    for (; more; count++) {
        place->index = count;
        enum zest_status status = zest_json_value(s, field, data + count * size);
        if (status == ZEST_OK)
            status = next_item(s, &more);
        if (status != ZEST_OK)
            return status;
    }
    *ret_count = count;
    return ZEST_OK;
}

/* Of numbers and booleans: no ']' lies inside an item, so commas up to it tell the count. */
static enum zest_status read_flat(struct zest_json_scan *s, const struct zest_field *field,
                                  struct zest_json_place *place, char **ret_data, size_t *ret_count)
{
    const char *close = memchr(s->at, ']', (size_t)(s->end - s->at));
    size_t bound = close ? zest_json_count_commas(s->at, close) + 1 : 0, size = zest_json_item_size(field);
    if (!close) {
        s->at = s->end;
        return zest_json_syntax(s, "']'");
    }
    if (field->size_max && bound > field->size_max) {
        s->place = place->up;
        return too_many(s, field);
    }
    *ret_data = zest_alloc_array(s->arena, bound, size, 16);
    if (!*ret_data)
        return zest_json_no_memory(s);
    return read_items(s, field, place, *ret_data, ret_count);
}

/* Twice the room in a new place; the old one stays in the arena. */
static bool grow(struct zest_json_scan *s, char **data, size_t count, size_t *capacity, size_t size)
{
    size_t more = *capacity ? *capacity * 2 : 4;
    char *grown = zest_alloc_array(s->arena, more, size, _Alignof(max_align_t));
    if (!grown)
        return false;
    if (count)
        memcpy(grown, *data, count * size);
    *data = grown;
    *capacity = more;
    return true;
}

static enum zest_status read_growing(struct zest_json_scan *s, const struct zest_field *field,
                                     struct zest_json_place *place, char **ret_data, size_t *ret_count)
{
    size_t size = zest_json_item_size(field), count = 0, capacity = 0;
    for (bool more = true; more; count++) {
        place->index = count;
        if (field->size_max && count == field->size_max) {
            s->place = place->up;
            return too_many(s, field);
        }
        if (count == capacity && !grow(s, ret_data, count, &capacity, size))
            return zest_json_no_memory(s);
        memset(*ret_data + count * size, 0, size);
        enum zest_status status = zest_json_value(s, field, *ret_data + count * size);
        if (status == ZEST_OK)
            status = next_item(s, &more);
        if (status != ZEST_OK)
            return status;
    }
    *ret_count = count;
    return ZEST_OK;
}

static bool is_flat(const struct zest_field *field)
{
    return field->type <= ZEST_FIELD_DOUBLE;
}

/* `out` is the struct that has the field. */
enum zest_status zest_json_array(struct zest_json_scan *s, const struct zest_field *field, char *out)
{
    char *data = NULL;
    size_t count = 0;
    if (zest_json_peek(s) != '[')
        return zest_json_wrong_type(s, "an array");
    s->at++;
    zest_json_blank(s);
    if (zest_json_peek(s) == ']') {
        s->at++;
    } else {
        struct zest_json_place place = {.up = s->place};
        s->place = &place;
        enum zest_status status = (is_flat(field) ? read_flat : read_growing)(s, field, &place, &data, &count);
        s->place = place.up;
        if (status != ZEST_OK)
            return status;
    }
    memcpy(out + field->offset, &data, sizeof(data));
    memcpy(out + field->count_offset, &count, sizeof(count));
    return ZEST_OK;
}
