// No include guard. ASSAY_TARGET names instruction sets; the functions up to target_end.hpp are compiled for them.
#define ASSAY_PRAGMA_TEXT(text) _Pragma(#text)
#define ASSAY_PRAGMA(text) ASSAY_PRAGMA_TEXT(text)
#if defined(__clang__)
ASSAY_PRAGMA(clang attribute push(__attribute__((target(ASSAY_TARGET))), apply_to = function))
#else
#pragma GCC push_options
ASSAY_PRAGMA(GCC target(ASSAY_TARGET))
#endif
