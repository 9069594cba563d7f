// What the tests of figures, training and annotation share: a corpus in memory, job advertisements,
// and models of them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/corpus/corpus.h"
#include "common/corpus/ids.h"
#include "common/kv/memory_store.h"
#include "common/ner/model.h"
#include "common/ner/supervision.h"
#include "common/ner/tagger.h"
#include "common/ner/training.h"
#include "common/stats/asking.h"
#include "common/stats/audit.h"
#include "common/text/split_key.h"
#include "common/text/tokenizer.h"
#include "gtest/gtest.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::measure {

inline storage::v1::Span MakeSpan(uint32_t start, uint32_t end, absl::string_view label = "job") {
  storage::v1::Span span;
  span.set_start(start);
  span.set_end(end);
  span.set_label(std::string(label));
  return span;
}

// "8-12 job": spans in matchers and messages.
inline std::string Show(const storage::v1::Span& span) {
  return absl::StrCat(span.start(), "-", span.end(), " ", span.label());
}

template <typename Spans>
std::vector<std::string> ShowAll(const Spans& spans) {
  std::vector<std::string> shown;
  for (const auto& span : spans) shown.push_back(Show(span));
  return shown;
}

// A text with all its spans of "job" and "place".
struct Annotated {
  std::string text;
  std::vector<storage::v1::Span> spans;
};

// "[Nurse] wanted in <Paris>": brackets mark a job, angles a place. ASCII only.
inline Annotated Mark(absl::string_view marked) {
  Annotated result;
  for (const char c : marked) {
    const auto here = static_cast<uint32_t>(result.text.size());
    if (c == '[' || c == '<') {
      result.spans.push_back(MakeSpan(here, here + 1, c == '[' ? "job" : "place"));
    } else if (c == ']' || c == '>') {
      result.spans.back().set_end(here);
    } else {
      result.text.push_back(c);
    }
  }
  return result;
}

// Different advertisements, all of them hold-out texts or none: those from number `begin` on,
// always the same.
inline std::vector<Annotated> Ads(size_t count, bool holdout, size_t begin = 0) {
  static const std::vector<std::string> kJobs = {"Nurse", "Driver",  "Cook",  "Teacher",
                                                 "Baker", "Painter", "Waiter"};
  static const std::vector<std::string> kPlaces = {"Paris", "London", "Berlin", "Rome", "Madrid"};
  static const std::vector<std::string> kForms = {"[%] wanted in <#>", "<#> needs a [%]",
                                                  "[%] for <#> and the coast",
                                                  "apply today as [%] in <#>"};
  std::vector<Annotated> ads;
  for (size_t i = 0, found = 0; ads.size() < count; ++i) {
    std::string marked;
    for (const char c : kForms[i % kForms.size()]) {
      if (c == '%') {
        marked += kJobs[i % kJobs.size()];
      } else if (c == '#') {
        marked += kPlaces[i % kPlaces.size()];
      } else {
        marked += c;
      }
    }
    Annotated ad = Mark(absl::StrCat(marked, ", number ", i));
    if (text::IsHoldout(text::Bucket(text::SplitKey(ad.text))) == holdout && found++ >= begin) {
      ads.push_back(std::move(ad));
    }
  }
  return ads;
}

inline storage::v1::LabelledText CompleteText(const Annotated& ad,
                                              const std::vector<std::string>& labels) {
  storage::v1::LabelledText labelled;
  labelled.set_text(ad.text);
  for (const storage::v1::Span& span : ad.spans) {
    for (const std::string& label : labels) {
      if (span.label() == label) *labelled.add_accepted() = span;
    }
  }
  for (const std::string& label : labels) labelled.add_complete_labels(label);
  return labelled;
}

// A small model trained on the spans of `labels` in these texts.
inline std::shared_ptr<const ner::Model> TrainOn(const std::vector<Annotated>& ads,
                                                 const std::vector<std::string>& labels = {"job"}) {
  std::vector<ner::Example> examples;
  ner::FeatureExtractor extractor;
  for (const Annotated& ad : ads) {
    const std::vector<text::Token> tokens = text::Tokenize(ad.text);
    ner::Example& example = examples.emplace_back();
    ner::ExtractFeatures(ad.text, tokens, /*knowledge=*/{}, extractor, example.features);
    example.constraint = ner::Compile(CompleteText(ad, labels), tokens, labels)->constraint;
  }
  ner::LearnerOptions options;
  options.hash_bits = 14;
  return ner::Train(labels, examples, {}, options)->model;
}

