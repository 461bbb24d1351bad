/* SPDX-License-Identifier: Apache-2.0 */
/* embedded_pages.h - files that the build puts into the program (embed_pages.py). Constant, alive for ever. */
#ifndef ZEST_EMBEDDED_PAGES_H
#define ZEST_EMBEDDED_PAGES_H

#include <zest/core.h>

extern const struct zest_text zest_page_docs_html, zest_page_docs_css, zest_page_docs_js, zest_page_docs_json,
    zest_page_openapi_json;

#endif
