// No include guard; see target_begin.hpp.
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#undef ASSAY_PRAGMA
#undef ASSAY_PRAGMA_TEXT
