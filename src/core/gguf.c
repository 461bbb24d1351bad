/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gguf.c - maps a GGUF file and checks all of it before anybody reads it.
 *
 * Owns the mapping and an arena with the tables (metadata entries, string offsets, tensors). Every number of the file
 * is hostile until checked: counts against the bytes that are left, sizes against overflow, offsets against the data
 * section. Immutable after opening, so readers need no locks and no checks. Start reading at zest_gguf_open.
 *
 *   magic 'GGUF' | u32 version | u64 tensor count | u64 entry count
 *   entries:  string key | u32 type | value                       (string = u64 length, bytes)
 *   tensors:  string name | u32 rank | u64 shape[rank] | u32 type | u64 offset into the data section
 *   padding to general.alignment | data section
 */
#include "gguf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "GGUF is read as little-endian");

#define VERSION_MIN 2
#define VERSION_MAX 3
#define NAME_SIZE_MAX 65535
#define RANK_MAX 4
#define ARRAY_DEPTH_MAX 4
#define ALIGNMENT_DEFAULT 32
#define ALIGNMENT_MAX (1u << 20)
#define ENTRY_SIZE_MIN 14  /* 8 length, 1 of key, 4 type, 1 of value */
#define TENSOR_SIZE_MIN 33 /* 8 length, 1 of name, 4 rank, 8 shape, 4 type, 8 offset */

struct entry {
    struct zest_text key;
    enum zest_gguf_type type;
    const unsigned char *value;   /* numbers and bool: the bytes; strings: the length field */
    struct zest_gguf_array array; /* of type ARRAY; arrays of arrays are checked but not kept (count 0) */
};

struct zest_gguf {
    unsigned char *map;
    size_t map_size;
    struct zest_arena arena;
    struct entry *entries; /* sorted by key */
    uint64_t entry_count;
    struct zest_gguf_tensor *tensors; /* in the file's order */
    const struct zest_gguf_tensor **by_name;
    uint64_t tensor_count;
    uint64_t alignment;
};

/* A cursor over the mapping. `path` only for the error sentences. */
struct reader {
    const char *path;
    const unsigned char *data;
    size_t size, at;
    struct zest_error *error;
};

/* ---- sizes of types ---------------------------------------------------------------------------------------- */

struct block {
    uint16_t type, elements, bytes;
};

/* ggml's tensor types: elements and bytes of one block. */
static const struct block blocks[] = {
    {0, 1, 4},      {1, 1, 2},     {2, 32, 18},    {3, 32, 20},    {6, 32, 22},    {7, 32, 24},    {8, 32, 34},
    {9, 32, 36},    {10, 256, 84}, {11, 256, 110}, {12, 256, 144}, {13, 256, 176}, {14, 256, 210}, {15, 256, 292},
    {16, 256, 66},  {17, 256, 74}, {18, 256, 98},  {19, 256, 50},  {20, 32, 18},   {21, 256, 110}, {22, 256, 82},
    {23, 256, 136}, {24, 1, 1},    {25, 1, 2},     {26, 1, 4},     {27, 1, 8},     {28, 1, 8},     {29, 256, 56},
    {30, 1, 2},     {34, 256, 54}, {35, 256, 66},  {39, 32, 17},   {40, 64, 36},   {41, 128, 18},  {42, 64, 18},
};

static const struct block *block_of(uint32_t type)
{
    for (size_t i = 0; i < ZEST_COUNT(blocks); i++)
        if (blocks[i].type == type)
            return &blocks[i];
    return NULL;
}

