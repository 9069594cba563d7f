#include "common/corpus/erasure.h"

#include <string>
#include <vector>

#include "common/corpus/standing.h"
#include "common/corpus/testing.h"
#include "common/text/split_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::corpus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSecret[] = "Ada Byron, 12 St James's Square";
constexpr char kOtherSpelling[] = "ADA BYRON, 12  St James's Square";

class ErasureTest : public testing::Test {
 protected:
  ErasureTest() {
    auto store = std::make_unique<kv::MemoryStore>();
    store_ = store.get();
    corpus_ = *Corpus::Open(std::move(store), clock_);
  }

  void Change(const ChangeFn& change) {
    const absl::Status changed = corpus_->Change(change);
    ASSERT_TRUE(changed.ok()) << changed;
  }
  // Keys and values of the database, one after the other.
  std::string Everything() const {
    std::string bytes;
    for (const auto records = store_->Scan(kv::Range::All()); records->Valid(); records->Next())
      absl::StrAppend(&bytes, records->key(), records->value());
    return bytes;
  }
  ErasedTexts Erase(const std::string& text) {
    return *EraseTexts(*corpus_, {text::SplitKey(text)});
  }
  std::vector<std::string> TextsOfSource() const {
    std::vector<std::string> texts;
    EXPECT_TRUE(corpus_->reader()
                    .ForEachSourceExample("s", 0, kLatest,
                                          [&](const SourceExample& item) {
                                            texts.push_back(item.example.text());
                                            return true;
                                          })
                    .ok());
    return texts;
  }

  FakeClock clock_;
  const kv::MemoryStore* store_ = nullptr;
  std::unique_ptr<Corpus> corpus_;
};

TEST_F(ErasureTest, NothingOfATextIsLeftAnywhere) {
  storage::v1::Answer imported = MakeAnswer(kSecret);
  imported.set_original_json(R"({"text":"Ada Byron, 12 St James's Square"})");
  uint64_t undone = 0;
  Change([&](Transaction& transaction) -> absl::Status {
    WINNOW_RETURN_IF_ERROR(
        transaction.AppendAnswers("d", {imported}, {MakeExample(kSecret)}).status());
    WINNOW_ASSIGN_OR_RETURN(undone, Append(transaction, "d", kSecret));
    WINNOW_RETURN_IF_ERROR(transaction.Undo("d", undone, "ann").status());
    WINNOW_RETURN_IF_ERROR(Append(transaction, "e", kOtherSpelling).status());
    WINNOW_RETURN_IF_ERROR(Append(transaction, "d", "kept").status());
    return transaction
        .ImportSource("s", {MakeExample("first"), MakeExample(kSecret), MakeExample("last")},
                      {"", R"({"born":"10 December 1815"})", ""})
        .status();
  });
  storage::v1::Queue queue;
  queue.set_name("q");
  storage::v1::Task task;
  task.set_id(MakeAnswer(kSecret).task_id());
  task.set_example_id(ExampleIdOf(kSecret));
  storage::v1::Lease lease;
  *lease.mutable_task() = task;
  lease.set_annotator("ann");
  storage::v1::FrameText frame;
  frame.set_example_id(task.example_id());
  Change([&](Transaction& transaction) -> absl::Status {
    WINNOW_RETURN_IF_ERROR(transaction.PutQueue(queue));
    WINNOW_RETURN_IF_ERROR(transaction.AppendTasks("q", {task}).status());
    WINNOW_RETURN_IF_ERROR(transaction.PutFrameTexts("q", {frame}));
    WINNOW_RETURN_IF_ERROR(transaction.PublishFrame("q", 0, {}));
    transaction.PutLease("q", lease);
    return absl::OkStatus();
  });
  ASSERT_THAT(Everything(), HasSubstr("Byron"));

  const ErasedTexts erased = Erase(kSecret);
  EXPECT_EQ(erased.num_texts, 2u) << "both spellings";
  EXPECT_EQ(erased.num_answers, 3u) << "with the one that was taken back";
  EXPECT_EQ(erased.num_source_rows, 1u);
  EXPECT_EQ(erased.num_tasks, 3u);
  const std::string left = Everything();
  EXPECT_THAT(left, Not(HasSubstr("Byron")));
  EXPECT_THAT(left, Not(HasSubstr("BYRON")));
  EXPECT_THAT(left, Not(HasSubstr("December")));
  EXPECT_THAT(left, Not(HasSubstr(ExampleIdOf(kSecret))));
  EXPECT_EQ(Erase(kSecret).num_texts, 0u);
}

TEST_F(ErasureTest, TheCountsAndTheOtherTextsAreRight) {
  Change([](Transaction& transaction) -> absl::Status {
    WINNOW_RETURN_IF_ERROR(Append(transaction, "d", kSecret).status());
    WINNOW_RETURN_IF_ERROR(Append(transaction, "d", "kept").status());
    return transaction
        .ImportSource("s", {MakeExample("first"), MakeExample(kSecret), MakeExample("last")})
        .status();
  });
  Erase(kSecret);
  const CorpusReader& reader = corpus_->reader();
  EXPECT_EQ(reader.GetDataset("d")->num_answers(), 1u);
  EXPECT_EQ(reader.GetDataset("d")->num_texts(), 1u);
  EXPECT_EQ(reader.GetSource("s")->num_examples(), 2u);
  EXPECT_THAT(TextsOfSource(), ElementsAre("first", "last"));
  // Texts that come later, the erased one among them, find their places.
  Change([](Transaction& transaction) {
    return transaction.ImportSource("s", {MakeExample("new"), MakeExample(kSecret)}).status();
  });
  EXPECT_THAT(TextsOfSource(), ElementsAre("first", "last", "new", kSecret));
  EXPECT_EQ(reader.GetSource("s")->num_examples(), 4u);
}

}  // namespace
}  // namespace winnow::corpus
