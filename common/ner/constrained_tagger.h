// The best labelling of a text of which something is known already.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/ner/candidates.h"
#include "common/ner/decode.h"
#include "common/ner/lattice.h"
#include "common/ner/model.h"
#include "common/ner/scorer.h"
#include "common/ner/tagger.h"
#include "common/text/tokenizer.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::ner {

// Scratch memory that belongs to its caller; not thread-safe.
class ConstrainedTagger {
 public:
  // Replaces `spans` by those that the model predicts (decode.h) of a text under what is known of
  // it, ascending, each with its probability under this: accepted spans have 1, rejected ones are
  // not there. What is known is that of Compile (supervision.h), without what that leaves out;
  // InvalidArgument as there.
  //
  // With A the accepts and complete labels, which are masks, and R the rejects, the probability of
  // a span s is Z(A, R, s) / Z(A, R), each of them exact. None is missed, since it is at most
  // p(s | A) / p(R | A); where p(R | A) is below 1e-4, spans with p(s | A) below 1e-4 of the lowest
  // threshold are.
  absl::Status Tag(const Model& model, const storage::v1::LabelledText& labelled,
                   std::vector<ScoredSpan>& spans);

 private:
  // Fills candidates_ with the spans that may be predicted under the constraint.
  void FindCandidates(const Model& model, const Constraint& constraint);
  // log Z under the constraint and the span.
  double LogZWith(const Model& model, const Constraint& constraint, const TokenSpan& span);

  std::vector<text::Token> tokens_;
  std::vector<absl::string_view> forms_;
  Scorer scorer_;
  std::vector<float> scores_;
  Lattice lattice_;
  Decoder decoder_;
  std::vector<Candidate> candidates_, chosen_;
};

}  // namespace winnow::ner
