#include "common/ner/training.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/mutex.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/base/team.h"
#include "common/ner/adagrad.h"
#include "common/ner/self_training.h"

namespace winnow::ner {
namespace {

constexpr int kDefaultHashBits = 20;
constexpr int kLargeHashBits = 21;
constexpr size_t kManyExamples = 10'000;
// Examples per gradient step. On dev sets as good as any number from 1 to 16.
constexpr size_t kBatchSize = 8;
// An example with a lower loss, in nats, is left out of every second epoch. No F1 changes by it.
constexpr double kQuietLoss = 0.05;

int HashBits(const Parent& parent, const LearnerOptions& options, size_t num_examples) {
  if (options.hash_bits != 0) return options.hash_bits;
  if (parent.model != nullptr) return parent.model->hash_bits();
  return num_examples > kManyExamples ? kLargeHashBits : kDefaultHashBits;
}

absl::Status CheckExamples(absl::Span<const Example> examples, TagSet tags) {
  bool any = false;
  for (size_t i = 0; i < examples.size(); ++i) {
    if (absl::Status status = CheckExample(examples[i], tags); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("example ", i, ": ", status.message()));
    }
    any |= examples[i].teaches();
  }
  return any ? absl::OkStatus() : absl::InvalidArgumentError("there is nothing to learn from");
}

// The passes over the examples of one training.
class Epochs {
 public:
  Epochs(absl::Span<const Example> examples, AdaGrad& adagrad, uint64_t seed)
      : examples_(examples),
        adagrad_(adagrad),
        random_(seed),
        last_loss_(examples.size(), std::numeric_limits<double>::infinity()),
        skipped_(examples.size()) {
    std::vector<const Example*> pointers;
    for (size_t i = 0; i < examples.size(); ++i) {
      pointers.push_back(&examples[i]);
      if (examples[i].teaches()) order_.push_back(i);
    }
    rows_ = adagrad.FindRows(pointers);
  }

  // Shrinks the weights that complete examples speak of: see LearnerOptions::parent_share.
  void ShrinkParent(double share) {
    std::vector<AdaGrad::Item> complete;
    for (const size_t i : order_) {
      if (examples_[i].is_complete()) complete.push_back({&examples_[i], rows_[i]});
    }
    adagrad_.Shrink(share, complete);
  }

  // One pass in a new order. Returns the mean loss.
  double Run() {
    contradictory_.clear();
    loss_ = 0;
    ChooseExamples();
    for (size_t begin = 0; begin < chosen_.size(); begin += kBatchSize) {
      Learn(absl::MakeConstSpan(chosen_).subspan(begin, kBatchSize));
    }
    adagrad_.AddToMean();
    return loss_ / static_cast<double>(order_.size());
  }

  // The ones of the last pass, ascending.
  std::vector<size_t> contradictory() const {
    std::vector<size_t> sorted = contradictory_;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }

 private:
  void ChooseExamples() {
    random_.Shuffle(order_);
    chosen_.clear();
    for (const size_t i : order_) {
      // One that taught next to nothing in the last epoch is left out of this one; its old loss
      // stands for it in the mean.
      skipped_[i] = last_loss_[i] < kQuietLoss && !skipped_[i];
      if (skipped_[i]) {
        loss_ += last_loss_[i];
      } else {
        chosen_.push_back(i);
      }
    }
  }

  // One gradient step.
  void Learn(absl::Span<const size_t> members) {
    batch_.clear();
    for (const size_t i : members) batch_.push_back({&examples_[i], rows_[i]});
    adagrad_.Update(batch_, absl::MakeSpan(losses_).first(batch_.size()));
    for (size_t b = 0; b < batch_.size(); ++b) {
      last_loss_[members[b]] = losses_[b];
      if (std::isinf(losses_[b])) {
        contradictory_.push_back(members[b]);
      } else {
        loss_ += losses_[b];
      }
    }
  }

  absl::Span<const Example> examples_;
  AdaGrad& adagrad_;
  Random random_;
  std::vector<std::vector<uint32_t>> rows_;  // of each example
  std::vector<size_t> order_;                // the examples that teach
  std::vector<double> last_loss_;            // of each example
  std::vector<bool> skipped_;                // of each example: in the last pass
  std::vector<size_t> chosen_, contradictory_;
  std::vector<AdaGrad::Item> batch_;
  std::vector<double> losses_ = std::vector<double>(kBatchSize);
  double loss_ = 0;
};

// Tells the epochs of trainings that run side by side.
class SharedProgress {
 public:
  SharedProgress(const ProgressCallback& callback, int num_epochs)
      : callback_(callback), num_epochs_(num_epochs) {}

  // Cancelled once the callback has said so.
  absl::Status Report(double loss) {
    const MutexLock lock(mutex_);
    ++epoch_;
    is_cancelled_ = is_cancelled_ || (callback_ && !callback_({epoch_, num_epochs_, loss}));
    if (!is_cancelled_) return absl::OkStatus();
    return absl::CancelledError(absl::StrCat("training was cancelled after epoch ", epoch_));
  }

