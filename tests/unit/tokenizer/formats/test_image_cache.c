/* SPDX-License-Identifier: Apache-2.0 */
/* test_image_cache.c - when a tokenizer is compiled, when its image is found, and what a cache survives. */
#include "zest_test.h"

#include "image_cache.h"
#include "image_compile.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MODEL(text) "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"" text "\": 0}, \"merges\": []}}"

/* The tests count how often a tokenizer is compiled. */
static int compiled;

static enum zest_status count_and_compile(const struct zest_tokenizer_definition *definition,
                                          struct zest_image *ret_image, struct zest_error *error)
{
    struct zest_image_builder builder;
    compiled++;
    zest_image_builder_init(&builder);
    zest_image_add(&builder, ZEST_SECTION_TOKEN_TEXTS, definition->tokens[0].data, definition->tokens[0].size);
    enum zest_status status = zest_image_build(&builder, ret_image, error);
    zest_image_builder_finish(&builder);
    return status;
}

struct place {
    char folder[64], source[96], cache[96];
};

/* `age` seconds ago. */
static void write_source(const struct place *place, const char *text, int age)
{
    int fd = open(place->source, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    ZEST_CHECK_INT(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {0}};
    clock_gettime(CLOCK_REALTIME, &times[1]);
    times[1].tv_sec -= age;
    ZEST_CHECK_INT(futimens(fd, times), 0);
    (void)close(fd);
}

static void begin(struct place *place, const char *text, int age)
{
    snprintf(place->folder, sizeof place->folder, "/tmp/zest-cache-XXXXXX");
    ZEST_CHECK(mkdtemp(place->folder) != NULL);
    snprintf(place->source, sizeof place->source, "%s/tokenizer.json", place->folder);
    snprintf(place->cache, sizeof place->cache, "%s/cache", place->folder);
    write_source(place, text, age);
    compiled = 0;
}

/* Calls `each` with the path of each file of the cache; returns their number. */
static int for_each_entry(const struct place *place, void (*each)(const char *path))
{
    DIR *folder = opendir(place->cache);
    int count = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        char path[400];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", place->cache, entry->d_name);
        count++;
        if (each)
            each(path);
    }
    if (folder)
        closedir(folder);
    return count;
}

static void unlink_entry(const char *path)
{
    (void)unlink(path);
}

static void end(const struct place *place)
{
    (void)chmod(place->cache, 0700);
    for_each_entry(place, unlink_entry);
    (void)rmdir(place->cache);
    (void)unlink(place->source);
    ZEST_CHECK_INT(rmdir(place->folder), 0);
}

static void check_load(const char *path, const char *cache, const char *text, int wanted_compiled)
{
    struct zest_image_load_options options = {.cache_folder = cache, .compile = count_and_compile};
    struct zest_image image = {0};
    struct zest_error error = {0};
    size_t size = 0;
    ZEST_CHECK_OK(zest_image_load(path, &options, &image, &error), &error);
    if (!image.base)
        return;
    const char *bytes = zest_image_section(&image, ZEST_SECTION_TOKEN_TEXTS, &size);
    ZEST_CHECK_TEXT(((struct zest_text){bytes, size}), zest_text_of(text));
    ZEST_CHECK_INT(compiled, wanted_compiled);
    zest_image_close(&image);
}

ZEST_TEST(a_second_load_finds_the_image)
{
    struct place place;
    begin(&place, MODEL("one"), 100);
    check_load(place.source, place.cache, "one", 1);
    ZEST_CHECK_INT(for_each_entry(&place, NULL), 2); /* the image, and what the source's content is */
    check_load(place.source, place.cache, "one", 1);
    check_load(place.folder, place.cache, "one", 2); /* a folder is another source: other files belong to it */
    check_load(place.folder, place.cache, "one", 2);
    end(&place);
}

ZEST_TEST(without_a_cache_each_load_compiles)
{
    struct place place;
    begin(&place, MODEL("one"), 100);
    check_load(place.source, NULL, "one", 1);
    check_load(place.source, NULL, "one", 2);
    end(&place);
}

ZEST_TEST(another_content_of_the_same_size_is_compiled)
{
    struct place place;
    begin(&place, MODEL("one"), 100);
    check_load(place.source, place.cache, "one", 1);
    write_source(&place, MODEL("two"), 100);
    check_load(place.source, place.cache, "two", 2);
    write_source(&place, MODEL("one"), 100);
    check_load(place.source, place.cache, "one", 2); /* known by its content */
    check_load(place.source, place.cache, "one", 2);
    end(&place);
}

ZEST_TEST(a_file_that_was_just_written_is_known_by_its_content_alone)
{
    struct place place;
    begin(&place, MODEL("one"), 0);
    check_load(place.source, place.cache, "one", 1);
    ZEST_CHECK_INT(for_each_entry(&place, NULL), 1);
    write_source(&place, MODEL("two"), 0);
    check_load(place.source, place.cache, "two", 2);
    end(&place);
}

static void damage_middle(const char *path)
{
    struct stat info;
    int fd = open(path, O_RDWR);
    unsigned char byte = 0;
    ZEST_CHECK(fstat(fd, &info) == 0 && pread(fd, &byte, 1, info.st_size / 2) == 1);
    byte ^= 0x10;
    ZEST_CHECK_INT(pwrite(fd, &byte, 1, info.st_size / 2), 1);
    (void)close(fd);
}

static void cut_short(const char *path)
{
    ZEST_CHECK_INT(truncate(path, 20), 0);
}

static void make_empty(const char *path)
{
    ZEST_CHECK_INT(truncate(path, 0), 0);
}

