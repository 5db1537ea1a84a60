#include "assay/features/detail/patient_groups.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

#include "assay/base/thread_pool.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/features/detail/duplicate_rows.hpp"
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
                         "patient-00000000000000002",
                         "patient-sixteen1",
                         "patient-seventeen",
                         "patient-a-same-end",
                         "patient-b-same-end"};
    Texts ids;
    std::size_t at = 0;
    for (int i = 0; i < rows; ++i) {
        if (!runs || random() % 10 == 0) at = random() % known.size();
        ids.push_back(known[at]);
    }
    return ids;
}

/// By the definition, one row after the other. Rows are many: only what is wrong is asserted.
void check_groups(const Array& ids, const PatientGroups& groups) {
    std::unordered_map<std::string_view, std::int32_t> positions;
    REQUIRE(groups.num_rows() == ids.size());
    assay::index next = 0;
    for (assay::index r = 0; r < groups.num_runs(); ++r) {
        const PatientRun run = groups.run(r);
        if (run.begin != next || run.end <= run.begin) FAIL("run " << r << " is out of place");
        next = run.end;
        for (assay::index row = run.begin; row < run.end; ++row) {
            if (ids.is_null(row) != (run.patient < 0)) FAIL("row " << row << ": a null has no patient");
            if (run.patient < 0) continue;
            const auto added = positions.emplace(ids.text(row), static_cast<std::int32_t>(positions.size())).first;
            if (run.patient != added->second) FAIL("row " << row << ": another patient");
            if (groups.ids[static_cast<std::size_t>(run.patient)] != ids.text(row)) FAIL("row " << row << ": id");
        }
        if (r > 0 && run.patient >= 0 && !groups.by_row() && groups.patients[r - 1] == run.patient) {
            FAIL("run " << r << " goes on with the patient before");
        }
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

TEST_CASE("any order and number of patients is grouped alike by one thread and by three") {
    const int rows = 70'000;  // more than one part
    const int patients = GENERATE(1, 700, 70'000);
    const std::string prefix = GENERATE("M", "a-hospital-with-a-long-name/");
    const std::string order = GENERATE("together", "shuffled", "polled with gaps");
    std::mt19937 random(13);
    Texts texts;
    for (int i = 0; i < rows; ++i) {
        if (order == "polled with gaps" && random() % 20 == 0) {
            texts.emplace_back();
            continue;
        }
        const unsigned shuffled = static_cast<unsigned>(random()) % static_cast<unsigned>(patients);
        const int who = order == "together" ? i / (rows / patients) : i % patients;
        texts.push_back(prefix + std::to_string(order == "shuffled" ? shuffled : static_cast<unsigned>(who)) + "/bed");
    }
    const Array ids = Array::of(texts);
    const int threads = num_threads();
    for (const int n : {1, 3}) {
        set_num_threads(n);
        const PatientGroups groups = group_by_patient(ids);
        check_groups(ids, groups);
        const bool short_runs = patients > rows / 8 || (patients > 1 && order != "together");
        REQUIRE(groups.by_row() == short_runs);
    }
    set_num_threads(threads);
}

TEST_CASE("rows are grouped rightly where the sample of them misleads") {
    // Made-up: runs of 5000 rows, but for the first and last, where patients take turns; and the reverse.
    const bool turns_at_ends = GENERATE(true, false);
    Texts texts;
    for (int i = 0; i < 150'000; ++i) {
        const bool at_end = i < 2000 || i >= 148'000;
        texts.push_back("M" + std::to_string(at_end == turns_at_ends ? i % 40 : i / 5000));
    }
    const Array ids = Array::of(texts);
    check_groups(ids, group_by_patient(ids));
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
            if (entry.row() <= last) FAIL("row " << entry.row() << " is out of order");
            last = entry.row();
            const auto patient = static_cast<std::size_t>(b * buckets.patients_per_bucket()) + entry.patient();
            if (groups.ids[patient] != ids.text(entry.row())) FAIL("row " << entry.row() << ": another patient");
            ++seen;
        }
    }
    REQUIRE(seen == ids.size() - ids.null_count());
}

TEST_CASE("rows of one patient and time are found across the parts that threads read") {
    const int step = GENERATE(1, 40);  // rows of a patient that follow each other
    std::mt19937 random(14);
    Texts texts;
    std::vector<Timestamp> times;
    std::map<std::pair<int, std::int64_t>, RowGroup> by_key;
    for (int i = 0; i < 4000; ++i) {
        const int who = i / step % 20;  // the last ten ascend strictly, but for the greatest time there is
        const bool any = who < 10 || i == 0;
        std::int64_t at = any ? static_cast<std::int64_t>(random() % 300) : i;
        if (who == 19 && (i < 800 || i >= 3200)) at = std::numeric_limits<std::int64_t>::max();
        texts.push_back("M" + std::to_string(who));
        times.emplace_back(at);
        by_key[{who, at}].push_back(i);
    }
    std::vector<RowGroup> wanted;
    for (const auto& [key, rows] : by_key) {
        if (rows.size() > 1) wanted.push_back(rows);
    }
    std::sort(wanted.begin(), wanted.end());
    const Array ids = Array::of(texts);
    const PatientGroups groups = group_by_patient(ids);
    REQUIRE(groups.by_row() == (step == 1));
    const int threads = num_threads();
    for (const int n : {1, 2, 7}) {
        set_num_threads(n);
        CHECK(find_duplicate_rows(groups, Array::of<Timestamp>(times)) == wanted);
    }
    set_num_threads(threads);
}
