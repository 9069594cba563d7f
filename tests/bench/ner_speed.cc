#include "tests/bench/ner_speed.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/ner/features.h"
#include "common/ner/lattice.h"
#include "common/ner/online_learner.h"
#include "common/ner/tagger.h"
#include "common/stats/asking.h"
#include "tests/bench/ner_tagging.h"

namespace winnow::bench {
namespace {

constexpr uint32_t kMarginalLength = 8;
constexpr double kMeasureSeconds = 0.5;

// Seconds per pass, the mean over about kMeasureSeconds, after one pass to warm up.
template <typename Pass>
double SecondsPerPass(const Pass& pass) {
  pass();
  size_t passes = 0;
  const double start = Seconds(CLOCK_THREAD_CPUTIME_ID);
  double elapsed = 0;
  do {
    pass();
    ++passes;
    elapsed = Seconds(CLOCK_THREAD_CPUTIME_ID) - start;
  } while (elapsed < kMeasureSeconds);
  return elapsed / static_cast<double>(passes);
}

}  // namespace

double Seconds(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

size_t NumTokens(const std::vector<Sentence>& sentences) {
  size_t n = 0;
  for (const Sentence& sentence : sentences) n += sentence.tokens.size();
  return n;
}

double TaggingSeconds(const ner::Model& model, const std::vector<Sentence>& sentences) {
  std::vector<std::vector<absl::string_view>> views;
  for (const Sentence& sentence : sentences) views.push_back(sentence.views());
  return SecondsPerPass([&] {
    TaggingScratch scratch;
    for (const auto& tokens : views) Tag(model, tokens, scratch);
  });
}

double TokensPerSecondOfRawText(const ner::Model& model, const std::vector<Sentence>& sentences,
                                bool all_spans) {
  std::vector<std::string> texts;
  for (const Sentence& sentence : sentences) texts.push_back(absl::StrJoin(sentence.tokens, " "));
  size_t num_tokens = 0;
  std::vector<ner::ScoredSpan> spans;
  const double seconds = SecondsPerPass([&] {
    ner::Tagger tagger;
    num_tokens = 0;
    for (const std::string& text : texts) {
      if (all_spans) {
        tagger.FindCandidates(model, text, stats::kMinAskedProbability, spans);
      } else {
        tagger.Tag(model, text, spans);
      }
      num_tokens += tagger.tokens().size();
    }
  });
  return static_cast<double>(num_tokens) / seconds;
}

double MarginalSeconds(const ner::Model& model, const std::vector<Sentence>& sentences) {
  std::vector<ner::TextFeatures> features(sentences.size());
  ner::FeatureExtractor extractor;
  for (size_t i = 0; i < sentences.size(); ++i) {
    extractor.Extract(sentences[i].views(), model.knowledge(), features[i]);
  }
  std::vector<float> scores, marginals;
  ner::Lattice lattice;
  return SecondsPerPass([&] {
    for (const ner::TextFeatures& text : features) {
      model.Score(text, scores);
      lattice.Forward(scores, text.num_tokens(), model.transition_factors());
      lattice.Backward();
      ner::SpanMarginals(lattice, kMarginalLength, marginals);
    }
  });
}

absl::StatusOr<double> OpenSeconds(const ner::Model& model, const Sentence& sentence) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / absl::StrCat("ner_bench_", getpid());
  WINNOW_RETURN_IF_ERROR(WriteFileAtomically(path, model.Serialize()));
  absl::Status status = absl::OkStatus();
  const double seconds = SecondsPerPass([&] {
    const auto opened = ner::Model::Open(path);
    TaggingScratch scratch;
    status.Update(opened.status());
    if (opened.ok()) Tag(**opened, sentence.views(), scratch);
  });
  std::filesystem::remove(path);
  WINNOW_RETURN_IF_ERROR(status);
  return seconds;
}

absl::StatusOr<double> StepSeconds(const ner::TrainingResult& trained,
                                   const std::vector<Sentence>& sentences,
                                   const std::vector<ner::Example>& replay) {
  constexpr size_t kAnswers = 10;
  std::vector<ner::Example> answers;
  for (size_t i = 0; i < sentences.size() && answers.size() < 20 * kAnswers; ++i) {
    if (sentences[i].spans.empty()) continue;
    ner::Example& answer = answers.emplace_back();
    ner::FeatureExtractor().Extract(sentences[i].views(), trained.model->knowledge(),
                                    answer.features);
    // A right span is rejected, which is the harder lesson.
    answer.constraint.weighted = {{sentences[i].spans[0], 0.0}};
  }
  WINNOW_ASSIGN_OR_RETURN(
      auto learner, ner::OnlineLearner::Create({trained.model.get(), &trained.optimizer}, {}));
  size_t num_steps = 0;
  const double start = Seconds(CLOCK_THREAD_CPUTIME_ID);
  for (; (num_steps + 1) * kAnswers <= answers.size(); ++num_steps) {
    std::vector<const ner::Example*> step;
    for (size_t i = num_steps * kAnswers; i < (num_steps + 1) * kAnswers; ++i) {
      step.push_back(&answers[i]);
      step.push_back(&replay[i % replay.size()]);
    }
    WINNOW_RETURN_IF_ERROR(learner.Step(step).status());
    WINNOW_RETURN_IF_ERROR(learner.Snapshot().status());
  }
  return (Seconds(CLOCK_THREAD_CPUTIME_ID) - start) /
         static_cast<double>(std::max<size_t>(1, num_steps));
}

}  // namespace winnow::bench
