#pragma once

/// Declarations of the data layer's types.
namespace assay::data {

enum class Type : unsigned char;
struct Field;
struct Range;
class Buffer;
class MutableBuffer;
class BitmapView;
class Array;
class TableSchema;
class Table;
class Quarantine;

}  // namespace assay::data
