#include "common/teach/reviews.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/corpus/ids.h"
#include "common/text/spans.h"

namespace winnow::teach {
namespace {

using corpus::DatasetAnswer;
using storage::v1::Answer;
using storage::v1::Review;
using storage::v1::Span;
using storage::v1::Verdict;

// By who they are; answers without a name are those of somebody each.
template <typename Value>
using ByPerson = std::map<std::string, Value>;

struct Judged {
  Verdict verdict;
  const DatasetAnswer* by;
};

// All spans of one label.
struct Marked {
  std::vector<Span> spans;
  const DatasetAnswer* by;
};

// What a person says of the whole text.
struct Annotation {
  std::map<std::string, Marked> labels;
  // Set for a bad text, which has no labels.
  const DatasetAnswer* rejected_by = nullptr;
};

// What one or more people say, before it is put in order.
struct Said {
  std::vector<const DatasetAnswer*> answers;
  uint32_t num_people = 0;
};

struct SpansLess {
  bool operator()(const std::vector<Span>& a, const std::vector<Span>& b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), text::SpanLess());
  }
};

bool IsJudgement(Verdict verdict) {
  return verdict == storage::v1::VERDICT_ACCEPT || verdict == storage::v1::VERDICT_REJECT;
}

class TextReviews {
 public:
  explicit TextReviews(const std::set<std::string>& labels) : labels_(labels) {}

  void Add(const DatasetAnswer& said) {
    const Answer& answer = said.answer;
    const std::string person = answer.annotator().empty() ? absl::StrCat("#", answer.revision())
                                                          : "@" + answer.annotator();
    if (answer.coverage() == storage::v1::COVERAGE_BINARY) {
      for (const storage::v1::Decision& decision : answer.decisions()) {
        const Verdict verdict = corpus::VerdictOf(decision, answer);
        if (IsJudgement(verdict) && labels_.contains(decision.span().label()))
          questions_[decision.span()].insert_or_assign(person, Judged{verdict, &said});
      }
    } else if (answer.coverage() == storage::v1::COVERAGE_COMPLETE &&
               IsJudgement(answer.verdict())) {
      Annotate(annotations_[person], said);
    }
  }

  std::vector<Review> Find() const {
    std::vector<Review> reviews;
    for (const auto& [span, judged] : questions_) reviews.push_back(OfQuestion(span, judged));
    const std::set<std::string> labels = SharedLabels();
    if (!labels.empty()) reviews.push_back(OfText(labels));
    return reviews;
  }

 private:
  void Annotate(Annotation& annotation, const DatasetAnswer& said) const {
    if (said.answer.verdict() == storage::v1::VERDICT_REJECT) {
      annotation = {{}, &said};
      return;
    }
    for (const std::string& label : said.answer.complete_labels()) {
      if (!labels_.contains(label)) continue;
      std::set<Span, text::SpanLess> spans;
      for (const storage::v1::Decision& decision : said.answer.decisions()) {
        if (decision.span().label() == label) spans.insert(decision.span());
      }
      annotation.labels.insert_or_assign(label, Marked{{spans.begin(), spans.end()}, &said});
      annotation.rejected_by = nullptr;
    }
  }

  // Those that everybody annotated who annotated any of them.
  std::set<std::string> SharedLabels() const {
    std::set<std::string> shared = annotations_.empty() ? std::set<std::string>() : labels_;
    for (const auto& [person, annotation] : annotations_) {
      const auto& labels = annotation.labels;
      if (labels.empty()) continue;
      std::erase_if(shared, [&](const std::string& label) { return !labels.contains(label); });
    }
    return shared;
  }

  static Review OfQuestion(const Span& span, const ByPerson<Judged>& judged) {
    Review review;
    review.set_coverage(storage::v1::COVERAGE_BINARY);
    *review.mutable_span() = span;
    std::map<Verdict, Said> versions;
    for (const auto& [person, judgement] : judged) {
      Said& version = versions[judgement.verdict];
      version.answers.push_back(judgement.by);
      ++version.num_people;
    }
    for (auto& [verdict, version] : versions) AddVersion(verdict, {}, std::move(version), review);
    SortVersions(review);
    return review;
  }

  Review OfText(const std::set<std::string>& labels) const {
    Review review;
    review.set_coverage(storage::v1::COVERAGE_COMPLETE);
    for (const std::string& label : labels) review.add_labels(label);
    Said bad;
    std::map<std::vector<Span>, Said, SpansLess> versions;
    for (const auto& [person, annotation] : annotations_) {
      if (annotation.rejected_by != nullptr) {
        bad.answers.push_back(annotation.rejected_by);
        ++bad.num_people;
      }
      if (annotation.labels.empty()) continue;
      std::vector<Span> spans;
      std::set<const DatasetAnswer*> by;
      for (const std::string& label : labels) {
        const Marked& marked = annotation.labels.at(label);
        spans.insert(spans.end(), marked.spans.begin(), marked.spans.end());
        by.insert(marked.by);
      }
      std::sort(spans.begin(), spans.end(), text::SpanLess());
      Said& version = versions[std::move(spans)];
      version.answers.insert(version.answers.end(), by.begin(), by.end());
      ++version.num_people;
    }
    for (auto& [spans, version] : versions)
      AddVersion(storage::v1::VERDICT_ACCEPT, spans, std::move(version), review);
    if (bad.num_people > 0) AddVersion(storage::v1::VERDICT_REJECT, {}, std::move(bad), review);
    SortVersions(review);
    return review;
  }

  static void AddVersion(Verdict verdict, const std::vector<Span>& spans, Said said,
                         Review& review) {
    Review::Version& version = *review.add_versions();
    version.set_verdict(verdict);
    *version.mutable_spans() = {spans.begin(), spans.end()};
    version.set_num_people(said.num_people);
    std::sort(said.answers.begin(), said.answers.end(),
              [](const DatasetAnswer* a, const DatasetAnswer* b) {
                return a->answer.revision() < b->answer.revision();
              });
    for (const DatasetAnswer* answer : said.answers) {
      Review::Said& by = *version.add_said();
      by.set_dataset(answer->dataset);
      by.set_revision(answer->answer.revision());
      by.set_annotator(answer->answer.annotator());
    }
  }

  static void SortVersions(Review& review) {
    std::sort(review.mutable_versions()->begin(), review.mutable_versions()->end(),
              [](const Review::Version& a, const Review::Version& b) {
                return std::tuple(b.num_people(), a.said(0).revision()) <
                       std::tuple(a.num_people(), b.said(0).revision());
              });
  }

  const std::set<std::string>& labels_;
  std::map<Span, ByPerson<Judged>, text::SpanLess> questions_;
  ByPerson<Annotation> annotations_;
};

}  // namespace

std::vector<Review> FindReviews(absl::Span<const DatasetAnswer> answers,
                                const std::set<std::string>& labels) {
  TextReviews reviews(labels);
  for (const DatasetAnswer& answer : answers) reviews.Add(answer);
  return reviews.Find();
}

uint32_t NumPeople(const Review& review) {
  uint32_t num_people = 0;
  for (const Review::Version& version : review.versions()) num_people += version.num_people();
  return num_people;
}

std::string ReviewTaskIdOf(absl::string_view example_id, const Review& review) {
  constexpr storage::v1::TaskKind kKind = storage::v1::TASK_KIND_REVIEW;
  if (review.coverage() == storage::v1::COVERAGE_BINARY)
    return corpus::TaskIdOf(example_id, kKind, {review.span()});
  return corpus::MarkupTaskIdOf(example_id, {review.labels().begin(), review.labels().end()},
                                kKind);
}

}  // namespace winnow::teach
