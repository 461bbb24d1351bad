/* SPDX-License-Identifier: Apache-2.0 */
/* test_decoder_list.c - every kind of decoder, chains and fields. Expected texts are the reference's (tokenizers
 * 0.23.3, decoders.…decode). */
#include "zest_test.h"

#include "decoder_fixture.h"

static void check(const char *json, const char *tokens, const char *wanted)
{
    struct decoder_fixture fixture;
    ZEST_CHECK_OK(fixture_open(&fixture, json), &fixture.error);
    if (fixture.decoder)
        ZEST_CHECK_TEXT(fixture_decode(&fixture, tokens), zest_text_of(wanted));
    fixture_finish(&fixture);
}

ZEST_TEST(no_decoder_joins_by_blanks)
{
    check("null", "a|b||c", "a b  c");
    check("null", NULL, "");
}

ZEST_TEST(byte_level)
{
    check(BYTE_LEVEL, "Ġa|Ċ|b", " a\nb");
    check(BYTE_LEVEL, "æ|¼|¢", "漢");
    check(BYTE_LEVEL, "æ|¼|a", "�a");
    check(BYTE_LEVEL, "漢Ġ", "漢Ġ"); /* not all of it is of the alphabet */
    check(BYTE_LEVEL, "é|x", "�x");  /* but this is, though it was meant as a text */
    check(BYTE_LEVEL, NULL, "");
}

ZEST_TEST(byte_level_knows_every_byte)
{
    struct decoder_fixture fixture;
    char token[8] = {0};
    ZEST_CHECK_OK(fixture_open(&fixture, BYTE_LEVEL), &fixture.error);
    for (uint32_t code_point = 0x21, seen = 0; code_point < 0x200; code_point++) {
        token[0] = code_point < 0x80 ? (char)code_point : (char)(0xC0 | code_point >> 6);
        token[1] = code_point < 0x80 ? 0 : (char)(0x80 | (code_point & 63));
        struct zest_text text = fixture_decode(&fixture, code_point == '|' || code_point == 0x7F ? "a" : token);
        seen += (text.size == 1 && code_point != 0x7F) || zest_text_equal(text, ZEST_TEXT("�"));
        if (code_point == 0x120)
            ZEST_CHECK_TEXT(text, ZEST_TEXT(" "));
        if (code_point == 0x1FF)
            ZEST_CHECK_INT(seen, 256);
    }
    fixture_finish(&fixture);
}

ZEST_TEST(byte_fallback)
{
    check(BYTE_FALLBACK, "<0xE6>|<0xbc>|<0xA2>|a", "漢a");
    check(BYTE_FALLBACK, "<0x+5>|<0xe6>|<0xBC>|<0xA2>|<0xFF>|a|<0xzz>|<0xé>", "�����a<0xzz><0xé>");
    check(BYTE_FALLBACK, "<0x41>|<0x42>", "AB");
    check(BYTE_FALLBACK, "<0xE6>", "�");
}

ZEST_TEST(replace)
{
    check(REPLACE("aa", "x"), "aaaab|a|a", "xxbaa");
    check(REPLACE("", "x"), "ab", "xaxbx");
    check(REPLACE("", "x"), "|é", "xéx");
    check(REPLACE("▁", " "), "▁a▁|b", " a b");
    check("{\"type\": \"Replace\", \"pattern\": {\"Regex\": \"a*\"}, \"content\": \"x\"}", "baaé|ab|", "xbxéxxbx");
    check("{\"type\": \"Replace\", \"pattern\": {\"Regex\": \"^\\\\p{L}\"}, \"content\": \"\"}", "éb|1a", "b1a");
}

ZEST_TEST(strip)
{
    check(STRIP(" ", 1, 0), " a|  b|c|", "a bc");
    check(STRIP("H", 1, 1), "HH|HaH", "a");
    check(STRIP("y", 0, 1), "yy|ay", "ya");
    check(STRIP(" ", 0, 2), " ", ""); /* the reference panics */
    check(STRIP("漢", 2, 0), "漢漢漢", "漢");
}

ZEST_TEST(fuse_and_sequences)
{
    check(FUSE, NULL, "");
    check(SEQUENCE(""), "a|b", "ab");
    check(SEQUENCE(FUSE ", " STRIP("a", 1, 0)), "a|ab", "ab");
    check(SEQUENCE(SEQUENCE(SEQUENCE(FUSE)) ", " STRIP("a", 1, 0)), "a|ab", "ab");
    check(LLAMA, "▁Hello|▁w|<0xC3>|<0xA9>", "Hello wé");
    check(LLAMA, "▁|▁a", " a");
}

