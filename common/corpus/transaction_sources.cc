// Transaction: sources. Texts are written behind those that the source's record counts, and become
// visible as a whole when the record is written.
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/names.h"
#include "common/corpus/ids.h"
#include "common/corpus/keys.h"
#include "common/corpus/lookup.h"
#include "common/corpus/transaction.h"
#include "common/text/split_key.h"

namespace winnow::corpus {

using storage::v1::Example;
using storage::v1::Source;

absl::StatusOr<Source> Transaction::FindOrBeginSource(absl::string_view name) {
  absl::StatusOr<Source> source = GetSource(name);
  if (!absl::IsNotFound(source.status())) return source;
  const std::string pending = keys::Named(keys::kPendingSources, name);
  const absl::StatusOr<std::string> bytes = changes_.Get(pending);
  if (bytes.ok()) return ParseRecord<Source>(pending, *bytes);
  if (!absl::IsNotFound(bytes.status())) return bytes.status();

  Source made;
  made.set_name(std::string(name));
  // No revision of its own yet, so two that begin at one revision are told apart by their names.
  made.set_id(MixHash(Hash64(name), revision_));
  made.set_created_unix_micros(absl::ToUnixMicros(now_));
  WINNOW_RETURN_IF_ERROR(PutRecord(pending, made));
  return made;
}

absl::StatusOr<bool> Transaction::HasMember(const Source& source, const std::string& example_id,
                                            uint64_t num_members) const {
  const absl::StatusOr<std::string> bytes = changes_.Get(keys::Membership(source.id(), example_id));
  if (absl::IsNotFound(bytes.status())) return false;
  if (!bytes.ok()) return bytes.status();
  const uint64_t ordinal = keys::DecodeNumber(*bytes);
  if (ordinal >= num_members) return false;
  // What a broken import left behind may point to a place that another text has taken since.
  WINNOW_ASSIGN_OR_RETURN(const std::string member,
                          changes_.Get(keys::Member(source.id(), ordinal)));
  return absl::string_view(member).substr(0, kIdBytes) == example_id;
}

absl::Status Transaction::PutFields(const Source& source, const std::string& example_id,
                                    const std::string& fields) {
  const std::string key = keys::Fields(source.id(), example_id);
  if (!fields.empty()) {
    changes_.Put(key, fields);
    return absl::OkStatus();
  }
  WINNOW_ASSIGN_OR_RETURN(const bool stale, changes_.Has(key));
  if (stale) changes_.Delete(key);
  return absl::OkStatus();
}

absl::Status Transaction::StageTexts(absl::string_view name, const std::vector<Example>& examples,
                                     ImportCounts& staged, const std::vector<std::string>& fields) {
  WINNOW_RETURN_IF_ERROR(ValidateName("source", name));
  Violations violations;
  CheckExamples(examples, violations);
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("the texts cannot be stored"));

  WINNOW_ASSIGN_OR_RETURN(const Source source, FindOrBeginSource(name));
  for (size_t i = 0; i < examples.size(); ++i) {
    const Example& example = examples[i];
    const std::string id = ExampleIdOf(example.text());
    const uint64_t ordinal = NumPlaces(source) + staged.num_added;
    WINNOW_ASSIGN_OR_RETURN(const bool has, HasMember(source, id, ordinal));
    if (has) {
      ++staged.num_duplicates;
      continue;
    }
    WINNOW_RETURN_IF_ERROR(StoreExample(id, example));
    WINNOW_RETURN_IF_ERROR(PutFields(source, id, i < fields.size() ? fields[i] : ""));
    changes_.Put(keys::Membership(source.id(), id), keys::EncodeNumber(ordinal));
    changes_.Put(keys::Member(source.id(), ordinal),
                 absl::StrCat(id, keys::EncodeNumber(text::SplitKey(example.text()))));
    ++staged.num_added;
  }
  return absl::OkStatus();
}

absl::Status Transaction::PublishTexts(absl::string_view name, const ImportCounts& staged) {
  WINNOW_ASSIGN_OR_RETURN(Source source, FindOrBeginSource(name));
  const bool is_new = source.revision() == 0;
  if (!is_new && staged.num_added == 0) return absl::OkStatus();
  const uint64_t num_places = NumPlaces(source) + staged.num_added;
  source.set_num_examples(source.num_examples() + staged.num_added);
  source.set_revision(NextRevision());
  Source::Import& import = *source.add_imports();
  import.set_revision(source.revision());
  import.set_num_examples(num_places);
  if (is_new) changes_.Delete(keys::Named(keys::kPendingSources, name));
  return PutRecord(keys::Named(keys::kSources, name), source);
}

absl::StatusOr<ImportCounts> Transaction::ImportSource(absl::string_view name,
                                                       const std::vector<Example>& examples,
                                                       const std::vector<std::string>& fields) {
  ImportCounts counts;
  WINNOW_RETURN_IF_ERROR(StageTexts(name, examples, counts, fields));
  WINNOW_RETURN_IF_ERROR(PublishTexts(name, counts));
  return counts;
}

absl::Status Transaction::DropSource(absl::string_view name) {
  WINNOW_ASSIGN_OR_RETURN(const Source source, GetSource(name));
  changes_.DeletePrefix(keys::MembersOf(source.id()));
  changes_.DeletePrefix(keys::MembershipsOf(source.id()));
  changes_.DeletePrefix(keys::FieldsOf(source.id()));
  changes_.Delete(keys::Named(keys::kSources, name));
  NextRevision();
  return absl::OkStatus();
}

}  // namespace winnow::corpus
