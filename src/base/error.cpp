#include "assay/base/error.hpp"

// The key functions' home: one translation unit holds the exception types' metadata, so that a type thrown in one
// shared object is caught in another.
namespace assay {}
