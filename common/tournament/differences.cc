#include "common/tournament/differences.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/corpus/standing.h"
#include "common/models/training_keys.h"
#include "common/ner/tagger.h"
#include "common/text/split_key.h"

namespace winnow::tournament {
namespace {

using storage::v1::ComparisonRun;
using storage::v1::Span;

// One of the two models with what is looked up for every text.
class Contestant {
 public:
  Contestant(const models::LoadedModel& loaded, const ComparisonRun& run)
      : loaded_(loaded), label_of_run_(loaded.model->labels().size(), kNotCompared) {
    for (int i = 0; i < run.labels_size(); ++i) {
      const int label = loaded.model->LabelIndex(run.labels(i));
      if (label >= 0) label_of_run_[static_cast<size_t>(label)] = static_cast<uint32_t>(i);
    }
  }

  // A version without training keys is added to `unknown_lineage`.
  absl::Status ReadTrainingKeys(const models::ModelStore& store,
                                std::vector<std::string>& unknown_lineage) {
    absl::StatusOr<models::TrainingKeys> keys = models::ReadTrainingKeys(store, loaded_.version);
    if (absl::IsNotFound(keys.status())) {
      unknown_lineage.push_back(loaded_.version.ToString());
      return absl::OkStatus();
    }
    WINNOW_RETURN_IF_ERROR(keys.status());
    trained_on_ = *std::move(keys);
    return absl::OkStatus();
  }

  bool WasTrainedOn(uint64_t split_key) const {
    return std::binary_search(trained_on_.begin(), trained_on_.end(), split_key);
  }

  std::vector<OutputSpan> Predict(const std::string& text) {
    tagger_.Tag(*loaded_.model, text, scored_);
    std::vector<OutputSpan> spans;
    for (const ner::ScoredSpan& span : scored_) {
      const uint32_t label = label_of_run_[span.label];
      if (label != kNotCompared) spans.push_back({span.start, span.end, label});
    }
    return spans;
  }

 private:
  static constexpr uint32_t kNotCompared = UINT32_MAX;

  const models::LoadedModel& loaded_;
  // By index of the model's label.
  std::vector<uint32_t> label_of_run_;
  models::TrainingKeys trained_on_;
  ner::Tagger tagger_;
  std::vector<ner::ScoredSpan> scored_;
};

// Ids of the comparisons that the data set had answered when the run began.
absl::StatusOr<std::set<std::string>> AnsweredBefore(const ComparisonRun& run,
                                                     const corpus::CorpusReader& reader) {
  std::set<std::string> ids;
  const absl::Status read = corpus::ForEachStandingAnswer(
      reader, run.dataset(), run.start_revision(), [&](const storage::v1::Answer& answer) {
        if (answer.has_comparison()) ids.insert(answer.task_id());
        return true;
      });
  // The data set is made by its first answer.
  if (!read.ok() && !absl::IsNotFound(read)) return read;
  return ids;
}

std::vector<Span> ToRecords(const ComparisonRun& run, const std::vector<OutputSpan>& spans) {
  std::vector<Span> records;
  for (const OutputSpan& span : spans) {
    Span& record = records.emplace_back();
    record.set_start(span.start);
    record.set_end(span.end);
    record.set_label(run.labels(static_cast<int>(span.label)));
  }
  return records;
}

bool IsAnswered(const ComparisonRun& run, const Difference& difference,
                const std::set<std::string>& answered) {
  if (answered.empty()) return false;
  return answered.contains(corpus::ComparisonTaskIdOf(difference.example_id,
                                                      ToRecords(run, difference.spans_a),
                                                      ToRecords(run, difference.spans_b)));
}

void ShuffleTextsAndSides(uint64_t seed, std::vector<Difference>& differences) {
  Random random(seed);
  random.Shuffle(differences);
  for (Difference& difference : differences) difference.a_shown_second = random.Below(2) == 1;
}

// Compares the outputs text by text and counts into `result`.
class Comparer {
 public:
  Comparer(const ComparisonRun& run, Contestant& a, Contestant& b, std::set<std::string> answered,
           Differences& result)
      : run_(run), a_(a), b_(b), answered_(std::move(answered)), result_(result) {}

  void Compare(const corpus::SourceExample& item) {
    const std::string& text = item.example.text();
    const uint64_t key = text::SplitKey(text);
    if (!seen_.insert(key).second) return;
    if (a_.WasTrainedOn(key) || b_.WasTrainedOn(key)) {
      ++result_.num_trained_on;
      return;
    }
    ++result_.num_texts;
    Difference difference{item.example_id, a_.Predict(text), b_.Predict(text)};
    if (difference.spans_a == difference.spans_b) return;
    result_.num_answered_before += IsAnswered(run_, difference, answered_);
    result_.differences.push_back(std::move(difference));
  }

 private:
  const ComparisonRun& run_;
  Contestant& a_;
  Contestant& b_;
  const std::set<std::string> answered_;
  Differences& result_;
  // Split keys of the texts so far.
  absl::flat_hash_set<uint64_t> seen_;
};

}  // namespace

absl::StatusOr<Differences> FindDifferences(const ComparisonRun& run, const models::LoadedModel& a,
                                            const models::LoadedModel& b,
                                            const models::ModelStore& store,
                                            const corpus::CorpusReader& reader, Report report) {
  Differences result;
  Contestant contestant_a(a, run);
  Contestant contestant_b(b, run);
  WINNOW_RETURN_IF_ERROR(contestant_a.ReadTrainingKeys(store, result.unknown_lineage));
  WINNOW_RETURN_IF_ERROR(contestant_b.ReadTrainingKeys(store, result.unknown_lineage));
  WINNOW_ASSIGN_OR_RETURN(std::set<std::string> answered, AnsweredBefore(run, reader));
  Comparer comparer(run, contestant_a, contestant_b, std::move(answered), result);

  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Source source, reader.GetSource(run.source()));
  absl::Status reported;
  const auto compare = [&](const corpus::SourceExample& item) {
    reported = report(item.ordinal, source.num_examples());
    if (!reported.ok()) return false;
    comparer.Compare(item);
    return true;
  };
  WINNOW_RETURN_IF_ERROR(
      reader.ForEachSourceExample(run.source(), 0, run.start_revision(), compare));
  WINNOW_RETURN_IF_ERROR(reported);
  ShuffleTextsAndSides(run.seed(), result.differences);
  return result;
}

storage::v1::Comparison ComparisonOf(const ComparisonRun& run, const Difference& difference) {
  storage::v1::Comparison comparison;
  comparison.set_model_a(run.version_a());
  comparison.set_model_b(run.version_b());
  for (Span& span : ToRecords(run, difference.spans_a)) *comparison.add_spans_a() = std::move(span);
  for (Span& span : ToRecords(run, difference.spans_b)) *comparison.add_spans_b() = std::move(span);
  comparison.set_a_shown_second(difference.a_shown_second);
  return comparison;
}

}  // namespace winnow::tournament
