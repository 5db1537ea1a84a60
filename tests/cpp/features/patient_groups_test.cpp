#include "assay/features/detail/patient_groups.hpp"

#include <map>
#include <optional>
#include <random>
#include <string>

#include "assay/base/thread_pool.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/features/detail/scattered_rows.hpp"
#include "catch.hpp"

using namespace assay;
using namespace std::string_literals;
using namespace assay::features::detail;
using data::Array;

namespace {

using Texts = std::vector<std::optional<std::string>>;

/// Made-up ids of every length around the eight bytes that fit a word, some alike in their first eight.
Texts random_ids(int rows, unsigned seed, bool runs) {
    std::mt19937 random(seed);
    const Texts known = {"",
                         "1",
                         "12",
                         "1234567",
                         "12345678",
                         "123456789",
                         "12345678a",
                         "123456781",
                         std::nullopt,
                         "a\0"s,
                         "a",
                         "\0a"s,
                         "patient-00000000000000001",
                         "patient-00000000000000002"};
    Texts ids;
    std::size_t at = 0;
    for (int i = 0; i < rows; ++i) {
        if (!runs || random() % 10 == 0) at = random() % known.size();
        ids.push_back(known[at]);
    }
    return ids;
}

/// By the definition, one row after the other.
void check_groups(const Array& ids, const PatientGroups& groups) {
    std::map<std::string, std::int32_t, std::less<>> positions;
    REQUIRE(groups.num_rows() == ids.size());
    assay::index next = 0;
    for (assay::index r = 0; r < groups.num_runs(); ++r) {
        const PatientRun run = groups.run(r);
        REQUIRE(run.begin == next);
        REQUIRE(run.end > run.begin);
        next = run.end;
        for (assay::index row = run.begin; row < run.end; ++row) {
            if (run.patient < 0) {
                REQUIRE(ids.is_null(row));
                continue;
            }
            REQUIRE(ids.is_valid(row));
            const auto added = positions.emplace(ids.text(row), static_cast<std::int32_t>(positions.size())).first;
            REQUIRE(run.patient == added->second);
            REQUIRE(groups.ids[static_cast<std::size_t>(run.patient)] == ids.text(row));
        }
        if (r > 0 && run.patient >= 0) REQUIRE(groups.patients[static_cast<std::size_t>(r - 1)] != run.patient);
    }
    REQUIRE(next == ids.size());
    REQUIRE(groups.ids.size() == positions.size());
}

}  // namespace

TEST_CASE("rows are grouped by id, in order of first appearance") {
    for (const bool runs : {true, false}) {
        for (const int rows : {0, 1, 2, 63, 5000}) {
            const Array ids = Array::of(random_ids(rows, static_cast<unsigned>(rows), runs));
            check_groups(ids, group_by_patient(ids));
            if (rows > 10) check_groups(ids.slice(3, rows - 7), group_by_patient(ids.slice(3, rows - 7)));
        }
    }
}

TEST_CASE("groups are the same however many threads share the rows") {
    Texts texts;
    std::mt19937 random(11);
    for (int i = 0; i < 300'000; ++i) texts.emplace_back("M" + std::to_string(random() % 30'000));
    const Array ids = Array::of(texts);
    const int threads = num_threads();
    for (const int n : {1, 3}) {
        set_num_threads(n);
        check_groups(ids, group_by_patient(ids));
    }
    set_num_threads(threads);
}

TEST_CASE("every row of a patient is in the patient's bucket, in row order") {
    const int patients = GENERATE(1, 16, 17, 70'000);
    Texts texts;
    std::mt19937 random(12);
    for (int i = 0; i < 100'000; ++i) {
        const auto who = static_cast<int>(random() % static_cast<unsigned>(patients + 1));
        texts.push_back(who == patients ? std::nullopt : std::optional<std::string>(std::to_string(who)));
    }
    const Array ids = Array::of(texts);
    const PatientGroups groups = group_by_patient(ids);
    const BucketedRows buckets(groups);
    assay::index seen = 0;
    for (assay::index b = 0; b < buckets.num_buckets(); ++b) {
        assay::index last = -1;
        for (const BucketRow& entry : buckets.of(b)) {
            REQUIRE(entry.row() > last);
            last = entry.row();
            const auto patient = static_cast<std::size_t>(b * buckets.patients_per_bucket()) + entry.patient();
            REQUIRE(groups.ids[patient] == ids.text(entry.row()));
            ++seen;
        }
    }
    REQUIRE(seen == ids.size() - ids.null_count());
}