ZEST_TEST(word_piece)
{
    check(WORD_PIECE("##", true), "##a|##b|.|do|n't| do not", "##ab. don't  don't");
    check(WORD_PIECE("##", false), "a|##b|.", "ab .");
    check(WORD_PIECE("", true), "a|##b| .", "a##b.");
    check(WORD_PIECE("##", true), "it|'s|' x", "it's'x");
}

ZEST_TEST(bpe)
{
    check("{\"type\": \"BPEDecoder\", \"suffix\": \"</w>\"}", "he|llo</w>|you</w>", "hello you");
    check("{\"type\": \"BPEDecoder\", \"suffix\": \"\"}", "ab|c", " a b c");
    check("{\"type\": \"BPEDecoder\", \"suffix\": \"</w>\"}", NULL, "");
}

ZEST_TEST(metaspace)
{
    check(METASPACE("always"), "▁▁a▁b|▁c", "ab c");
    check(METASPACE("first"), "▁a|▁c", "a c");
    check(METASPACE("never"), "▁▁a▁b|▁c", "  a b c");
}

ZEST_TEST(ctc)
{
    check(CTC("<pad>", "_", true), "h|h|<pad>|h| |'s|_", "hh 's ");
    check(CTC("", "_", true), "a|a|_|", "a ");
    check(CTC("<pad>", "", true), "a|b", " a  b ");
    check(CTC("<pad>", "_", false), "a|_|_|<pad>|b", "a_b");
}

static void check_refused(const char *json, enum zest_status status, const char *param)
{
    struct decoder_fixture fixture;
    ZEST_CHECK_INT(fixture_open(&fixture, json), status);
    ZEST_CHECK_TEXT(zest_text_of(fixture.error.param), zest_text_of(param));
    ZEST_CHECK(fixture.error.message[0] != 0);
    fixture_finish(&fixture);
}

ZEST_TEST(fields_are_checked)
{
    check_refused("{}", ZEST_MISSING_FIELD, "type");
    check_refused("[]", ZEST_MISSING_FIELD, "type");
    check_refused("{\"type\": \"Oracle\"}", ZEST_UNSUPPORTED, "type");
    check_refused("{\"type\": \"Fuse\", \"x\": 1}", ZEST_UNKNOWN_FIELD, "x");
    check_refused("{\"type\": \"ByteLevel\"}", ZEST_MISSING_FIELD, "add_prefix_space");
    check_refused("{\"type\": \"Metaspace\"}", ZEST_MISSING_FIELD, "replacement");
    check_refused("{\"type\": \"Metaspace\", \"replacement\": \"ab\"}", ZEST_INVALID_ARGUMENT, "replacement");
    check_refused("{\"type\": \"Metaspace\", \"replacement\": \"_\", \"add_prefix_space\": false}",
                  ZEST_INVALID_ARGUMENT, "add_prefix_space");
    check_refused("{\"type\": \"Metaspace\", \"replacement\": \"_\", \"prepend_scheme\": \"x\"}", ZEST_UNSUPPORTED,
                  "prepend_scheme");
    check_refused("{\"type\": \"WordPiece\", \"prefix\": \"##\"}", ZEST_MISSING_FIELD, "cleanup");
    check_refused("{\"type\": \"CTC\"}", ZEST_MISSING_FIELD, "pad_token");
    check_refused("{\"type\": \"BPEDecoder\", \"suffix\": 1}", ZEST_WRONG_TYPE, "suffix");
    check_refused(STRIP(" ", -1, 0), ZEST_OUT_OF_RANGE, "start");
    check_refused(STRIP("  ", 1, 0), ZEST_INVALID_ARGUMENT, "content");
    check_refused("{\"type\": \"Sequence\", \"decoders\": 1}", ZEST_WRONG_TYPE, "decoders");
    check_refused("{\"type\": \"Replace\", \"pattern\": \"a\", \"content\": \"\"}", ZEST_WRONG_TYPE, "pattern");
}

ZEST_TEST(deep_and_long_sequences_are_refused)
{
    char json[4096] = "";
    for (int i = 0; i < 40; i++)
        strcat(json, "{\"type\": \"Sequence\", \"decoders\": [");
    for (int i = 0; i < 40; i++)
        strcat(json, "]}");
    check_refused(json, ZEST_TOO_LARGE, "decoders");
    strcpy(json, "{\"type\": \"Sequence\", \"decoders\": [" FUSE);
    for (int i = 0; i < 64; i++)
        strcat(json, ", " FUSE);
    check_refused(strcat(json, "]}"), ZEST_TOO_LARGE, "decoders");
}
