/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote.h - what remote.c (calls) and remote_stream.c (streams) share: connections to one service of another zest.
 */
#ifndef ZEST_REMOTE_H
#define ZEST_REMOTE_H

#include <curl/curl.h>

#include "layer.h"

/* One request at a time: a libcurl handle with its buffers, kept with its connection for the next one. */
struct zest_remote_handle {
    CURL *curl;
    struct curl_slist *headers;
    struct zest_buffer request, body;
    char reason[CURL_ERROR_SIZE];
    struct zest_remote_handle *next;
    CURLM *multi;               /* drives `curl` in calls that answer once; NULL until the first */
};

/* Makes a handle ready to POST `request` to the operation. NULL where memory is out. */
struct zest_remote_handle *zest_remote_take(struct zest_layer *layer);
void zest_remote_give(struct zest_layer *layer, struct zest_remote_handle *handle);
void zest_remote_drop(struct zest_remote_handle *handle); /* frees it with its connection; takes NULL */
enum zest_status zest_remote_prepare(struct zest_layer *layer, struct zest_remote_handle *handle,
                                     const struct zest_operation *operation, const struct zest_call *call,
                                     const void *request, struct zest_error *error);

/* A transfer that failed before an answer was there. */
enum zest_status zest_remote_transfer_failed(const struct zest_layer *layer, const struct zest_remote_handle *handle,
                                             CURLcode code, struct zest_error *error);
/* An answer of another status than 200, as the error that the server sent. */
enum zest_status zest_remote_refused(const struct zest_layer *layer, long http, struct zest_text body,
                                     struct zest_error *error);

/* remote_stream.c: starts a streaming operation; takes the handle, whatever it answers. */
enum zest_status zest_remote_stream(struct zest_layer *layer, struct zest_remote_handle *handle,
                                    const struct zest_operation *operation, struct zest_stream **ret_stream,
                                    struct zest_error *error);

#endif
