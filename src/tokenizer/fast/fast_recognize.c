/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_recognize.c - compares a tokenizer's components with those that the fast path knows.
 *
 * Patterns are compared as texts (line ends may be written as themselves or as escapes): two patterns that mean the
 * same but are written differently are different here, which costs speed and nothing else.
 */
#include "fast_recognize.h"

#define CONTRACTIONS "'s|'t|'re|'ve|'m|'ll|'d"
#define WORDS_BEHIND_NUMBERS "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
#define UPPERS "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
#define LOWERS "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"

static const struct {
    const char *pattern;
    enum zest_fast_family family;
} patterns[] = {
    {CONTRACTIONS "| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+", ZEST_FAST_GPT2},
    {"(?i:" CONTRACTIONS ")|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}" WORDS_BEHIND_NUMBERS, ZEST_FAST_CL100K},
    {"(?i:" CONTRACTIONS ")|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}" WORDS_BEHIND_NUMBERS, ZEST_FAST_QWEN2},
    {"[^\\r\\n\\p{L}\\p{N}]?" UPPERS "*" LOWERS "+(?i:" CONTRACTIONS ")?|[^\\r\\n\\p{L}\\p{N}]?" UPPERS "+" LOWERS
     "*(?i:" CONTRACTIONS ")?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
     ZEST_FAST_O200K},
};

/* The three splits of DeepSeek V3, one after the other. */
static const char *const deepseek_patterns[] = {
    "\\p{N}{1,3}",
    "[一-龥぀-ゟ゠-ヿ]+",
    ("[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
     "| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),
};

#define PATTERN_MAX 512u

/* ---- JSON ---- */

static bool is_type(const json_t *json, const char *type)
{
    const char *found = json_string_value(json_object_get(json, "type"));
    return found && strcmp(found, type) == 0;
}

/* The field, or `missing` where it is not there or null. */
static bool is_true(const json_t *json, const char *field, bool missing)
{
    const json_t *value = json_object_get(json, field);
    return value && !json_is_null(value) ? json_is_true(value) : missing;
}

static bool is_empty_text(const json_t *json, const char *field)
{
    const json_t *value = json_object_get(json, field);
    return !value || json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0);
}

/* ---- the normalizer ---- */

static bool know_normalizer(const json_t *json, struct zest_fast_kind *kind)
{
    kind->unsafe = 0;
    if (!json || json_is_null(json))
        return true;
    if (is_type(json, "Sequence")) {
        const json_t *steps = json_object_get(json, "normalizers");
        if (json_array_size(steps) == 1)
            return know_normalizer(json_array_get(steps, 0), kind);
        return json_is_array(steps) && json_array_size(steps) == 0;
    }
    kind->unsafe = is_type(json, "NFC") ? ZEST_CLASS_NFC_UNSAFE : is_type(json, "NFKC") ? ZEST_CLASS_NFKC_UNSAFE : 0;
    return kind->unsafe != 0;
}

/* ---- vocabularies without a pattern ---- */

static bool is_text(const json_t *json, const char *field, const char *text)
{
    const char *found = json_string_value(json_object_get(json, field));
    return found && strcmp(found, text) == 0;
}

/* U+0020 becomes ▁. */
static bool is_replace(const json_t *json)
{
    return is_type(json, "Replace") && is_text(json_object_get(json, "pattern"), "String", " ") &&
           is_text(json, "content", "▁");
}

static bool know_spaces(const json_t *components, struct zest_fast_kind *kind)
{
    const json_t *normalizer = json_object_get(components, "normalizer");
    const json_t *split = json_object_get(components, "pre_tokenizer"), *model = json_object_get(components, "model");
    const json_t *steps = json_object_get(normalizer, "normalizers"), *dropout = json_object_get(model, "dropout");
    *kind = (struct zest_fast_kind){.family = ZEST_FAST_SPACES};
    if (is_type(normalizer, "Sequence") && json_array_size(steps) == 2) {
        const json_t *prepend = json_array_get(steps, 0);
        kind->prepend = is_type(prepend, "Prepend") && is_text(prepend, "prepend", "▁");
        if (!kind->prepend || !is_replace(json_array_get(steps, 1)))
            return false;
    } else if (!is_replace(normalizer)) {
        return false;
    }
    /* A Split at U+0020 finds none. */
    if (split && !json_is_null(split) &&
        !(is_type(split, "Split") && is_text(json_object_get(split, "pattern"), "String", " ") &&
          !is_true(split, "invert", false)))
        return false;
    return is_type(model, "BPE") && (!dropout || json_is_null(dropout) || json_number_value(dropout) == 0) &&
           is_empty_text(model, "continuing_subword_prefix") && is_empty_text(model, "end_of_word_suffix") &&
           is_true(model, "byte_fallback", false) && !is_true(model, "ignore_merges", false);
}

/* ---- the pre-tokenizer ---- */

