#include "common/ner/training.h"

#include <algorithm>
#include <cmath>

#include "common/base/hash.h"
#include "common/ner/blank_model.h"
#include "common/ner/decode.h"
#include "common/ner/toy_data.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::string>& kLabels = kToyLabels;

// Share of texts whose spans are all found, and nothing else.
double Accuracy(const Model& model, uint64_t seed) {
  Random random(seed);
  Decoder decoder;
  int correct = 0;
  constexpr int kTexts = 100;
  for (int i = 0; i < kTexts; ++i) {
    const ToyText text = DrawToyText(random);
    std::vector<float> scores;
    model.Score(ToyExample(text).features, scores);
    std::vector<Candidate> predicted;
    decoder.Decode(scores, text.tokens.size(), model.transition_factors(), model.thresholds(),
                   predicted);
    std::vector<TokenSpan> spans;
    for (const Candidate& candidate : predicted) spans.push_back(candidate.span);
    correct += spans == text.spans;
  }
  return correct / static_cast<double>(kTexts);
}

TEST(TrainTest, LearnsFromCompleteAnnotations) {
  const TrainingResult result = TrainOrDie(ToyExamples(100, 1));
  EXPECT_GE(Accuracy(*result.model, 2), 0.97);
  EXPECT_LT(result.losses.back(), result.losses.front() / 5);
  EXPECT_THAT(result.contradictory, ElementsAre());
}

TEST(TrainTest, SameSeedSameBytes) {
  const std::vector<Example> examples = ToyExamples(40, 1);
  const TrainingResult a = TrainOrDie(examples), b = TrainOrDie(examples),
                       c = TrainOrDie(examples, {}, {.seed = 2});
  EXPECT_EQ(a.model->Serialize(), b.model->Serialize());
  EXPECT_EQ(a.optimizer.Serialize(), b.optimizer.Serialize());
  EXPECT_NE(a.model->digest(), c.model->digest());
}

TEST(TrainTest, LearnsFromYesAndNoAlone) {
  Random random(3);
  const TrainingResult base = TrainOrDie(ToyExamples(5, 1), {}, {.epochs = 2});
  std::vector<Example> answers;
  for (int i = 0; i < 150; ++i) {
    const ToyText text = DrawToyText(random);
    for (const TokenSpan& span : text.spans) {
      answers.push_back(BinaryExample(text, span, true));
      answers.push_back(BinaryExample(text, {span.begin - 1, span.end, span.label}, false));
      answers.push_back(BinaryExample(text, {span.begin, span.end, 1 - span.label}, false));
    }
    answers.push_back(BinaryExample(text, {0, 1, 0}, false));
  }
  const TrainingResult taught = TrainOrDie(answers, {base.model.get(), &base.optimizer});
  EXPECT_GT(Accuracy(*taught.model, 2), Accuracy(*base.model, 2) + 0.1);
  EXPECT_GE(Accuracy(*taught.model, 2), 0.95);
}

// Words that look alike, of which one in ten is always an entity.
ToyText DrawWords(Random& random) {
  ToyText text;
  for (uint32_t t = 0; t < 12; ++t) {
    const uint64_t word = random.Below(100);
    text.tokens.push_back({static_cast<char>('a' + word % 10), static_cast<char>('k' + word / 10)});
    if (word % 10 == 3) text.spans.push_back({t, t + 1, 0});
  }
  return text;
}

TEST(TrainTest, LearnsFromYesAloneWhereTheShareOfEntitiesIsKnown) {
  Random random(3);
  std::vector<Example> answers;
  for (int i = 0; i < 300; ++i) {
    const ToyText text = DrawWords(random);
    Example& answer = answers.emplace_back(ToyExample(text, 1));
    answer.constraint = {};
    const size_t num_tags = static_cast<size_t>(TagSet(1).num_tags());
    answer.constraint.allowed.assign(text.tokens.size() * num_tags, 1);
    for (const TokenSpan& span : text.spans) {
      for (int tag = 0; tag < TagSet(1).num_tags(); ++tag) {
        answer.constraint.allowed[span.begin * num_tags + static_cast<size_t>(tag)] =
            tag == TagSet(1).Single(0);
      }
    }
  }
  const auto blank = *BlankModel({"THREE"});
  // Tokens that are in an entity of the model and should not be, and the other way round, of 1200.
  const auto num_wrong = [&](double max_entity_share) {
    LearnerOptions options;
    options.bounded_labels = {max_entity_share < 1};
    options.max_entity_share = max_entity_share;
    const TrainingResult trained = TrainOrDie(answers, {blank.get(), nullptr}, options, {"THREE"});
    Random others(4);
    int wrong = 0;
    for (int i = 0; i < 100; ++i) {
      const ToyText text = DrawWords(others);
      const TextFeatures features = ToyExample(text, 1).features;
      for (uint32_t t = 0; t < text.tokens.size(); ++t) {
        const bool found = SpanProbability(*trained.model, features, {t, t + 1, 0}) > 0.5;
        const TokenSpan span{t, t + 1, 0};
        wrong +=
            found != (std::find(text.spans.begin(), text.spans.end(), span) != text.spans.end());
      }
    }
    return wrong;
  };
  EXPECT_GT(num_wrong(1), 90);
  EXPECT_LT(num_wrong(0.1), 30);
}

