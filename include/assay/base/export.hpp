#pragma once

/// Marks compiled API as visible; everything else is hidden by default.
#if defined(_WIN32)
#define ASSAY_EXPORT
#else
#define ASSAY_EXPORT __attribute__((visibility("default")))
#endif