/* Bytes of a metadata number, 0 for strings, arrays and unknown types. */
static size_t number_size(uint32_t type)
{
    static const uint8_t sizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return type < ZEST_COUNT(sizes) ? sizes[type] : 0;
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

static uint32_t load_u32(const unsigned char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static uint64_t load_u64(const unsigned char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static enum zest_status truncated(struct reader *r, const char *what, uint64_t want)
{
    return zest_fail(r->error, ZEST_MODEL_DAMAGED,
                     "%s ends inside %s: %llu bytes wanted at offset %llu of a file of %llu bytes", r->path, what,
                     (unsigned long long)want, (unsigned long long)r->at, (unsigned long long)r->size);
}

static enum zest_status take(struct reader *r, const char *what, uint64_t size, const unsigned char **ret_bytes)
{
    if (size > r->size - r->at)
        return truncated(r, what, size);
    *ret_bytes = r->data + r->at;
    r->at += size;
    return ZEST_OK;
}

static enum zest_status take_u32(struct reader *r, const char *what, uint32_t *ret_value)
{
    const unsigned char *p = NULL;
    enum zest_status status = take(r, what, 4, &p);
    if (status == ZEST_OK)
        *ret_value = load_u32(p);
    return status;
}

static enum zest_status take_u64(struct reader *r, const char *what, uint64_t *ret_value)
{
    const unsigned char *p = NULL;
    enum zest_status status = take(r, what, 8, &p);
    if (status == ZEST_OK)
        *ret_value = load_u64(p);
    return status;
}

static enum zest_status take_string(struct reader *r, const char *what, struct zest_text *ret_text)
{
    uint64_t size = 0;
    const unsigned char *p = NULL;
    enum zest_status status = take_u64(r, what, &size);
    if (status == ZEST_OK)
        status = take(r, what, size, &p);
    if (status == ZEST_OK)
        *ret_text = (struct zest_text){(const char *)p, size};
    return status;
}

static enum zest_status take_name(struct reader *r, const char *what, struct zest_text *ret_name)
{
    struct zest_text name = {0};
    enum zest_status status = take_string(r, what, &name);
    if (status != ZEST_OK)
        return status;
    if (name.size == 0 || name.size > NAME_SIZE_MAX)
        return zest_fail(r->error, ZEST_MODEL_DAMAGED, "%s has %s of %llu bytes; 1 to %d are allowed", r->path, what,
                         (unsigned long long)name.size, NAME_SIZE_MAX);
    *ret_name = name;
    return ZEST_OK;
}

/* ---- metadata ---------------------------------------------------------------------------------------------- */

static enum zest_status take_strings(struct zest_gguf *gguf, struct reader *r, struct zest_gguf_array *array)
{
    if (array->count > (r->size - r->at) / 8)
        return truncated(r, "an array of strings", array->count * (array->count < UINT64_MAX / 8 ? 8 : 1));
    uint64_t *offsets = ZEST_NEW_ARRAY(&gguf->arena, uint64_t, array->count ? array->count : 1);
    if (!offsets)
        return zest_fail(r->error, ZEST_OUT_OF_MEMORY, "no memory for an array of %llu strings",
                         (unsigned long long)array->count);
    array->data = r->data + r->at;
    for (uint64_t i = 0; i < array->count; i++) {
        struct zest_text text;
        offsets[i] = (uint64_t)(r->data + r->at - array->data);
        enum zest_status status = take_string(r, "an array of strings", &text);
        if (status != ZEST_OK)
            return status;
    }
    array->offsets = offsets;
    return ZEST_OK;
}

static enum zest_status take_array(struct zest_gguf *gguf, struct reader *r, int depth,
                                   struct zest_gguf_array *ret_array)
{
    uint32_t type = 0;
    uint64_t count = 0;
    enum zest_status status = take_u32(r, "an array's type", &type);
    if (status == ZEST_OK)
        status = take_u64(r, "an array's count", &count);
    if (status != ZEST_OK)
        return status;
    struct zest_gguf_array array = {.type = type, .count = count};
    if (type == ZEST_GGUF_STRING) {
        status = take_strings(gguf, r, &array);
    } else if (type == ZEST_GGUF_ARRAY) {
        if (depth >= ARRAY_DEPTH_MAX)
            return zest_fail(r->error, ZEST_MODEL_DAMAGED, "%s nests arrays deeper than %d", r->path, ARRAY_DEPTH_MAX);
        struct zest_gguf_array inner;
        for (uint64_t i = 0; i < count && status == ZEST_OK; i++)
            status = take_array(gguf, r, depth + 1, &inner);
        array.count = 0;
    } else if (number_size(type) == 0) {
        return zest_fail(r->error, ZEST_MODEL_DAMAGED, "%s has an array of unknown type %u; 0 to 12 are known", r->path,
                         type);
    } else if (count > (r->size - r->at) / number_size(type)) {
        return truncated(r, "an array of numbers", count);
    } else {
        status = take(r, "an array of numbers", count * number_size(type), &array.data);
    }
    if (status == ZEST_OK)
        *ret_array = array;
    return status;
}

static enum zest_status take_entry(struct zest_gguf *gguf, struct reader *r, struct entry *entry)
{
    uint32_t type = 0;
    enum zest_status status = take_name(r, "a metadata key", &entry->key);
    if (status == ZEST_OK)
        status = take_u32(r, "a metadata type", &type);
    if (status != ZEST_OK)
        return status;
    entry->type = type;
    if (type == ZEST_GGUF_ARRAY)
        return take_array(gguf, r, 1, &entry->array);
    if (type == ZEST_GGUF_STRING) {
        struct zest_text text;
        entry->value = r->data + r->at;
        return take_string(r, "a metadata string", &text);
    }
    if (number_size(type) == 0)
        return zest_fail(r->error, ZEST_MODEL_DAMAGED, "%s: metadata '%.*s' has unknown type %u; 0 to 12 are known",
                         r->path, (int)(entry->key.size < 64 ? entry->key.size : 64), entry->key.data, type);
    return take(r, "a metadata value", number_size(type), &entry->value);
}

static int compare_text(struct zest_text a, struct zest_text b)
{
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_entries(const void *a, const void *b)
{
    return compare_text(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

static enum zest_status take_entries(struct zest_gguf *gguf, struct reader *r)
{
    gguf->entries = ZEST_NEW_ARRAY(&gguf->arena, struct entry, gguf->entry_count ? gguf->entry_count : 1);
    if (!gguf->entries)
        return zest_fail(r->error, ZEST_OUT_OF_MEMORY, "no memory for %llu metadata entries",
                         (unsigned long long)gguf->entry_count);
    memset(gguf->entries, 0, gguf->entry_count * sizeof(*gguf->entries));
    for (uint64_t i = 0; i < gguf->entry_count; i++) {
        enum zest_status status = take_entry(gguf, r, &gguf->entries[i]);
        if (status != ZEST_OK)
            return status;
    }
    qsort(gguf->entries, gguf->entry_count, sizeof(*gguf->entries), compare_entries);
    for (uint64_t i = 1; i < gguf->entry_count; i++)
        if (zest_text_equal(gguf->entries[i - 1].key, gguf->entries[i].key))
            return zest_fail(r->error, ZEST_MODEL_DAMAGED, "%s has the metadata key '%.*s' twice", r->path,
                             (int)(gguf->entries[i].key.size < 64 ? gguf->entries[i].key.size : 64),
                             gguf->entries[i].key.data);
    return ZEST_OK;
}

static enum zest_status read_alignment(struct zest_gguf *gguf, struct reader *r)
{
    gguf->alignment = ALIGNMENT_DEFAULT;
    (void)zest_gguf_u64(gguf, "general.alignment", &gguf->alignment);
    if (gguf->alignment == 0 || gguf->alignment > ALIGNMENT_MAX || (gguf->alignment & (gguf->alignment - 1)))
        return zest_fail(r->error, ZEST_MODEL_DAMAGED,
                         "%s: general.alignment is %llu; it must be a power of two, at most %u", r->path,
                         (unsigned long long)gguf->alignment, ALIGNMENT_MAX);
    return ZEST_OK;
}

/* ---- tensors ----------------------------------------------------------------------------------------------- */

static int shown(struct zest_text name)
{
    return (int)(name.size < 96 ? name.size : 96);
}

static enum zest_status measure(struct reader *r, struct zest_gguf_tensor *tensor)
{
    const struct block *block = block_of(tensor->type);
    uint64_t elements = 1, bytes;
    if (!block)
        return zest_fail(r->error, ZEST_UNSUPPORTED, "%s: tensor '%.*s' has the unknown ggml type %u", r->path,
                         shown(tensor->name), tensor->name.data, tensor->type);
    for (uint32_t i = 0; i < RANK_MAX; i++)
        if (tensor->shape[i] == 0 || __builtin_mul_overflow(elements, tensor->shape[i], &elements))
            return zest_fail(r->error, ZEST_MODEL_DAMAGED, "%s: tensor '%.*s' has %llu as its dimension %u", r->path,
                             shown(tensor->name), tensor->name.data, (unsigned long long)tensor->shape[i], i);
    if (tensor->shape[0] % block->elements)
        return zest_fail(r->error, ZEST_MODEL_DAMAGED,
                         "%s: tensor '%.*s' has rows of %llu values, not a multiple of its block of %u", r->path,
                         shown(tensor->name), tensor->name.data, (unsigned long long)tensor->shape[0], block->elements);
    if (__builtin_mul_overflow(elements / block->elements, block->bytes, &bytes))
        return zest_fail(r->error, ZEST_MODEL_DAMAGED, "%s: tensor '%.*s' has %llu values, too many", r->path,
                         shown(tensor->name), tensor->name.data, (unsigned long long)elements);
    tensor->size = bytes;
    return ZEST_OK;
}

/* Leaves the offset into the data section in `data`; place_tensors turns it into a pointer. */
static enum zest_status take_tensor(struct reader *r, struct zest_gguf_tensor *tensor, uint64_t *ret_offset)
{
    enum zest_status status = take_name(r, "a tensor's name", &tensor->name);
    if (status == ZEST_OK)
        status = take_u32(r, "a tensor's rank", &tensor->rank);
    if (status != ZEST_OK)
        return status;
    if (tensor->rank == 0 || tensor->rank > RANK_MAX)
        return zest_fail(r->error, ZEST_MODEL_DAMAGED, "%s: tensor '%.*s' has rank %u; 1 to %d are allowed", r->path,
                         shown(tensor->name), tensor->name.data, tensor->rank, RANK_MAX);
    for (uint32_t i = 0; i < RANK_MAX; i++) {
        tensor->shape[i] = 1;
        if (i < tensor->rank && (status = take_u64(r, "a tensor's shape", &tensor->shape[i])) != ZEST_OK)
            return status;
    }
    status = take_u32(r, "a tensor's type", &tensor->type);
    if (status == ZEST_OK)
        status = take_u64(r, "a tensor's offset", ret_offset);
    return status == ZEST_OK ? measure(r, tensor) : status;
}

static enum zest_status place(struct reader *r, struct zest_gguf *gguf, uint64_t start, uint64_t offset,
                              struct zest_gguf_tensor *tensor)
{
    uint64_t room = r->size > start ? r->size - start : 0;
    if (offset % gguf->alignment)
        return zest_fail(r->error, ZEST_MODEL_DAMAGED, "%s: tensor '%.*s' has offset %llu, not a multiple of %llu",
                         r->path, shown(tensor->name), tensor->name.data, (unsigned long long)offset,
                         (unsigned long long)gguf->alignment);
    if (offset > room || tensor->size > room - offset)
        return zest_fail(r->error, ZEST_MODEL_DAMAGED,
                         "%s is cut off: tensor '%.*s' needs %llu bytes at offset %llu of a data section of %llu bytes",
                         r->path, shown(tensor->name), tensor->name.data, (unsigned long long)tensor->size,
                         (unsigned long long)offset, (unsigned long long)room);
    tensor->data = r->data + start + offset;
    return ZEST_OK;
}

static int compare_tensors(const void *a, const void *b)
{
    return compare_text((*(const struct zest_gguf_tensor *const *)a)->name,
                        (*(const struct zest_gguf_tensor *const *)b)->name);
}

static enum zest_status index_tensors(struct zest_gguf *gguf, struct reader *r)
{
    for (uint64_t i = 0; i < gguf->tensor_count; i++)
        gguf->by_name[i] = &gguf->tensors[i];
    qsort(gguf->by_name, gguf->tensor_count, sizeof(*gguf->by_name), compare_tensors);
    for (uint64_t i = 1; i < gguf->tensor_count; i++)
        if (zest_text_equal(gguf->by_name[i - 1]->name, gguf->by_name[i]->name))
            return zest_fail(r->error, ZEST_MODEL_DAMAGED, "%s has the tensor '%.*s' twice", r->path,
                             shown(gguf->by_name[i]->name), gguf->by_name[i]->name.data);
    return ZEST_OK;
}

static enum zest_status take_tensors(struct zest_gguf *gguf, struct reader *r)
{
    uint64_t room = gguf->tensor_count ? gguf->tensor_count : 1;
    uint64_t *offsets = ZEST_NEW_ARRAY(&gguf->arena, uint64_t, room);
    gguf->tensors = ZEST_NEW_ARRAY(&gguf->arena, struct zest_gguf_tensor, room);
    gguf->by_name = ZEST_NEW_ARRAY(&gguf->arena, const struct zest_gguf_tensor *, room);
    if (!offsets || !gguf->tensors || !gguf->by_name)
        return zest_fail(r->error, ZEST_OUT_OF_MEMORY, "no memory for %llu tensors",
                         (unsigned long long)gguf->tensor_count);
    enum zest_status status = ZEST_OK;
    for (uint64_t i = 0; i < gguf->tensor_count && status == ZEST_OK; i++)
        status = take_tensor(r, &gguf->tensors[i], &offsets[i]);
    uint64_t start = (r->at + gguf->alignment - 1) & ~(gguf->alignment - 1);
    for (uint64_t i = 0; i < gguf->tensor_count && status == ZEST_OK; i++)
        status = place(r, gguf, start, offsets[i], &gguf->tensors[i]);
    return status == ZEST_OK ? index_tensors(gguf, r) : status;
}

/* ---- opening ----------------------------------------------------------------------------------------------- */

static enum zest_status take_header(struct zest_gguf *gguf, struct reader *r)
{
    const unsigned char *magic = NULL;
    uint32_t version = 0;
    enum zest_status status = take(r, "the magic number", 4, &magic);
    if (status != ZEST_OK)
        return status;
    if (memcmp(magic, "GGUF", 4) != 0)
        return zest_fail(r->error, ZEST_MODEL_DAMAGED, "%s is not a GGUF file: it begins with %02x %02x %02x %02x",
                         r->path, magic[0], magic[1], magic[2], magic[3]);
    if ((status = take_u32(r, "the version", &version)) != ZEST_OK)
        return status;
    if (version < VERSION_MIN || version > VERSION_MAX)
        return zest_fail(r->error, ZEST_UNSUPPORTED, "%s is GGUF version %u; versions %d to %d are read%s", r->path,
                         version, VERSION_MIN, VERSION_MAX, (version & 0xffff) ? "" : " (a big-endian file?)");
    status = take_u64(r, "the tensor count", &gguf->tensor_count);
    if (status == ZEST_OK)
        status = take_u64(r, "the metadata count", &gguf->entry_count);
    if (status != ZEST_OK)
        return status;
    uint64_t left = r->size - r->at;
    if (gguf->entry_count > left / ENTRY_SIZE_MIN || gguf->tensor_count > left / TENSOR_SIZE_MIN)
        return zest_fail(r->error, ZEST_MODEL_DAMAGED,
                         "%s says it has %llu metadata entries and %llu tensors, more than fit in %llu bytes", r->path,
                         (unsigned long long)gguf->entry_count, (unsigned long long)gguf->tensor_count,
                         (unsigned long long)left);
    return ZEST_OK;
}

static enum zest_status map_file(const char *path, struct zest_gguf *gguf, struct zest_error *error)
{
    struct stat info;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return zest_fail_param(error, errno == ENOENT ? ZEST_NOT_FOUND : ZEST_IO, "model", "can't open %s: %s", path,
                               strerror(errno));
    enum zest_status status = ZEST_OK;
    if (fstat(file, &info) != 0)
        status = zest_fail(error, ZEST_IO, "can't read the size of %s: %s", path, strerror(errno));
    else if (!S_ISREG(info.st_mode))
        status = zest_fail_param(error, ZEST_INVALID_ARGUMENT, "model", "%s is not a regular file", path);
    else if (info.st_size == 0)
        status = zest_fail(error, ZEST_MODEL_DAMAGED, "%s is empty", path);
    if (status == ZEST_OK) {
        void *map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        if (map == MAP_FAILED) {
            status = zest_fail(error, ZEST_IO, "can't map %s: %s", path, strerror(errno));
        } else {
            gguf->map = map;
            gguf->map_size = (size_t)info.st_size;
        }
    }
    (void)close(file);
    return status;
}

enum zest_status zest_gguf_open(const char *path, struct zest_gguf **ret_gguf, struct zest_error *error)
{
    struct zest_gguf *gguf = calloc(1, sizeof(*gguf));
    if (!gguf)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory to open %s", path);
    zest_arena_init(&gguf->arena, ZEST_ARENA_UNLIMITED);
    enum zest_status status = map_file(path, gguf, error);
    struct reader reader = {.path = path, .data = gguf->map, .size = gguf->map_size, .error = error};
    if (status == ZEST_OK)
        status = take_header(gguf, &reader);
    if (status == ZEST_OK)
        status = take_entries(gguf, &reader);
    if (status == ZEST_OK)
        status = read_alignment(gguf, &reader);
    if (status == ZEST_OK)
        status = take_tensors(gguf, &reader);
    if (status != ZEST_OK) {
        zest_gguf_close(gguf);
        return status;
    }
    *ret_gguf = gguf;
    return ZEST_OK;
}

void zest_gguf_close(struct zest_gguf *gguf)
{
    if (!gguf)
        return;
    if (gguf->map)
        (void)munmap(gguf->map, gguf->map_size);
    zest_arena_finish(&gguf->arena);
    free(gguf);
}

/* ---- answers ----------------------------------------------------------------------------------------------- */

static const struct entry *find(const struct zest_gguf *gguf, const char *key)
{
    struct entry wanted = {.key = zest_text_of(key)};
    return bsearch(&wanted, gguf->entries, gguf->entry_count, sizeof(*gguf->entries), compare_entries);
}

/* Any integer type as sign and magnitude; false for what is not an integer. */
static bool integer(const struct entry *entry, uint64_t *ret_bits, bool *ret_negative)
{
    uint64_t bits = 0;
    unsigned width = (unsigned)number_size(entry->type) * 8;
    bool is_signed = entry->type == ZEST_GGUF_I8 || entry->type == ZEST_GGUF_I16 || entry->type == ZEST_GGUF_I32 ||
                     entry->type == ZEST_GGUF_I64;
    bool is_unsigned = entry->type == ZEST_GGUF_U8 || entry->type == ZEST_GGUF_U16 || entry->type == ZEST_GGUF_U32 ||
                       entry->type == ZEST_GGUF_U64;
    if (!is_signed && !is_unsigned)
        return false;
    memcpy(&bits, entry->value, width / 8);
    *ret_negative = is_signed && (bits >> (width - 1)) != 0;
    if (*ret_negative && width < 64)
        bits |= ~0ull << width;
    *ret_bits = bits;
    return true;
}

bool zest_gguf_u64(const struct zest_gguf *gguf, const char *key, uint64_t *ret_value)
{
    const struct entry *entry = find(gguf, key);
    uint64_t bits;
    bool negative;
    if (!entry || !integer(entry, &bits, &negative) || negative)
        return false;
    *ret_value = bits;
    return true;
}

bool zest_gguf_f64(const struct zest_gguf *gguf, const char *key, double *ret_value)
{
    const struct entry *entry = find(gguf, key);
    uint64_t bits;
    bool negative;
    float single;
    if (!entry)
        return false;
    if (entry->type == ZEST_GGUF_F32) {
        memcpy(&single, entry->value, sizeof(single));
        *ret_value = single;
    } else if (entry->type == ZEST_GGUF_F64) {
        memcpy(ret_value, entry->value, sizeof(*ret_value));
    } else if (integer(entry, &bits, &negative)) {
        *ret_value = negative ? (double)(int64_t)bits : (double)bits;
    } else {
        return false;
    }
    return true;
}

bool zest_gguf_bool(const struct zest_gguf *gguf, const char *key, bool *ret_value)
{
    const struct entry *entry = find(gguf, key);
    if (!entry || entry->type != ZEST_GGUF_BOOL)
        return false;
    *ret_value = entry->value[0] != 0;
    return true;
}

bool zest_gguf_text(const struct zest_gguf *gguf, const char *key, struct zest_text *ret_value)
{
    const struct entry *entry = find(gguf, key);
    if (!entry || entry->type != ZEST_GGUF_STRING)
        return false;
    *ret_value = (struct zest_text){(const char *)entry->value + 8, load_u64(entry->value)};
    return true;
}

bool zest_gguf_array(const struct zest_gguf *gguf, const char *key, struct zest_gguf_array *ret_array)
{
    const struct entry *entry = find(gguf, key);
    if (!entry || entry->type != ZEST_GGUF_ARRAY || entry->array.type == ZEST_GGUF_ARRAY)
        return false;
    *ret_array = entry->array;
    return true;
}

struct zest_text zest_gguf_string(const struct zest_gguf_array *array, uint64_t index)
{
    const unsigned char *at = array->data + array->offsets[index];
    return (struct zest_text){(const char *)at + 8, load_u64(at)};
}

uint64_t zest_gguf_tensor_count(const struct zest_gguf *gguf)
{
    return gguf->tensor_count;
}

const struct zest_gguf_tensor *zest_gguf_tensor_at(const struct zest_gguf *gguf, uint64_t index)
{
    return &gguf->tensors[index];
}

const struct zest_gguf_tensor *zest_gguf_tensor(const struct zest_gguf *gguf, const char *name)
{
    struct zest_gguf_tensor wanted = {.name = zest_text_of(name)};
    const struct zest_gguf_tensor *key = &wanted;
    const struct zest_gguf_tensor **found =
        bsearch(&key, gguf->by_name, gguf->tensor_count, sizeof(*gguf->by_name), compare_tensors);
    return found ? *found : NULL;
}
