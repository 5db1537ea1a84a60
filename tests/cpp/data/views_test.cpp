#include <array>
#include <optional>
#include <span>
#include <vector>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/eigen.hpp"
#include "assay/data/xtensor.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

namespace {

Array numbers() {
    const std::vector<double> values{1, 2, 3, 4};
    return Array::of<double>(std::span<const double>(values));
}

/// A kernel as the feature layer writes them.
template <ContiguousRangeOf<double> R>
double mean(const R& range) {
    const auto values = as_span(range);
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("an Eigen map reads the column's own memory") {
    const Array column = numbers();
    const auto map = as_eigen<double>(column);
    CHECK(map.data() == column.values<double>().data());
    CHECK((map * 2).sum() == 20);
    CHECK(as_eigen_vector<double>(column).dot(as_eigen_vector<double>(column)) == 30);
    const Array tail = column.slice(1, 3);
    CHECK(as_eigen<double>(tail).data() == column.values<double>().data() + 1);
    CHECK(as_eigen<double>(tail).maxCoeff() == 4);
}

TEST_CASE("an xtensor view reads the column's own memory") {
    const Array column = numbers();
    const auto view = as_xtensor<double>(column);
    CHECK(view.data() == column.values<double>().data());
    REQUIRE(view.dimension() == 1);
    CHECK(view(3) == 4);
    const Array tail = column.slice(2, 2);
    CHECK(as_xtensor<double>(tail)(0) == 3);
}

TEST_CASE("a view of an empty column is empty") {
    const Array none = numbers().slice(4, 0);
    CHECK(as_eigen<double>(none).size() == 0);
    CHECK(as_xtensor<double>(none).size() == 0);
}

TEST_CASE("a view refuses nulls and other types") {
    const Array holed = Array::of<double>({std::optional<double>(1.0), std::nullopt});
    CHECK_THROWS_AS(as_eigen<double>(holed), ValueError);
    CHECK_THROWS_AS(as_xtensor<double>(holed), ValueError);
    const Array column = numbers();
    CHECK_THROWS_AS(as_eigen<float>(column), SchemaError);
    const Array first = holed.slice(0, 1);
    CHECK(as_eigen<double>(first)(0) == 1.0);
}

TEST_CASE("a kernel takes any contiguous range without a copy") {
    const std::vector<double> vector{1, 2, 3, 6};
    const std::array<double, 4> array{1, 2, 3, 6};
    const Eigen::ArrayXd eigen = Eigen::Map<const Eigen::ArrayXd>(vector.data(), 4);
    const xt::xtensor<double, 1> tensor{1, 2, 3, 6};
    const Array column = Array::of<double>(std::span<const double>(vector));
    const auto map = as_eigen<double>(column);
    CHECK(mean(vector) == 3);
    CHECK(mean(array) == 3);
    CHECK(mean(std::span<const double>(vector)) == 3);
    CHECK(mean(eigen) == 3);
    CHECK(mean(tensor) == 3);
    CHECK(mean(map) == 3);
    CHECK(as_span(eigen).data() == eigen.data());
    CHECK(as_span(tensor).data() == tensor.data());
    CHECK(as_span(map).data() == column.values<double>().data());
}

TEST_CASE("an xtensor view that begins later is read from there") {
    const xt::xtensor<double, 1> tensor{9, 1, 2, 3};
    const auto later = xt::view(tensor, xt::range(1, 4));
    CHECK(mean(later) == 2);
}

TEST_CASE("a strided view is refused, not misread") {
    Eigen::MatrixXd matrix(2, 3);
    matrix << 1, 2, 3, 4, 5, 6;
    const auto row = matrix.row(0);
    CHECK_THROWS_AS(as_span(row), ShapeError);
    CHECK(mean(matrix.col(1)) == 3.5);
}