/* As in the list above: \r and \n as escapes. False where it is too long. */
static bool plain_pattern(const char *pattern, char ret_plain[PATTERN_MAX])
{
    size_t size = 0;
    for (; *pattern && size + 2 < PATTERN_MAX; pattern++) {
        if (*pattern == '\r' || *pattern == '\n')
            ret_plain[size++] = '\\';
        ret_plain[size++] = *pattern == '\r' ? 'r' : *pattern == '\n' ? 'n' : *pattern;
    }
    ret_plain[size] = 0;
    return *pattern == 0;
}

/* The pattern of a Split that makes each match a piece. */
static bool is_split(const json_t *json, char ret_plain[PATTERN_MAX])
{
    const char *regex = json_string_value(json_object_get(json_object_get(json, "pattern"), "Regex"));
    return is_type(json, "Split") && regex && plain_pattern(regex, ret_plain);
}

static bool know_deepseek(const json_t *steps)
{
    char plain[PATTERN_MAX];
    for (size_t i = 0; i < ZEST_COUNT(deepseek_patterns); i++) {
        const json_t *step = json_array_get(steps, i);
        if (!is_split(step, plain) || !is_text(step, "behavior", "Isolated") || is_true(step, "invert", false) ||
            strcmp(plain, deepseek_patterns[i]) != 0)
            return false;
    }
    return true;
}

/* One that leaves nothing out: the patterns in the list match everything. */
static bool know_split(const json_t *json, struct zest_fast_kind *kind)
{
    bool inverted = is_true(json, "invert", false);
    char plain[PATTERN_MAX];
    if (!is_split(json, plain) ||
        !(is_text(json, "behavior", "Isolated") || (is_text(json, "behavior", "Removed") && inverted)))
        return false;
    for (size_t i = 0; i < ZEST_COUNT(patterns); i++)
        if (strcmp(plain, patterns[i].pattern) == 0) {
            kind->family = patterns[i].family;
            return true;
        }
    return false;
}

static bool is_byte_level(const json_t *json, bool use_regex)
{
    return is_type(json, "ByteLevel") && !is_true(json, "add_prefix_space", true) &&
           is_true(json, "use_regex", true) == use_regex;
}

static bool know_pretokenizer(const json_t *json, struct zest_fast_kind *kind)
{
    const json_t *steps = json_object_get(json, "pretokenizers");
    kind->family = ZEST_FAST_GPT2;
    if (!is_type(json, "Sequence"))
        return is_byte_level(json, true);
    const json_t *first = json_array_get(steps, 0), *second = json_array_get(steps, 1);
    if (json_array_size(steps) == 1)
        return is_byte_level(first, true);
    if (json_array_size(steps) == 4 && know_deepseek(steps)) {
        kind->family = ZEST_FAST_DEEPSEEK;
        return is_byte_level(json_array_get(steps, 3), false);
    }
    if (json_array_size(steps) != 2)
        return false;
    if (is_type(first, "Digits") && is_true(first, "individual_digits", false)) {
        kind->family = ZEST_FAST_DIGITS;
        return is_byte_level(second, true);
    }
    return know_split(first, kind) && is_byte_level(second, false);
}

/* ---- BERT ---- */

static bool know_bert(const json_t *components, struct zest_fast_kind *kind)
{
    const json_t *normalizer = json_object_get(components, "normalizer"), *model = json_object_get(components, "model");
    *kind = (struct zest_fast_kind){.family = ZEST_FAST_BERT, .lowers = is_true(normalizer, "lowercase", true)};
    return is_type(normalizer, "BertNormalizer") && is_true(normalizer, "clean_text", true) &&
           is_true(normalizer, "handle_chinese_chars", true) &&
           is_type(json_object_get(components, "pre_tokenizer"), "BertPreTokenizer") && is_type(model, "WordPiece") &&
           json_integer_value(json_object_get(model, "max_input_chars_per_word")) > ZEST_FAST_SHORT_MAX;
}

/* ---- the model ---- */

static bool know_model(const json_t *json, struct zest_fast_kind *kind)
{
    const json_t *dropout = json_object_get(json, "dropout");
    kind->ignore_merges = is_true(json, "ignore_merges", false);
    return is_type(json, "BPE") && (!dropout || json_is_null(dropout) || json_number_value(dropout) == 0) &&
           is_empty_text(json, "unk_token") && is_empty_text(json, "continuing_subword_prefix") &&
           is_empty_text(json, "end_of_word_suffix") && !is_true(json, "byte_fallback", false);
}

bool zest_fast_recognize(const json_t *components, struct zest_fast_kind *ret_kind)
{
    if (know_spaces(components, ret_kind) || know_bert(components, ret_kind))
        return true;
    *ret_kind = (struct zest_fast_kind){0};
    return know_normalizer(json_object_get(components, "normalizer"), ret_kind) &&
           know_pretokenizer(json_object_get(components, "pre_tokenizer"), ret_kind) &&
           know_model(json_object_get(components, "model"), ret_kind);
}