// Finds every job and place of Ads.
inline std::shared_ptr<const ner::Model> GoodModel() {
  static const auto model = TrainOn(Ads(100, /*holdout=*/false, /*begin=*/1000), {"job", "place"});
  return model;
}

// Knows the same labels and finds nothing.
inline std::shared_ptr<const ner::Model> BlindModel() {
  static const auto model = [] {
    std::vector<Annotated> ads = Ads(100, /*holdout=*/false, /*begin=*/1000);
    for (Annotated& ad : ads) ad.spans.clear();
    return TrainOn(ads, {"job", "place"});
  }();
  return model;
}

// A yes/no answer; its text and task follow in TestCorpus::Append.
inline storage::v1::Answer BinaryAnswer(const storage::v1::Span& span,
                                        storage::v1::Verdict verdict) {
  storage::v1::Answer answer;
  answer.set_kind(storage::v1::TASK_KIND_TEACH);
  answer.set_coverage(storage::v1::COVERAGE_BINARY);
  answer.set_verdict(verdict);
  *answer.add_decisions()->mutable_span() = span;
  answer.mutable_decisions(0)->set_verdict(verdict);
  answer.set_annotator("ann");
  return answer;
}

inline storage::v1::Answer CompleteAnswer(const std::vector<storage::v1::Span>& spans,
                                          const std::vector<std::string>& labels) {
  storage::v1::Answer answer;
  answer.set_kind(storage::v1::TASK_KIND_MANUAL);
  answer.set_coverage(storage::v1::COVERAGE_COMPLETE);
  answer.set_verdict(storage::v1::VERDICT_ACCEPT);
  for (const storage::v1::Span& span : spans) {
    storage::v1::Decision& decision = *answer.add_decisions();
    *decision.mutable_span() = span;
    decision.set_verdict(storage::v1::VERDICT_ACCEPT);
  }
  for (const std::string& label : labels) answer.add_complete_labels(label);
  answer.set_annotator("ann");
  return answer;
}

// A corpus in memory, or another's; every change of it must succeed.
class TestCorpus {
 public:
  TestCorpus()
      : own_(*corpus::Corpus::Open(std::make_unique<kv::MemoryStore>(), clock_)), corpus_(*own_) {}
  explicit TestCorpus(corpus::Corpus& corpus) : corpus_(corpus) {}

  corpus::Corpus& corpus() { return corpus_; }
  const corpus::CorpusReader& reader() const { return corpus_.reader(); }
  FakeClock& clock() { return clock_; }

  // Fills in the ids of text and task, and returns the revision.
  uint64_t Append(const std::string& dataset, const std::string& text, storage::v1::Answer answer) {
    answer.set_example_id(corpus::ExampleIdOf(text));
    std::vector<storage::v1::Span> spans;
    for (const storage::v1::Decision& decision : answer.decisions())
      spans.push_back(decision.span());
    answer.set_task_id(corpus::TaskIdOf(answer.example_id(), answer.kind(), spans));
    storage::v1::Example example;
    example.set_text(text);
    uint64_t revision = 0;
    Change([&](corpus::Transaction& transaction) -> absl::Status {
      WINNOW_ASSIGN_OR_RETURN(const auto revisions,
                              transaction.AppendAnswers(dataset, {answer}, {example}));
      revision = revisions.at(0);
      return absl::OkStatus();
    });
    return revision;
  }
  uint64_t Accept(const std::string& dataset, const std::string& text,
                  const storage::v1::Span& span) {
    return Append(dataset, text, BinaryAnswer(span, storage::v1::VERDICT_ACCEPT));
  }
  uint64_t Reject(const std::string& dataset, const std::string& text,
                  const storage::v1::Span& span) {
    return Append(dataset, text, BinaryAnswer(span, storage::v1::VERDICT_REJECT));
  }
  void Complete(const std::string& dataset, const Annotated& ad,
                const std::vector<std::string>& labels = {"job"}) {
    const storage::v1::LabelledText labelled = CompleteText(ad, labels);
    Append(dataset, ad.text,
           CompleteAnswer({labelled.accepted().begin(), labelled.accepted().end()}, labels));
  }
  void Undo(const std::string& dataset, uint64_t revision) {
    Change([&](corpus::Transaction& transaction) {
      return transaction.Undo(dataset, revision, "ann").status();
    });
  }
  void AddSource(const std::string& name, const std::vector<std::string>& texts) {
    std::vector<storage::v1::Example> examples;
    for (const std::string& text : texts) examples.emplace_back().set_text(text);
    Change([&](corpus::Transaction& transaction) {
      return transaction.ImportSource(name, examples).status();
    });
  }
  void PutQueue(const storage::v1::Queue& queue,
                const std::vector<storage::v1::FrameText>& frame = {}) {
    Change([&](corpus::Transaction& transaction) -> absl::Status {
      WINNOW_RETURN_IF_ERROR(transaction.PutQueue(queue));
      if (frame.empty()) return absl::OkStatus();
      WINNOW_RETURN_IF_ERROR(transaction.PutFrameTexts(queue.name(), frame));
      return transaction.PublishFrame(queue.name(), 0, {});
    });
  }

