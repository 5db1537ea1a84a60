#pragma once

#include <utility>

#include "assay/base/thread_pool.hpp"

namespace assay::data::detail {

/// Calls `work(i)` for every column, side by side where the table is large enough to pay for waking threads.
template <class Work>
void for_each_column(index columns, index rows, Work&& work) {
    constexpr index cells_worth_threads = index{1} << 17;
    const auto block = [&work](index begin, index end) {
        for (index i = begin; i < end; ++i) work(i);
    };
    if (rows * columns < cells_worth_threads) {
        block(0, columns);
    } else {
        parallel_for(columns, 1, block);
    }
}

}  // namespace assay::data::detail
