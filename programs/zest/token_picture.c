/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_picture.c - see token_picture.h.
 *
 *   Hello  world|s          a block a token; the pieces take turns in colour
 *   19556  905   99         ids under them
 *
 *   1  Hello    cut by ByteLevel (step 2 of 2); one token after 4 merges, …
 *
 * Columns are counted by wcwidth in a UTF-8 locale of its own, so that Chinese and emoji line up.
 */
#include <locale.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "token_picture.h"

#define COLUMNS_DEFAULT 100
#define SHOWN_MAX 200 /* bytes of one token that are drawn */

/* A token as it is drawn. */
struct cell {
    char text[SHOWN_MAX + 8], id[16];
    int text_width, width;
    size_t piece;
    bool begins_piece;
};

struct token_picture token_picture_of(FILE *out)
{
    struct winsize size;
    struct token_picture picture = {.columns = COLUMNS_DEFAULT};
    const char *kind = getenv("TERM"), *none = getenv("NO_COLOR");
    if (isatty(fileno(out))) {
        picture.colours = kind && strcmp(kind, "dumb") != 0 && !(none && none[0]);
        if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
            picture.columns = size.ws_col;
    }
    return picture;
}

/* ---- one token ---- */

/* Columns of a code point; the locale is UTF-8. */
static int columns_of(wchar_t code_point)
{
    int width = wcwidth(code_point);
    return width < 0 ? 1 : width;
}

int token_picture_show(struct zest_text text, char *out, size_t capacity)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    mbstate_t state = {0};
    size_t written = 0;
    int columns = 0;
    for (size_t at = 0; at < text.size;) {
        wchar_t code_point = 0;
        size_t length = mbrtowc(&code_point, text.data + at, text.size - at, &state);
        if (length == (size_t)-1 || length == (size_t)-2 || length == 0) {
            length = 1;
            code_point = 0;
            memset(&state, 0, sizeof(state));
        }
        const char *sign = code_point == '\n'                        ? "\u23CE"
                           : code_point == '\t'                      ? "\u2192"
                           : code_point == '\r'                      ? "\u240D"
                           : code_point < 0x20 || code_point == 0x7F ? "\u00B7"
                                                                     : NULL;
        size_t size = sign ? strlen(sign) : length;
        if (written + size > capacity - 8) {
            memcpy(out + written, "\u2026", 3);
            written += 3;
            columns++;
            break;
        }
        memcpy(out + written, sign ? sign : text.data + at, size);
        written += size;
        columns += sign ? 1 : columns_of(code_point);
        at += length;
    }
    out[written] = '\0';
    return columns;
}

/* Bytes [start, end) of the text, given as characters; `at` and `characters` walk along. */
struct walk {
    struct zest_text text;
    size_t at;
    int32_t characters;
};

static size_t byte_of(struct walk *walk, int32_t character)
{
    if (character < walk->characters)
        walk->at = (size_t)(walk->characters = 0);
    while (walk->at < walk->text.size && walk->characters < character) {
        walk->at++;
        while (walk->at < walk->text.size && ((unsigned char)walk->text.data[walk->at] & 0xC0) == 0x80)
            walk->at++;
        walk->characters++;
    }
    return walk->at;
}

/* What a token is drawn as: its characters of the text, or its name where they are not its own. */
static struct zest_text face_of(struct walk *walk, const struct zest_tokenizer_explained_piece *piece, size_t which)
{
    const struct zest_tokenizer_explained_token *token = &piece->tokens[which];
    bool shared = (which > 0 && piece->tokens[which - 1].end > token->start) ||
                  (which + 1 < piece->tokens_count && piece->tokens[which + 1].start < token->end);
    if (token->start == token->end || shared)
        return token->token;
    size_t start = byte_of(walk, token->start), end = byte_of(walk, token->end);
    return (struct zest_text){walk->text.data + start, end - start};
}

/* ---- rows of blocks ---- */

static void pad(FILE *out, int columns)
{
    fprintf(out, "%*s", columns, "");
}