 private:
  const ProgressCallback& callback_;
  const int num_epochs_;
  Mutex mutex_;
  int epoch_ WINNOW_GUARDED_BY(mutex_) = 0;
  bool is_cancelled_ WINNOW_GUARDED_BY(mutex_) = false;
};

// One training of a bag, or the mean of several.
struct Member {
  std::unique_ptr<AdaGrad> adagrad;
  std::vector<double> losses;
  std::vector<size_t> contradictory;  // the same for all of a bag: they depend on no weight
  int size = 1;

  void Add(const Member& other) {
    adagrad->AddToBag(*other.adagrad);
    ++size;
    for (size_t i = 0; i < losses.size(); ++i) losses[i] += (other.losses[i] - losses[i]) / size;
  }
};

absl::StatusOr<Member> TrainMember(absl::Span<const std::string> labels,
                                   absl::Span<const Example> examples, const Parent& parent,
                                   const LearnerOptions& options, size_t index,
                                   SharedProgress& progress) {
  Member member;
  WINNOW_ASSIGN_OR_RETURN(member.adagrad,
                          AdaGrad::Create({labels.begin(), labels.end()}, parent, options,
                                          HashBits(parent, options, examples.size())));
  // The first one is what a bag of one is.
  Epochs epochs(examples, *member.adagrad,
                index == 0 ? options.seed : MixHash(options.seed, index));
  if (!options.keep_entity_bias) member.adagrad->RemoveEntityBias();
  if (parent.model != nullptr) epochs.ShrinkParent(options.parent_share);
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    member.losses.push_back(epochs.Run());
    WINNOW_RETURN_IF_ERROR(progress.Report(member.losses.back()));
  }
  member.contradictory = epochs.contradictory();
  return member;
}

absl::StatusOr<TrainingResult> TrainBag(absl::Span<const std::string> labels,
                                        absl::Span<const Example> examples, const Parent& parent,
                                        const LearnerOptions& options, SharedProgress& progress) {
  const size_t bag = static_cast<size_t>(options.bag);
  // Trainings share threads better than the steps of one do; those that run at once are in memory.
  Team team(std::min(bag, std::max<size_t>(1, options.num_threads)));
  LearnerOptions of_member = options;
  of_member.num_threads = options.num_threads / team.size();
  std::optional<Member> mean;
  for (size_t first = 0; first < bag; first += team.size()) {
    std::vector<absl::StatusOr<Member>> members(std::min(team.size(), bag - first));
    team.Run([&](size_t i) {
      if (i >= members.size()) return;
      members[i] = TrainMember(labels, examples, parent, of_member, first + i, progress);
    });
    for (absl::StatusOr<Member>& member : members) {
      WINNOW_RETURN_IF_ERROR(member.status());
      if (mean.has_value()) {
        mean->Add(*member);
      } else {
        mean = *std::move(member);
      }
    }
  }
  TrainingResult result;
  result.losses = std::move(mean->losses);
  result.contradictory = std::move(mean->contradictory);
  WINNOW_ASSIGN_OR_RETURN(result.model, mean->adagrad->MakeModel());
  result.optimizer = mean->adagrad->MakeOptimizerState(*result.model);
  return result;
}

// The examples, and the unlabelled texts with what the model finds in them.
std::vector<Example> WithFound(absl::Span<const Example> examples, const Model& model,
                               const LearnerOptions& options) {
  std::vector<Example> all(examples.begin(), examples.end());
  all.insert(all.end(), options.unlabelled.begin(), options.unlabelled.end());
  Team team(std::max<size_t>(1, options.num_threads));
  team.Run([&](size_t member) {
    for (size_t i = examples.size() + member; i < all.size(); i += team.size())
      TeachWhatIsFound(model, all[i]);
  });
  return all;
}

}  // namespace

std::vector<std::string> UnitedLabels(const Model* parent, absl::Span<const std::string> labels) {
  std::vector<std::string> united;
  if (parent != nullptr) united = parent->labels();
  for (const std::string& label : labels) {
    if (std::find(united.begin(), united.end(), label) == united.end()) united.push_back(label);
  }
  return united;
}

absl::StatusOr<TrainingResult> Train(absl::Span<const std::string> labels,
                                     absl::Span<const Example> examples, const Parent& parent,
                                     const LearnerOptions& options,
                                     const ProgressCallback& progress) {
  WINNOW_RETURN_IF_ERROR(CheckExamples(examples, TagSet(static_cast<int>(labels.size()))));
  const int num_rounds = options.unlabelled.empty() ? 1 : 2;
  SharedProgress shared(progress, num_rounds * options.bag * options.epochs);
  WINNOW_ASSIGN_OR_RETURN(TrainingResult first,
                          TrainBag(labels, examples, parent, options, shared));
  if (num_rounds == 1) return first;
  return TrainBag(labels, WithFound(examples, *first.model, options), parent, options, shared);
}

}  // namespace winnow::ner
