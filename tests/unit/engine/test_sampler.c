/* SPDX-License-Identifier: Apache-2.0 */
/* test_sampler.c - the chain from logits to a token: exact where it is exact, in distribution where it draws. */
#include "zest_test.h"

#include <math.h>

#include "random.h"
#include "sampler.h"

enum { VOCAB = 100, DRAWS = 20000 };

static const struct zest_sampling plain = {.temperature = 1, .top_p = 1, .repetition_penalty = 1};

static void make_logits(float *logits, int32_t count, uint64_t seed)
{
    for (int32_t i = 0; i < count; i++)
        logits[i] = (float)(zest_random_unit(seed, (uint64_t)i) * 8 - 4);
}

static int32_t draw(struct zest_sampler *sampler, struct zest_sampling sampling, const float *logits, uint64_t number)
{
    static const int32_t tokens[1] = {0};
    sampling.seed = number;
    return zest_sample(sampler, &sampling, logits, (struct zest_history){tokens, 1, 1});
}

/* The distribution that the chain should draw from, the slow way: sorted, cut, cut, cut. */
static void reference(const struct zest_sampling *s, const float *logits, double *ret_p)
{
    struct zest_candidate order[VOCAB];
    double p[VOCAB], sum = 0, kept = 0, max = 0;
    int32_t count = s->top_k > 0 && s->top_k < VOCAB ? s->top_k : VOCAB, in = 0;
    for (int32_t i = 0; i < VOCAB; i++)
        order[i] = (struct zest_candidate){logits[i], i};
    zest_sort_candidates(order, VOCAB);
    for (int32_t i = 0; i < VOCAB; i++)
        ret_p[i] = 0;
    for (int32_t i = 0; i < count; i++)
        sum += p[i] = exp(((double)order[i].logit - (double)order[0].logit) / (double)s->temperature);
    max = p[0];
    for (; in < count && (in == 0 || (kept < (double)s->top_p * sum && p[in] >= (double)s->min_p * max)); in++)
        kept += p[in];
    for (int32_t i = 0; i < in; i++)
        ret_p[order[i].id] = p[i] / kept;
}

/*
 * Chi-square over tokens expected at least 5 times, the rest in one class: with k classes it has mean k - 1 and
 * variance 2 (k - 1); five standard deviations are never reached by chance (and the seeds are fixed).
 */
static void check_distribution(struct zest_sampling sampling)
{
    struct zest_sampler sampler;
    float logits[VOCAB];
    double p[VOCAB], chi = 0, rest_p = 0, rest_seen = 0;
    int32_t seen[VOCAB] = {0}, classes = 0;
    ZEST_CHECK(zest_sampler_init(&sampler, VOCAB));
    make_logits(logits, VOCAB, 7);
    reference(&sampling, logits, p);
    for (uint64_t i = 0; i < DRAWS; i++)
        seen[draw(&sampler, sampling, logits, i)]++;
    for (int32_t i = 0; i < VOCAB; i++) {
        if (p[i] == 0)
            ZEST_CHECK_INT(seen[i], 0);
        if (p[i] * DRAWS < 5) {
            rest_p += p[i];
            rest_seen += seen[i];
            continue;
        }
        chi += (seen[i] - p[i] * DRAWS) * (seen[i] - p[i] * DRAWS) / (p[i] * DRAWS);
        classes++;
    }
    if (rest_p * DRAWS >= 5) {
        chi += (rest_seen - rest_p * DRAWS) * (rest_seen - rest_p * DRAWS) / (rest_p * DRAWS);
        classes++;
    }
    double freedom = classes - 1;
    if (!(chi < freedom + 5 * sqrt(2 * freedom) + 1e-9))
        ZEST_FAILED("chi-square %.1f with %d classes", chi, classes);
    zest_sampler_finish(&sampler);
}

ZEST_TEST(draws_follow_the_distribution)
{
    struct zest_sampling s = plain;
    check_distribution(s);
    (s = plain, s.temperature = 0.5f, check_distribution(s));
    (s = plain, s.temperature = 2, check_distribution(s));
    (s = plain, s.top_k = 10, check_distribution(s));
    (s = plain, s.top_p = 0.7f, check_distribution(s));
    (s = plain, s.min_p = 0.1f, check_distribution(s));
    (s = plain, s.top_k = 20, s.top_p = 0.8f, s.min_p = 0.05f, s.temperature = 1.5f, check_distribution(s));
    (s = plain, s.top_p = 0, check_distribution(s));
    (s = plain, s.top_k = VOCAB, check_distribution(s));
    (s = plain, s.temperature = 100, s.top_p = 0.99f, check_distribution(s));
}

