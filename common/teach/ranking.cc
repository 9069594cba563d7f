#include "common/teach/ranking.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/teach/candidates.h"
#include "common/teach/cold_start.h"
#include "common/text/spans.h"

namespace winnow::teach {
namespace {

using storage::v1::Span;

}  // namespace

size_t Draw::Next() {
  const auto at = [&](size_t place) {
    const auto it = moved_.find(place);
    return it == moved_.end() ? place : it->second;
  };
  const size_t place = drawn_ + random_.Below(n_ - drawn_);
  const size_t number = at(place);
  moved_[place] = at(drawn_);
  moved_.erase(drawn_++);
  return number;
}

// Questions that are not in order yet, and what their order follows from.
struct Ranker::Found {
  std::vector<ner::KeyedQuestion> keyed;
  std::vector<Question> questions;
};

Ranker::Ranker(const storage::v1::Queue& queue, const Pool& pool, const WorkingModel& working,
               ner::AcquisitionFunction acquisition, const ner::PatternSet* patterns,
               TextCache& texts)
    : queue_(queue),
      pool_(pool),
      working_(working),
      acquisition_(acquisition),
      patterns_(patterns),
      texts_(texts),
      seed_(MixHash(queue.seed(), working.step())),
      draw_(pool.teaching().size(), seed_) {
  auto ranking = std::make_shared<Ranking>();
  ranking->model_version = working.version().ToString();
  ranking->step = working.step();
  ranking->model_digest = working.model()->digest();
  ranking->complete = draw_.empty();
  ranking_ = std::move(ranking);
}

absl::StatusOr<size_t> Ranker::RankText(size_t index, Found& of_model, Found& of_patterns,
                                        Block& block) {
  const std::string id(pool_.teaching()[index].example.bytes());
  WINNOW_ASSIGN_OR_RETURN(const absl::string_view text,
                          texts_.Get(pool_.teaching()[index].example));
  const std::vector<Span>& accepted = working_.AcceptedIn(id);
  Candidates found = FindCandidates(*working_.model(), text, queue_);
  block.num_hidden += found.num_hidden;

  const auto evidence_of = [&](const Candidate& candidate) -> ner::Evidence {
    return {candidate.probability, found.num_tokens, working_.MemoryOf(candidate.string_key)};
  };
  const auto add = [&](Candidate candidate, ner::AcquisitionFunction weigh, Found& questions) {
    const Span span = SpanOf(candidate, queue_);
    // A token is in one entity: what overlaps an accepted span is answered.
    const auto overlaps = [&](const Span& other) { return text::Overlaps(span, other); };
    if (std::any_of(accepted.begin(), accepted.end(), overlaps)) return;
    const double weight = weigh(evidence_of(candidate));
    const uint64_t hash =
        MixHash(seed_, Hash64(absl::StrCat(id, span.start(), ",", span.end(), span.label())));
    questions.keyed.push_back(
        {ner::SamplingKey(weight, UnitInterval(hash)), index, std::move(candidate.string_key)});
    questions.questions.push_back(
        {corpus::Id(corpus::TaskIdOf(id, storage::v1::TASK_KIND_TEACH, {span})),
         static_cast<uint32_t>(index), candidate.start, candidate.end, candidate.label,
         candidate.probability});
  };
  for (Candidate& candidate : found.asked) {
    if (!ner::IsSettled(evidence_of(candidate))) add(std::move(candidate), acquisition_, of_model);
  }
  if (patterns_ != nullptr) {
    for (Candidate& candidate : FindPatternCandidates(*patterns_, text, queue_))
      add(std::move(candidate), &ner::Utility, of_patterns);
  }
  return text.size();
}

std::vector<Question> Ranker::InOrder(const Found& found) const {
  std::vector<Question> questions;
  questions.reserve(found.questions.size());
  for (const size_t i : ner::OrderByTurn(found.keyed)) questions.push_back(found.questions[i]);
  return questions;
}

absl::Status Ranker::RankBlock() {
  auto block = std::make_shared<Block>();
  Found of_model, of_patterns;
  size_t num_texts = 0;
  for (size_t num_bytes = 0; !draw_.empty() && num_texts < kBlockTexts && num_bytes < kBlockBytes;
       ++num_texts) {
    WINNOW_ASSIGN_OR_RETURN(const size_t size,
                            RankText(draw_.Next(), of_model, of_patterns, *block));
    num_bytes += size;
  }
  block->of_model = InOrder(of_model);
  block->of_patterns = InOrder(of_patterns);

  auto longer = std::make_shared<Ranking>(*ranking_);
  longer->blocks.push_back(std::move(block));
  longer->num_texts += num_texts;
  longer->complete = draw_.empty();
  ranking_ = std::move(longer);
  return absl::OkStatus();
}

}  // namespace winnow::teach