TEST(TrainTest, TheNumberOfThreadsDoesNotChangeAByte) {
  std::vector<Example> examples = ToyExamples(60, 1);
  for (size_t i = 0; i < 60; i += 3) examples[i].constraint = {.weighted = {{{1, 3, 0}, 0.0}}};
  const TrainingResult one = TrainOrDie(examples, {}, {.epochs = 3});
  for (const size_t num_threads : {2, 5}) {
    const TrainingResult many = TrainOrDie(examples, {}, {.epochs = 3, .num_threads = num_threads});
    EXPECT_EQ(many.model->Serialize(), one.model->Serialize());
    EXPECT_EQ(many.optimizer.Serialize(), one.optimizer.Serialize());
    EXPECT_EQ(many.losses, one.losses);
  }
}

TEST(TrainTest, PriorHoldsTheParent) {
  const TrainingResult base = TrainOrDie(ToyExamples(50, 1));
  Random random(4);
  std::vector<Example> wrong;
  for (int i = 0; i < 10; ++i) {
    ToyText text = DrawToyText(random);
    text.spans[0].label = 1;
    wrong.push_back(ToyExample(text));
  }
  const ToyText text = DrawToyText(random);
  const auto probability = [&](double prior) {
    const TrainingResult taught =
        TrainOrDie(wrong, {base.model.get(), &base.optimizer}, {.epochs = 5, .prior = prior});
    return SpanProbability(*taught.model, ToyExample(text).features, text.spans[0]);
  };
  EXPECT_GT(probability(30), 100 * probability(0));
}

TEST(TrainTest, OptimizerStateIsKeptUnlessAskedOtherwise) {
  const TrainingResult base = TrainOrDie(ToyExamples(50, 1));
  const std::vector<Example> more = ToyExamples(5, 2);
  const Parent parent{base.model.get(), &base.optimizer};
  const uint64_t kept = TrainOrDie(more, parent).model->digest();
  EXPECT_NE(kept, TrainOrDie(more, parent, {.keep_optimizer_state = false}).model->digest());
  EXPECT_EQ(TrainOrDie(more, {base.model.get(), nullptr}).model->digest(),
            TrainOrDie(more, parent, {.keep_optimizer_state = false}).model->digest());
  OptimizerState other = base.optimizer;
  other.model_digest ^= 1;
  EXPECT_THAT(Train(kLabels, more, {base.model.get(), &other}, {}).status().message(),
              HasSubstr("does not belong"));
}

// A weight in units; 0 without a row.
int Weight(const Model& model, uint32_t feature, int position, int label) {
  const int8_t* row = model.Row(feature);
  return row == nullptr ? 0 : row[position * 2 + label];
}

TEST(TrainTest, StartsFromAShareOfTheParentWhereItReplays) {
  const std::vector<Example> examples = ToyExamples(50, 1);
  const TrainingResult base = TrainOrDie(examples);
  const auto model =
      TrainOrDie(examples, {base.model.get(), &base.optimizer},
                 {.learning_rate = 1e-9, .parent_share = 0.25, .frozen_labels = {false, true}})
          .model;
  for (const uint32_t feature : base.model->Features()) {
    for (int position = 0; position < 4; ++position) {
      ASSERT_NEAR(Weight(*model, feature, position, 0),
                  0.25 * Weight(*base.model, feature, position, 0), 0.5);
      ASSERT_EQ(Weight(*model, feature, position, 1), Weight(*base.model, feature, position, 1));
    }
  }
}

