// Transaction: answers and data sets. The record of a data set holds its counts, and an index by
// text tells who answered what; both change with each answer, in the same step.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/corpus/ids.h"
#include "common/corpus/keys.h"
#include "common/corpus/lookup.h"
#include "common/corpus/transaction.h"
#include "common/text/split_key.h"

namespace winnow::corpus {
namespace {

using storage::v1::Answer;
using storage::v1::Dataset;
using storage::v1::Example;
using storage::v1::LogEntry;
using storage::v1::TextAnswers;

// The labels that the answer speaks of, each once.
std::set<std::string> LabelsOf(const Answer& answer) {
  std::set<std::string> labels(answer.complete_labels().begin(), answer.complete_labels().end());
  for (const storage::v1::Decision& decision : answer.decisions())
    labels.insert(decision.span().label());
  return labels;
}

// Adds `by`, 1 or -1, to the count of a label, which is kept in order and dropped at 0.
void CountLabel(const std::string& label, int by, Dataset& dataset) {
  auto& counts = *dataset.mutable_labels();
  const auto at = std::lower_bound(
      counts.begin(), counts.end(), label,
      [](const Dataset::LabelCount& count, const std::string& l) { return count.label() < l; });
  if (at != counts.end() && at->label() == label) {
    at->set_num_answers(at->num_answers() + static_cast<uint64_t>(by));
    if (at->num_answers() == 0) counts.erase(at);
    return;
  }
  const auto index = at - counts.begin();
  Dataset::LabelCount& added = *counts.Add();
  added.set_label(label);
  added.set_num_answers(1);
  std::rotate(counts.pointer_begin() + index, counts.pointer_end() - 1, counts.pointer_end());
}

void CountAnswer(const Answer& answer, int by, Dataset& dataset) {
  const auto add = static_cast<uint64_t>(by);
  dataset.set_num_answers(dataset.num_answers() + add);
  switch (answer.verdict()) {
    case storage::v1::VERDICT_ACCEPT:
      dataset.set_num_accepted(dataset.num_accepted() + add);
      break;
    case storage::v1::VERDICT_REJECT:
      dataset.set_num_rejected(dataset.num_rejected() + add);
      break;
    default:
      dataset.set_num_ignored(dataset.num_ignored() + add);
  }
  for (const std::string& label : LabelsOf(answer)) CountLabel(label, by, dataset);
}

bool Counts(const TextAnswers::Entry& entry) { return !entry.surplus(); }

bool AnyCounts(const TextAnswers& texts) {
  return std::any_of(texts.entries().begin(), texts.entries().end(), Counts);
}

}  // namespace

absl::Status Transaction::CheckAnswer(const std::string& where, const Answer& answer,
                                      Violations& violations) const {
  WINNOW_RETURN_IF_ERROR(
      CheckExampleId(absl::StrCat(where, ".example_id"), answer.example_id(), violations));
  CheckTaskId(absl::StrCat(where, ".task_id"), answer.task_id(), violations);
  if (answer.kind() == storage::v1::TASK_KIND_UNSPECIFIED)
    violations.Add(absl::StrCat(where, ".kind"), "is missing");
  if (answer.verdict() == storage::v1::VERDICT_UNSPECIFIED)
    violations.Add(absl::StrCat(where, ".verdict"), "is missing");
  return absl::OkStatus();
}

absl::StatusOr<Dataset> Transaction::FindOrMakeDataset(absl::string_view name) {
  absl::StatusOr<Dataset> dataset = GetDataset(name);
  if (!absl::IsNotFound(dataset.status())) return dataset;
  Dataset made;
  made.set_name(std::string(name));
  // The revision of its first answer: unique, because revisions are never given twice.
  made.set_id(revision_ + 1);
  made.set_created_unix_micros(absl::ToUnixMicros(now_));
  return made;
}

absl::StatusOr<TextAnswers> Transaction::GetTextAnswers(const Dataset& dataset,
                                                        const std::string& example_id) const {
  const std::string key = keys::TextAnswers(dataset.id(), example_id);
  const absl::StatusOr<std::string> bytes = changes_.Get(key);
  if (absl::IsNotFound(bytes.status())) return TextAnswers();
  if (!bytes.ok()) return bytes.status();
  return ParseRecord<TextAnswers>(key, *bytes);
}

absl::Status Transaction::Append(Answer& answer, TextAnswers texts, Dataset& dataset) {
  answer.set_revision(NextRevision());
  LogEntry entry;
  *entry.mutable_answer() = answer;
  WINNOW_RETURN_IF_ERROR(PutRecord(keys::Answer(dataset.id(), answer.revision()), entry));

  if (texts.entries().empty()) {
    WINNOW_ASSIGN_OR_RETURN(const Example example, GetExample(answer.example_id()));
    texts.set_split_key(text::SplitKey(example.text()));
  }
  const bool is_new_text = !answer.surplus() && !AnyCounts(texts);
  TextAnswers::Entry& item = *texts.add_entries();
  item.set_task_id(answer.task_id());
  item.set_revision(answer.revision());
  item.set_annotator(answer.annotator());
  item.set_surplus(answer.surplus());
  item.set_complete(answer.coverage() == storage::v1::COVERAGE_COMPLETE);
  changes_.Put(keys::TextAnswers(dataset.id(), answer.example_id()), texts.SerializeAsString());

  dataset.set_last_revision(answer.revision());
  dataset.set_num_texts(dataset.num_texts() + (is_new_text ? 1 : 0));
  if (!answer.surplus()) CountAnswer(answer, +1, dataset);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<uint64_t>> Transaction::AppendAll(std::vector<Answer> answers,
                                                             const std::vector<Example>& examples,
                                                             Dataset& record) {
  Violations violations;
  CheckExamples(examples, violations);
  WINNOW_RETURN_IF_ERROR(StoreExamples(examples));
  for (size_t i = 0; i < answers.size(); ++i)
    WINNOW_RETURN_IF_ERROR(CheckAnswer(absl::StrCat("answers[", i, "]"), answers[i], violations));
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("the answers cannot be stored"));

  std::vector<uint64_t> revisions;
  for (Answer& answer : answers) {
    WINNOW_ASSIGN_OR_RETURN(TextAnswers texts, GetTextAnswers(record, answer.example_id()));
    WINNOW_RETURN_IF_ERROR(Append(answer, std::move(texts), record));
    revisions.push_back(answer.revision());
  }
  return revisions;
}

absl::StatusOr<std::vector<uint64_t>> Transaction::AppendAnswers(
    absl::string_view dataset, std::vector<Answer> answers, const std::vector<Example>& examples) {
  WINNOW_RETURN_IF_ERROR(ValidateName("dataset", dataset));
  WINNOW_ASSIGN_OR_RETURN(Dataset record, FindOrMakeDataset(dataset));
  WINNOW_ASSIGN_OR_RETURN(std::vector<uint64_t> revisions,
                          AppendAll(std::move(answers), examples, record));
  if (!revisions.empty())
    WINNOW_RETURN_IF_ERROR(PutRecord(keys::Named(keys::kDatasets, dataset), record));
  return revisions;
}

absl::Status Transaction::CheckIsNew(absl::string_view dataset) const {
  const absl::Status existing = GetDataset(dataset).status();
  if (absl::IsNotFound(existing)) return absl::OkStatus();
  WINNOW_RETURN_IF_ERROR(existing);
  return absl::FailedPreconditionError(
      absl::StrCat("dataset \"", dataset, "\" was made while this was being imported into it"));
}

absl::Status Transaction::StageAnswers(absl::string_view dataset, std::vector<Answer> answers,
                                       const std::vector<Example>& examples, Dataset& staged) {
  WINNOW_RETURN_IF_ERROR(ValidateName("dataset", dataset));
  WINNOW_RETURN_IF_ERROR(CheckIsNew(dataset));
  const std::string key = keys::Named(keys::kPendingDatasets, dataset);
  if (staged.name().empty()) {
    const absl::StatusOr<std::string> broken = changes_.Get(key);
    if (broken.ok()) {
      WINNOW_ASSIGN_OR_RETURN(const Dataset left, ParseRecord<Dataset>(key, *broken));
      DeleteAnswers(left);
    } else if (!absl::IsNotFound(broken.status())) {
      return broken.status();
    }
    WINNOW_ASSIGN_OR_RETURN(staged, FindOrMakeDataset(dataset));
    WINNOW_RETURN_IF_ERROR(PutRecord(key, staged));
  }
  return AppendAll(std::move(answers), examples, staged).status();
}

absl::Status Transaction::PublishAnswers(const Dataset& staged) {
  WINNOW_RETURN_IF_ERROR(CheckIsNew(staged.name()));
  changes_.Delete(keys::Named(keys::kPendingDatasets, staged.name()));
  NextRevision();
  return PutRecord(keys::Named(keys::kDatasets, staged.name()), staged);
}

absl::StatusOr<Answer> Transaction::AnswerTask(absl::string_view dataset, Answer answer,
                                               uint32_t overlap) {
  WINNOW_RETURN_IF_ERROR(ValidateName("dataset", dataset));
  Violations violations;
  WINNOW_RETURN_IF_ERROR(CheckAnswer("answer", answer, violations));
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("the answer cannot be stored"));
  WINNOW_ASSIGN_OR_RETURN(Dataset record, FindOrMakeDataset(dataset));
  WINNOW_ASSIGN_OR_RETURN(TextAnswers texts, GetTextAnswers(record, answer.example_id()));

