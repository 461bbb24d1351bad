/* SPDX-License-Identifier: Apache-2.0 */
/* decode_table_format.h - the bits of an entry; for decode_table.c and decode_table_build.c alone. */
#ifndef ZEST_DECODE_TABLE_FORMAT_H
#define ZEST_DECODE_TABLE_FORMAT_H

#define ZEST_ENTRY_PART 1u
#define ZEST_ENTRY_SPECIAL 2u
#define ZEST_ENTRY_ABSENT 4u
#define ZEST_ENTRY_SHIFT 3
#define ZEST_ENTRY_OFFSET_MAX ((size_t)UINT32_MAX >> ZEST_ENTRY_SHIFT)
#define ZEST_ENTRY_SPARE 16u /* bytes behind the last text that a copy may read */

#endif