  void Change(const corpus::ChangeFn& change) {
    const absl::Status changed = corpus_.Change(change);
    ASSERT_TRUE(changed.ok()) << changed;
  }

 private:
  FakeClock clock_;
  std::unique_ptr<corpus::Corpus> own_;
  corpus::Corpus& corpus_;
};

// A binary queue with an audit frame in a TestCorpus: jobs have the probability 0.9 and are
// predicted, places 0.3.
class AuditQueue {
 public:
  AuditQueue(TestCorpus& corpus, const std::string& name, const std::string& dataset,
             std::vector<Annotated> ads, const std::string& model = "")
      : corpus_(corpus), ads_(InOrderOfIds(std::move(ads))) {
    queue_.set_name(name);
    queue_.set_model(model);
    queue_.set_kind(storage::v1::TASK_KIND_TEACH);
    queue_.set_dataset(dataset);
    for (const char* label : {"job", "place"}) queue_.add_labels(label);
    queue_.set_seed(7);
    std::vector<storage::v1::FrameText> frame;
    std::vector<std::string> texts;
    for (const Annotated& ad : ads_) {
      storage::v1::FrameText& text = frame.emplace_back();
      text.set_example_id(corpus::ExampleIdOf(ad.text));
      std::vector<stats::FrameCandidate> candidates;
      for (const storage::v1::Span& span : ad.spans) {
        storage::v1::AuditItem& item = *text.add_items();
        *item.mutable_span() = span;
        item.set_predicted(span.label() == "job");
        item.set_probability(item.predicted() ? 0.9 : 0.3);
        candidates.push_back({item.probability(), item.predicted()});
      }
      plans_.push_back(*stats::PlanAudit(candidates, text.example_id(), queue_.seed()));
      texts.push_back(ad.text);
    }
    corpus_.AddSource("texts_of_" + queue_.name(), texts);
    corpus_.PutQueue(queue_, frame);
  }

  // In the order in which a frame is stored, and so that of a sample's texts.
  const std::vector<Annotated>& ads() const { return ads_; }
  // What is asked of each of them, and their indices in asking order.
  const std::vector<stats::AuditPlan>& plans() const { return plans_; }
  std::vector<size_t> order() const { return stats::AskingOrder(plans_); }

  // Answers the question that comes n-th in asking order, from 0, and returns the revision.
  uint64_t Answer(size_t n, storage::v1::Verdict verdict = storage::v1::VERDICT_ACCEPT) {
    const size_t text = order()[n];
    storage::v1::Answer answer = BinaryAnswer(ads_[text].spans[plans_[text].candidate], verdict);
    answer.set_queue(queue_.name());
    answer.mutable_selection()->set_strategy(std::string(stats::kAuditStrategy));
    return corpus_.Append(queue_.dataset(), ads_[text].text, answer);
  }

 private:
  static std::vector<Annotated> InOrderOfIds(std::vector<Annotated> ads) {
    std::sort(ads.begin(), ads.end(), [](const Annotated& a, const Annotated& b) {
      return corpus::ExampleIdOf(a.text) < corpus::ExampleIdOf(b.text);
    });
    return ads;
  }

  TestCorpus& corpus_;
  const std::vector<Annotated> ads_;
  storage::v1::Queue queue_;
  std::vector<stats::AuditPlan> plans_;
};

}  // namespace winnow::measure