  std::set<std::string> people;
  for (const TextAnswers::Entry& entry : texts.entries()) {
    if (entry.task_id() != answer.task_id()) continue;
    if (entry.annotator() == answer.annotator()) {
      return WithReason(absl::FailedPreconditionError(absl::StrCat(
                            "'", answer.annotator(), "' has answered task ",
                            IdToHex(answer.task_id()), " already; undo that answer to change it")),
                        "ALREADY_ANSWERED");
    }
    if (Counts(entry)) people.insert(entry.annotator());
  }
  answer.set_surplus(answer.surplus() || people.size() >= overlap);

  WINNOW_RETURN_IF_ERROR(Append(answer, std::move(texts), record));
  WINNOW_RETURN_IF_ERROR(PutRecord(keys::Named(keys::kDatasets, dataset), record));
  return answer;
}

absl::StatusOr<uint64_t> Transaction::Undo(absl::string_view dataset, uint64_t revision,
                                           absl::string_view annotator) {
  WINNOW_ASSIGN_OR_RETURN(Dataset record, GetDataset(dataset));
  WINNOW_ASSIGN_OR_RETURN(const Answer undone, GetAnswer(dataset, revision));
  WINNOW_ASSIGN_OR_RETURN(const bool already, changes_.Has(keys::UndoOf(record.id(), revision)));
  if (already) {
    return absl::FailedPreconditionError(
        absl::StrCat("answer ", revision, " of dataset \"", dataset, "\" is undone already"));
  }

  LogEntry entry;
  storage::v1::Undo& undo = *entry.mutable_undo();
  undo.set_revision(NextRevision());
  undo.set_undoes(revision);
  undo.set_annotator(std::string(annotator));
  undo.set_undone_unix_micros(absl::ToUnixMicros(now_));
  WINNOW_RETURN_IF_ERROR(PutRecord(keys::Answer(record.id(), undo.revision()), entry));
  changes_.Put(keys::UndoOf(record.id(), revision), keys::EncodeNumber(undo.revision()));

  WINNOW_RETURN_IF_ERROR(RemoveStanding(undone, record));
  record.set_last_revision(undo.revision());
  WINNOW_RETURN_IF_ERROR(PutRecord(keys::Named(keys::kDatasets, dataset), record));
  return undo.revision();
}

