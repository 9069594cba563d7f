// An ordered key-value store: the seam under everything that Winnow keeps in a database.
//
// The contract, which store_contract.h tests and a distributed engine can keep as well:
// 1. Keys and values are byte strings; keys are ordered by unsigned bytes. A key may be empty,
//    so may a value.
// 2. Write(batch) checks all conditions and applies all changes, or none, as one step. When it
//    returns OK the changes are on disk, also after a power cut, and only then does any reader see
//    them. WriteUnsynced(batch) is the same without the wait for the disk: see there.
// 3. A Get after a Write that returned OK sees it. A scan sees the state at the moment it was
//    opened, however long it lives.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow::kv {

// The keys k with begin <= k < end. No `end` (has_end false) means up to the last key.
struct Range {
  // All keys.
  static Range All() { return {}; }
  // All keys that start with `prefix`.
  static Range Prefix(absl::string_view prefix);
  static Range Between(absl::string_view begin, absl::string_view end) {
    return {std::string(begin), std::string(end), true};
  }

  bool Contains(absl::string_view key) const { return key >= begin && (!has_end || key < end); }

  std::string begin;
  std::string end;
  bool has_end = false;
};

enum class Direction { kForward, kBackward };

// Changes to be made as one step, in the order in which they were added. Not thread-safe.
class Batch {
 public:
  void Put(std::string key, std::string value);
  void Delete(std::string key);
  // All keys k with begin <= k < end.
  void DeleteRange(std::string begin, std::string end);

  // Conditions on the state before the batch.
  void RequireAbsent(std::string key);
  void RequireEqual(std::string key, std::string value);

  // Implementation details; users of a Store may skip the rest.
  enum class Kind { kPut, kDelete, kDeleteRange };
  struct Change {
    Kind kind;
    // kDeleteRange: its begin.
    std::string key;
    // kPut: the value; kDeleteRange: its end.
    std::string value;
  };
  struct Condition {
    std::string key;
    bool must_exist;
    // The value that a key which must exist must have.
    std::string value;
  };
  const std::vector<Change>& changes() const { return changes_; }
  const std::vector<Condition>& conditions() const { return conditions_; }
  // Aborted unless every condition holds of what `get` returns (a value or NotFound; other errors
  // are passed on).
  absl::Status CheckConditions(
      absl::FunctionRef<absl::StatusOr<std::string>(absl::string_view key)> get) const;

 private:
  std::vector<Change> changes_;
  std::vector<Condition> conditions_;
};

// A walk over a range of one frozen state. Not thread-safe; must be destroyed before its store.
class Iterator {
 public:
  virtual ~Iterator() = default;
  // False at the end of the range and after an error; then status() tells which.
  virtual bool Valid() const = 0;
  // REQUIRES: Valid().
  virtual void Next() = 0;
  // REQUIRES: Valid(). The views end with the next call of Next().
  virtual absl::string_view key() const = 0;
  virtual absl::string_view value() const = 0;
  // OK, or why the walk ended early (DataLoss, Unavailable).
  virtual absl::Status status() const = 0;
};

// Thread-safe.
class Store {
 public:
  virtual ~Store() = default;

  // NotFound when there is no such key; DataLoss when the database is damaged.
  virtual absl::StatusOr<std::string> Get(absl::string_view key) const = 0;

  // Stands on the first key of the range (the last, for kBackward).
  virtual std::unique_ptr<Iterator> Scan(const Range& range,
                                         Direction direction = Direction::kForward) const = 0;

  // Aborted, and nothing changed, when a condition does not hold. After any other error it is
  // unknown whether the batch survives a restart. FailedPrecondition when the store is read-only.
  virtual absl::Status Write(const Batch& batch) = 0;

  // Write, but back before the disk has it. Readers see the changes, and the end of the process
  // does not take them; a power cut may, with everything written after them, until Sync has
  // returned OK. A store without that difference writes.
  virtual absl::Status WriteUnsynced(const Batch& batch) { return Write(batch); }
  // Waits until everything written before the call is on disk. Others write meanwhile. After an
  // error it is unknown what survives a power cut.
  virtual absl::Status Sync() { return absl::OkStatus(); }

  // OK while writes are taken. A store that has refused one, on a full disk for example, refuses
  // all until Recover has made it writable again; otherwise it returns why not. Call it now and
  // then. Nothing that was acknowledged is lost by a refusal, and reads go on meanwhile.
  virtual absl::Status Recover() { return absl::OkStatus(); }
};

}  // namespace winnow::kv
