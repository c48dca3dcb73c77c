// zlib, and its start of a gzip stream, which it declares as a macro.
#pragma once
#define ZLIB_CONST
#include <zlib.h>

/// Begins to pack in the gzip format (RFC 1952) with the largest window.
static inline int zlib_begin_gzip(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