TEST(TrainTest, TheParentIsShrunkOnlyWhereThereAreCompleteExamples) {
  const TrainingResult base = TrainOrDie(ToyExamples(50, 1));
  Random random(8);
  const ToyText text = DrawToyText(random);
  const std::vector<Example> answers = {BinaryExample(text, text.spans[0], true)};
  const Parent parent{base.model.get(), &base.optimizer};
  EXPECT_EQ(TrainOrDie(answers, parent, {.parent_share = 0.1}).model->digest(),
            TrainOrDie(answers, parent, {.parent_share = 1}).model->digest());
}

TEST(TrainTest, WeightsOfFrozenLabelsRemainTheParents) {
  const TrainingResult base = TrainOrDie(ToyExamples(50, 1));
  std::vector<Example> examples = ToyExamples(20, 2);
  examples.push_back(BinaryExample({{"in", "Zzyzx"}, {{1, 2, 0}}}, {1, 2, 0}, true));
  const Parent parent{base.model.get(), &base.optimizer};
  const auto model =
      TrainOrDie(examples, parent, {.frozen_labels = {false, true}, .num_threads = 2}).model;
  bool taught_moved = false;
  for (const uint32_t feature : model->Features()) {
    for (int position = 0; position < 4; ++position) {
      ASSERT_EQ(Weight(*model, feature, position, 1), Weight(*base.model, feature, position, 1));
      taught_moved |=
          Weight(*model, feature, position, 0) != Weight(*base.model, feature, position, 0);
    }
  }
  EXPECT_TRUE(taught_moved);
}

TEST(TrainTest, NewLabelsAreAddedBehindTheParents) {
  // A parent that knows PERSON only.
  Random random(5);
  std::vector<Example> persons;
  for (int i = 0; i < 60; ++i) {
    ToyText text = DrawToyText(random);
    text.spans = {{text.spans[1].begin, text.spans[1].end, 0}};
    persons.push_back(ToyExample(text, 1));
  }
  const TrainingResult parent = TrainOrDie(persons, {}, {}, {"PERSON"});
  const std::vector<std::string> united = UnitedLabels(parent.model.get(), {"PLACE", "PERSON"});
  EXPECT_THAT(united, ElementsAre("PERSON", "PLACE"));
  const ToyText text = DrawToyText(random);
  const Example example = ToyExample(text);
  const TokenSpan person{text.spans[1].begin, text.spans[1].end, 0};

  Example unrelated = example;
  unrelated.constraint = {.weighted = {{{0, 1, 1}, 1.0}}};
  const TrainingResult widened =
      TrainOrDie({unrelated}, {parent.model.get(), &parent.optimizer}, {.epochs = 1}, united);
  // Nothing was learnt, so weights of the parent's label have not moved.
  for (const uint32_t feature : parent.model->Features()) {
    for (int position = 0; position < 4; ++position) {
      ASSERT_NEAR(widened.model->Row(feature)[position * 2], parent.model->Row(feature)[position],
                  1e-3);
    }
  }
  EXPECT_GT(SpanProbability(*parent.model, example.features, person), 0.5);
  EXPECT_FALSE(Train({"PLACE", "PERSON"}, {unrelated}, {parent.model.get(), nullptr}, {}).ok());
}

TEST(TrainTest, ContradictoryExamplesAreLeftOutAndListed) {
  std::vector<Example> examples = ToyExamples(20, 1);
  Random random(6);
  const ToyText text = DrawToyText(random);
  Example contradictory = BinaryExample(text, text.spans[0], true);
  contradictory.constraint.weighted = {{text.spans[0], 0}};
  examples.insert(examples.begin() + 7, contradictory);
  EXPECT_THAT(TrainOrDie(examples).contradictory, ElementsAre(7));
}