static void draw_row(const struct token_picture *picture, const struct cell *cells, size_t count, FILE *out)
{
    static const char *const colours[] = {"48;5;24", "48;5;58", "48;5;53", "48;5;22"};
    for (size_t i = 0; i < count; i++) {
        const struct cell *cell = &cells[i];
        if (picture->colours) { /* the tokens of a piece are shades of one colour: every other one is bold */
            fprintf(out, "\033[97;%sm%s", colours[cell->piece % ZEST_COUNT(colours)],
                    cell->begins_piece ? "" : "\033[2m|\033[22m");
            fprintf(out, "%s", cell->text);
            pad(out, cell->width - cell->text_width - (cell->begins_piece ? 0 : 1));
            fprintf(out, "\033[0m");
        } else {
            fprintf(out, "[%s]", cell->text);
            pad(out, cell->width - cell->text_width - 2);
        }
        fputc(' ', out);
    }
    fputc('\n', out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s%-*s%s ", picture->colours ? "\033[2m" : "", cells[i].width, cells[i].id,
                picture->colours ? "\033[0m" : "");
    fprintf(out, "\n");
}

static void make_cell(const struct token_picture *picture, struct walk *walk,
                      const struct zest_tokenizer_explained_piece *piece, size_t which, size_t number,
                      struct cell *cell)
{
    cell->text_width = token_picture_show(face_of(walk, piece, which), cell->text, sizeof(cell->text));
    snprintf(cell->id, sizeof(cell->id), "%d", piece->tokens[which].id);
    cell->piece = number;
    cell->begins_piece = which == 0;
    int frame = picture->colours ? (which == 0 ? 0 : 1) : 2, id_width = (int)strlen(cell->id);
    cell->width = cell->text_width + frame > id_width ? cell->text_width + frame : id_width;
}

static void draw_blocks(const struct token_picture *picture, struct zest_text text,
                        const struct zest_tokenizer_explain_reply *reply, FILE *out)
{
    struct walk walk = {.text = text};
    struct cell *row = malloc(((size_t)picture->columns + 1) * sizeof(*row));
    size_t count = 0;
    int used = 0;
    for (size_t i = 0; row && i < reply->pieces_count; i++)
        for (size_t k = 0; k < reply->pieces[i].tokens_count; k++) {
            struct cell cell;
            make_cell(picture, &walk, &reply->pieces[i], k, i, &cell);
            if (count > 0 && used + cell.width > picture->columns) {
                draw_row(picture, row, count, out);
                count = 0;
                used = 0;
            }
            row[count++] = cell; /* a cell takes two columns at least */
            used += cell.width + 1;
        }
    if (row && count > 0)
        draw_row(picture, row, count, out);
    free(row);
}

/* ---- reasons ---- */

/* A reason on lines of the terminal's width, broken at blanks, indented. */
static void draw_wrapped(const struct token_picture *picture, const char *words, int indent, FILE *out)
{
    int room = picture->columns - indent > 20 ? picture->columns - indent : 20, used = 0;
    while (*words) {
        size_t size = strcspn(words, " ");
        int columns = 0;
        for (size_t i = 0; i < size; i++)
            columns += ((unsigned char)words[i] & 0xC0) != 0x80;
        if (used > 0 && used + 1 + columns > room) {
            fprintf(out, "\n%*s", indent, "");
            used = 0;
        }
        fprintf(out, "%s%.*s", used > 0 ? " " : "", (int)size, words);
        used += columns + (used > 0);
        words += size + (words[size] == ' ');
    }
    fputc('\n', out);
}

static void draw_reasons(const struct token_picture *picture, const struct zest_tokenizer_explain_reply *reply,
                         FILE *out)
{
    enum { FACE_COLUMNS_MAX = 24 };
    int widest = 1;
    char face[SHOWN_MAX + 8];
    for (size_t i = 0; i < reply->pieces_count; i++) {
        const struct zest_tokenizer_explained_piece *piece = &reply->pieces[i];
        int width = token_picture_show(piece->text.size > 0 ? piece->text : piece->tokens[0].token, face, 40);
        widest = width > widest && width <= FACE_COLUMNS_MAX ? width : widest;
    }
    for (size_t i = 0; i < reply->pieces_count; i++) {
        const struct zest_tokenizer_explained_piece *piece = &reply->pieces[i];
        struct zest_text shown =
            piece->text.size > 0 || piece->tokens_count == 0 ? piece->text : piece->tokens[0].token;
        int width = token_picture_show(shown, face, 40);
        fprintf(out, "%4zu  \"%s\"%*s  ", i + 1, face, width < widest ? widest - width : 0, "");
        draw_wrapped(picture, piece->reasoning.data ? piece->reasoning.data : "", 10 + widest, out);
    }
}

void token_picture_draw(const struct token_picture *picture, struct zest_text text,
                        const struct zest_tokenizer_explain_reply *reply, FILE *out)
{
    draw_blocks(picture, text, reply, out);
    fprintf(out, "\n");
    draw_reasons(picture, reply, out);
    fprintf(out, "\n%.*s\n", (int)reply->algorithm_reasoning.size, reply->algorithm_reasoning.data);
}