ZEST_TEST(temperature_zero_takes_the_first_of_the_greatest)
{
    struct zest_sampler sampler;
    float logits[VOCAB];
    struct zest_sampling s = plain;
    ZEST_CHECK(zest_sampler_init(&sampler, VOCAB));
    make_logits(logits, VOCAB, 3);
    s.temperature = 0;
    logits[17] = logits[40] = logits[99] = 9;
    ZEST_CHECK_INT(draw(&sampler, s, logits, 0), 17);
    s = plain;
    s.top_k = 1;
    ZEST_CHECK_INT(draw(&sampler, s, logits, 0), 17);
    for (int i = 0; i < VOCAB; i++)
        logits[i] = NAN;
    s.temperature = 0;
    ZEST_CHECK_INT(draw(&sampler, s, logits, 0), 0);
    int32_t id = draw(&sampler, plain, logits, 0); /* nothing sensible, but an id */
    ZEST_CHECK(id >= 0 && id < VOCAB);
    s = plain;
    s.top_p = 0.5f;
    id = draw(&sampler, s, logits, 0);
    ZEST_CHECK(id >= 0 && id < VOCAB);
    zest_sampler_finish(&sampler);
}

ZEST_TEST(equal_seeds_draw_equal_tokens)
{
    struct zest_sampler a, b;
    float logits[VOCAB];
    int differ = 0;
    ZEST_CHECK(zest_sampler_init(&a, VOCAB) && zest_sampler_init(&b, VOCAB));
    make_logits(logits, VOCAB, 3);
    for (uint64_t i = 0; i < 200; i++) {
        int32_t id = draw(&a, plain, logits, i);
        draw(&b, plain, logits, i + 1000); /* other work in between changes nothing */
        ZEST_CHECK_INT(draw(&b, plain, logits, i), id);
        differ += draw(&b, plain, logits, i + 1) != id;
    }
    ZEST_CHECK(differ > 100);
    zest_sampler_finish(&a);
    zest_sampler_finish(&b);
}

ZEST_TEST(penalties_are_those_of_the_papers)
{
    struct zest_sampler sampler;
    static const int32_t tokens[] = {1, 2, 2, /* answer: */ 3, 3, 3, 1};
    float logits[VOCAB] = {[1] = 4, [2] = -4, [3] = 2, [4] = 1};
    struct zest_sampling s = plain;
    struct zest_history history = {tokens, 3, 7};
    s.repetition_penalty = 2;
    s.presence_penalty = 0.5f;
    s.frequency_penalty = 0.25f;
    ZEST_CHECK(zest_sampler_init(&sampler, VOCAB));
    for (int round = 0; round < 2; round++) { /* the counters are clean again */
        const float *row = zest_penalise(&sampler, &s, logits, history);
        ZEST_CHECK(row[1] == 4.0f / 2 - 0.5f - 0.25f);
        ZEST_CHECK(row[2] == -4.0f * 2);
        ZEST_CHECK(row[3] == 2.0f / 2 - 0.5f - 3 * 0.25f);
        ZEST_CHECK(row[4] == 1 && row[0] == 0);
    }
    ZEST_CHECK(zest_penalise(&sampler, &plain, logits, history) == logits);
    zest_sampler_finish(&sampler);
}

ZEST_TEST(scores_are_logarithms_of_probabilities)
{
    enum { BIG = 50000 };
    struct zest_sampler sampler;
    float *logits = malloc(BIG * sizeof(*logits));
    struct zest_scored scores[6];
    double sum = 0;
    ZEST_CHECK(zest_sampler_init(&sampler, BIG));
    make_logits(logits, BIG, 5);
    for (int32_t i = 0; i < BIG; i++)
        sum += exp((double)logits[i]);
    zest_score(&sampler, logits, 77, 5, scores);
    ZEST_CHECK(fabs(scores[0].logprob - ((double)logits[77] - log(sum))) < 1e-6);
    ZEST_CHECK_INT(scores[0].id, 77);
    ZEST_CHECK_INT(scores[1].id, zest_argmax(logits, BIG));
    for (int i = 2; i < 6; i++)
        ZEST_CHECK(scores[i].logprob <= scores[i - 1].logprob);
    free(logits);
    zest_sampler_finish(&sampler);
}

ZEST_TEST(the_top_is_what_sorting_gives)
{
    float logits[VOCAB];
    struct zest_candidate top[VOCAB], all[VOCAB];
    for (int32_t count = 1; count <= VOCAB; count += 9) {
        make_logits(logits, VOCAB, (uint64_t)count);
        for (int32_t i = 0; i < VOCAB; i++)
            all[i] = (struct zest_candidate){logits[i] = roundf(logits[i]), i}; /* many equals */
        zest_sort_candidates(all, VOCAB);
        zest_select_top(logits, VOCAB, count, top);
        for (int32_t i = 0; i < count; i++)
            ZEST_CHECK_INT(top[i].id, all[i].id);
    }
}