static void raise_version(const char *path)
{
    static const unsigned char version[4] = {0xEE, 0xEE};
    int fd = open(path, O_RDWR);
    ZEST_CHECK_INT(pwrite(fd, version, sizeof version, 8), sizeof version); /* behind the magic, in both kinds */
    (void)close(fd);
}

ZEST_TEST(damaged_and_outdated_entries_are_made_again)
{
    void (*const damages[])(const char *) = {damage_middle, cut_short, make_empty, raise_version, unlink_entry};
    struct place place;
    begin(&place, MODEL("one"), 100);
    check_load(place.source, place.cache, "one", 1);
    for (size_t i = 0; i < ZEST_COUNT(damages); i++) {
        for_each_entry(&place, damages[i]);
        check_load(place.source, place.cache, "one", (int)i + 2);
        check_load(place.source, place.cache, "one", (int)i + 2);
        ZEST_CHECK_INT(for_each_entry(&place, NULL), 2);
    }
    end(&place);
}

ZEST_TEST(a_folder_that_can_not_be_used_is_no_error)
{
    struct place place;
    begin(&place, MODEL("one"), 100);
    check_load(place.source, "/nonexistent/folder/of/a/cache", "one", 1);
    check_load(place.source, place.source, "one", 2); /* a file, not a folder */
    check_load(place.source, "/dev/null", "one", 3);
    ZEST_CHECK_INT(mkdir(place.cache, 0500), 0);
    check_load(place.source, place.cache, "one", 4);
    end(&place);
}

/* Loads in a child that `prepare` has changed; true where that gave the right tokenizer. */
static bool load_in_child(const struct place *place, bool (*prepare)(void))
{
    int status = 1;
    pid_t child = fork();
    if (child == 0) {
        struct zest_image_load_options options = {.cache_folder = place->cache, .compile = count_and_compile};
        struct zest_image image = {0};
        size_t size = 0;
        bool good = prepare() && zest_image_load(place->source, &options, &image, NULL) == ZEST_OK &&
                    zest_image_section(&image, ZEST_SECTION_TOKEN_TEXTS, &size) && size == 3;
        _exit(good ? 0 : 1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* Writing stops in the middle of a file, as on a disk that is full. */
static bool limit_files(void)
{
    const struct rlimit limit = {100, 100};
    return signal(SIGXFSZ, SIG_IGN) != SIG_ERR && setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

ZEST_TEST(a_full_disk_is_no_error_and_leaves_nothing)
{
    struct place place;
    begin(&place, MODEL("one"), 100);
    ZEST_CHECK(load_in_child(&place, limit_files));
    ZEST_CHECK_INT(for_each_entry(&place, NULL), 0); /* no half image, no file beside it */
    check_load(place.source, place.cache, "one", 1);
    ZEST_CHECK_INT(for_each_entry(&place, NULL), 2);
    ZEST_CHECK(load_in_child(&place, limit_files)); /* reading needs no room */
    end(&place);
}

/* Root may write anywhere: the child becomes nobody. */
static bool become_nobody(void)
{
    return geteuid() != 0 || setuid(65534) == 0;
}

ZEST_TEST(a_folder_that_only_others_may_write_is_no_error)
{
    struct place place;
    begin(&place, MODEL("one"), 100);
    ZEST_CHECK(chmod(place.folder, 0755) == 0 && chmod(place.source, 0644) == 0);
    ZEST_CHECK(mkdir(place.cache, 0700) == 0 && chmod(place.cache, 0555) == 0);
    ZEST_CHECK(load_in_child(&place, become_nobody));
    ZEST_CHECK_INT(for_each_entry(&place, NULL), 0);
    ZEST_CHECK_INT(chmod(place.cache, 0), 0); /* nor read */
    ZEST_CHECK(load_in_child(&place, become_nobody));
    end(&place);
}

ZEST_TEST(what_can_not_be_read_is_an_error_with_and_without_a_cache)
{
    struct place place;
    struct zest_image image;
    struct zest_error error = {0};
    begin(&place, "{", 100);
    struct zest_image_load_options options = {.cache_folder = place.cache, .compile = count_and_compile};
    ZEST_CHECK_INT(zest_image_load(place.source, &options, &image, &error), ZEST_MODEL_DAMAGED);
    ZEST_CHECK_INT(zest_image_load("/nonexistent", &options, &image, &error), ZEST_NOT_FOUND);
    options.cache_folder = NULL;
    ZEST_CHECK_INT(zest_image_load("/nonexistent", &options, &image, &error), ZEST_NOT_FOUND);
    ZEST_CHECK_INT(compiled, 0);
    end(&place);
}

ZEST_TEST(processes_share_a_folder)
{
    enum { PROCESSES = 8, ROUNDS = 20 };
    struct place place;
    pid_t children[PROCESSES];
    begin(&place, MODEL("one"), 100);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] != 0)
            continue;
        int good = 1;
        for (int round = 0; round < ROUNDS; round++) {
            struct zest_image_load_options options = {.cache_folder = place.cache, .compile = count_and_compile};
            struct zest_image image = {0};
            size_t size = 0;
            good = good && zest_image_load(place.source, &options, &image, NULL) == ZEST_OK &&
                   zest_image_section(&image, ZEST_SECTION_TOKEN_TEXTS, &size) && size == 3;
            zest_image_close(&image);
            for_each_entry(&place, round % 4 == 0 ? unlink_entry : NULL);
        }
        _exit(good ? 0 : 1);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = 1;
        ZEST_CHECK(waitpid(children[i], &status, 0) == children[i] && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    end(&place);
}