absl::Status Transaction::RemoveStanding(const Answer& answer, Dataset& dataset) {
  WINNOW_ASSIGN_OR_RETURN(TextAnswers texts, GetTextAnswers(dataset, answer.example_id()));
  auto& entries = *texts.mutable_entries();
  entries.erase(
      std::remove_if(entries.begin(), entries.end(),
                     [&](const auto& item) { return item.revision() == answer.revision(); }),
      entries.end());
  const std::string key = keys::TextAnswers(dataset.id(), answer.example_id());
  if (entries.empty()) {
    changes_.Delete(key);
  } else {
    changes_.Put(key, texts.SerializeAsString());
  }
  if (answer.surplus()) return absl::OkStatus();
  CountAnswer(answer, -1, dataset);
  if (!AnyCounts(texts)) dataset.set_num_texts(dataset.num_texts() - 1);
  return absl::OkStatus();
}

void Transaction::DeleteAnswers(const Dataset& dataset) {
  changes_.DeletePrefix(keys::AnswersOf(dataset.id()));
  changes_.DeletePrefix(keys::UndosOf(dataset.id()));
  changes_.DeletePrefix(keys::TextsOf(dataset.id()));
}

absl::Status Transaction::DropDataset(absl::string_view name) {
  WINNOW_ASSIGN_OR_RETURN(const Dataset record, GetDataset(name));
  DeleteAnswers(record);
  changes_.Delete(keys::Named(keys::kDatasets, name));
  NextRevision();
  return absl::OkStatus();
}

}  // namespace winnow::corpus