TEST(TrainTest, ABagIsTheMeanOfItsTrainings) {
  const std::vector<Example> examples = ToyExamples(30, 1);
  const TrainingResult parent = TrainOrDie(ToyExamples(10, 2));
  const Parent start{parent.model.get(), &parent.optimizer};
  const auto train = [&](uint64_t seed, int bag) {
    return TrainOrDie(examples, start, {.seed = seed, .bag = bag});
  };
  const TrainingResult first = train(5, 1), second = train(MixHash(5, 1), 1), both = train(5, 2);
  EXPECT_NE(first.model->digest(), second.model->digest());
  const std::vector<int8_t> none(8);
  const auto row = [&](const TrainingResult& trained, uint32_t feature) {
    const int8_t* found = trained.model->Row(feature);
    return found == nullptr ? none.data() : found;
  };
  for (const uint32_t feature : both.model->Features()) {
    for (size_t i = 0; i < none.size(); ++i) {
      // Each is rounded by half a unit at most.
      ASSERT_NEAR(row(both, feature)[i], 0.5 * (row(first, feature)[i] + row(second, feature)[i]),
                  1.01);
    }
  }
  for (size_t i = 0; i < both.model->transitions().outside.size(); ++i) {
    ASSERT_NEAR(
        both.model->transitions().outside[i],
        0.5 * (first.model->transitions().outside[i] + second.model->transitions().outside[i]),
        1e-6);
    ASSERT_NEAR(both.optimizer.outside[i],
                0.5 * (first.optimizer.outside[i] + second.optimizer.outside[i]),
                1e-4 * both.optimizer.outside[i]);
  }
  EXPECT_NEAR(both.losses.back(), 0.5 * (first.losses.back() + second.losses.back()), 1e-9);
}

TEST(TrainTest, ABagDoesNotDependOnItsThreads) {
  const std::vector<Example> examples = ToyExamples(30, 1);
  const TrainingResult one = TrainOrDie(examples, {}, {.num_threads = 1, .bag = 3});
  for (const size_t num_threads : {2, 3, 7}) {
    const TrainingResult many = TrainOrDie(examples, {}, {.num_threads = num_threads, .bag = 3});
    EXPECT_EQ(many.model->Serialize(), one.model->Serialize());
    EXPECT_EQ(many.optimizer.Serialize(), one.optimizer.Serialize());
  }
}

TEST(TrainTest, UnlabelledTextsTeachWhatIsFoundInThem) {
  const std::vector<Example> examples = ToyExamples(100, 1);
  // A name that no example has is found behind a word that tells, and then known elsewhere.
  Example raw = ToyExample({{"the", "house", "in", "Zorg", "was", "sold"}, {}});
  raw.constraint = {};
  const std::vector<Example> unlabelled(20, raw);
  const TrainingResult alone = TrainOrDie(examples),
                       more = TrainOrDie(examples, {}, {.unlabelled = unlabelled});
  const TextFeatures elsewhere = ToyExample({{"the", "red", "Zorg", "and", "sold"}, {}}).features;
  const auto probability = [&](const TrainingResult& trained) {
    return SpanProbability(*trained.model, elsewhere, {2, 3, 0});
  };
  EXPECT_GT(probability(more), probability(alone) + 0.1);
  EXPECT_THAT(more.contradictory, ElementsAre());
}

TEST(TrainTest, ProgressIsReportedAndCancels) {
  const std::vector<Example> examples = ToyExamples(10, 1);
  std::vector<int> epochs;
  const LearnerOptions options{.epochs = 5, .num_threads = 2, .bag = 3};
  const auto result = Train(kLabels, examples, {}, options, [&](const EpochProgress& progress) {
    EXPECT_EQ(progress.num_epochs, 15);
    EXPECT_GT(progress.loss, 0);
    epochs.push_back(progress.epoch);
    return progress.epoch < 3;
  });
  EXPECT_EQ(result.status().code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(epochs, ElementsAre(1, 2, 3));
}

TEST(TrainTest, UnusableInputIsRefused) {
  std::vector<Example> examples = ToyExamples(3, 1);
  EXPECT_THAT(Train(kLabels, {}, {}, {}).status().message(), HasSubstr("nothing to learn"));
  examples[1].constraint.path.pop_back();
  EXPECT_THAT(Train(kLabels, examples, {}, {}).status().message(),
              HasSubstr("example 1: the path"));
  examples[1].constraint.path = {};
  examples[1].constraint.weighted = {{{0, 100, 0}, 0}};
  EXPECT_THAT(Train(kLabels, examples, {}, {}).status().message(),
              HasSubstr("example 1: the weighted spans"));
  examples[1].constraint.weighted = {{{0, 1, 2}, 0}};
  EXPECT_FALSE(Train(kLabels, examples, {}, {}).ok());
  examples[1].constraint = {.allowed = {1, 1}};
  EXPECT_THAT(Train(kLabels, examples, {}, {}).status().message(),
              HasSubstr("example 1: the mask"));
  EXPECT_FALSE(Train(std::vector<std::string>{}, ToyExamples(1, 1), {}, {}).ok());
}

}  // namespace
}  // namespace winnow::ner
