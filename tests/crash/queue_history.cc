#include "tests/crash/queue_history.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace winnow::integration {
namespace {

using annotation::v1::Answer;
using annotation::v1::LogEntry;

// The server reads its clock before it takes the queue's lock, so that a lease may seem to begin a
// little before the one ended whose place it took.
constexpr absl::Duration kClockSlack = absl::Milliseconds(100);

struct Interval {
  absl::Time since;
  absl::Time until;
};

template <typename T>
void Append(std::vector<T> from, std::vector<T>& to) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

bool IsSame(const AnswerGiven& given, const Answer& answer) {
  return answer.task_id() == given.task_id && answer.annotator() == given.annotator &&
         answer.verdict() == given.verdict && answer.late() == given.stored.late() &&
         answer.surplus() == given.stored.surplus() && answer.queue() == given.queue;
}

class Comparer {
 public:
  Comparer(const std::string& queue, uint32_t overlap, const std::vector<LogEntry>& log,
           const QueueHistory& history)
      : queue_(queue), overlap_(overlap), history_(history) {
    for (const LogEntry& entry : log) {
      if (entry.has_undo()) {
        undone_[entry.undo().undone_revision()] = TimeOf(entry.undo().undo_time());
        ++num_undos_;
      } else {
        answers_[entry.answer().revision()] = entry.answer();
      }
    }
  }

  QueueFindings Run() {
    CompareAnswers();
    CompareUndos();
    CheckStanding();
    CheckPlaces();
    return std::move(findings_);
  }

 private:
  void Note(uint64_t& number, const std::string& words) {
    ++number;
    findings_.words.push_back(absl::StrCat(queue_, ": ", words));
  }

  void CompareAnswers() {
    std::set<uint64_t> acknowledged;
    for (const AnswerGiven& given : history_.given) {
      if (given.queue != queue_) continue;
      const uint64_t revision = given.stored.revision();
      const auto answer = answers_.find(revision);
      if (!acknowledged.insert(revision).second)
        Note(findings_.num_doubled, absl::StrCat("revision ", revision, " acknowledged twice"));
      if (answer == answers_.end() || !IsSame(given, answer->second)) {
        Note(findings_.num_lost, absl::StrCat("answer ", revision, " of ", given.annotator, " to ",
                                              given.task_id, " is not in the log as given"));
      }
    }
    for (const auto& [revision, answer] : answers_) {
      if (acknowledged.count(revision) == 0) {
        Note(findings_.num_doubled,
             absl::StrCat("answer ", revision, " of ", answer.annotator(), " to ", answer.task_id(),
                          " was never acknowledged"));
      }
    }
  }

  void CompareUndos() {
    std::set<uint64_t> acknowledged;
    for (const AnswerTakenBack& undo : history_.taken_back) {
      if (undo.queue != queue_) continue;
      if (!acknowledged.insert(undo.revision).second)
        Note(findings_.num_doubled, absl::StrCat("answer ", undo.revision, " undone twice"));
      if (undone_.count(undo.revision) == 0)
        Note(findings_.num_lost, absl::StrCat("the undo of ", undo.revision, " is not in the log"));
    }
    for (uint64_t beyond = acknowledged.size(); beyond < num_undos_; ++beyond)
      Note(findings_.num_doubled, "an undo that was never acknowledged");
  }

  void CheckStanding() {
    std::map<std::string, std::set<std::string>> people;
    std::map<std::string, uint32_t> counted;
    for (const auto& [revision, answer] : answers_) {
      if (undone_.count(revision) > 0) continue;
      if (!people[answer.task_id()].insert(answer.annotator()).second) {
        Note(findings_.num_answered_again,
             absl::StrCat(answer.annotator(), " answered ", answer.task_id(), " again"));
      }
      ++(answer.surplus() ? findings_.num_surplus : findings_.num_counted);
      if (!answer.surplus() && ++counted[answer.task_id()] > overlap_) {
        Note(findings_.num_counted_too_often,
             absl::StrCat("answer ", revision, " to ", answer.task_id(), " counts, too"));
      }
    }
  }

  // When which person took a place of which task.
  std::map<std::string, std::map<std::string, std::vector<Interval>>> Places() const {
    std::map<std::string, std::map<std::string, std::vector<Interval>>> places;
    std::map<std::pair<std::string, std::string>, std::set<absl::Time>> answered;
    for (const auto& [revision, answer] : answers_) {
      const absl::Time since = TimeOf(answer.answer_time());
      answered[{answer.task_id(), answer.annotator()}].insert(since);
      if (answer.surplus()) continue;
      const auto undone = undone_.find(revision);
      places[answer.task_id()][answer.annotator()].push_back(
          {since, undone == undone_.end() ? absl::InfiniteFuture() : undone->second});
    }
    for (const TaskHeld& held : history_.held) {
      if (held.queue != queue_) continue;
      // An answer ends its lease.
      const std::set<absl::Time>& times = answered[{held.task_id, held.annotator}];
      const auto end = times.upper_bound(held.since);
      places[held.task_id][held.annotator].push_back(
          {held.since, end == times.end() ? held.until : std::min(held.until, *end)});
    }
    return places;
  }

  void CheckPlaces() {
    for (const auto& [task, people] : Places()) {
      // Who takes a place more or less from then on, by how many intervals.
      std::multimap<absl::Time, std::pair<std::string, int>> changes;
      for (const auto& [person, intervals] : people) {
        for (const Interval& interval : intervals) {
          changes.emplace(interval.since, std::pair(person, +1));
          changes.emplace(interval.until, std::pair(person, -1));
        }
      }
      std::map<std::string, int> now;
      absl::Time crowded_since = absl::InfiniteFuture();
      std::string crowd;
      for (const auto& [time, change] : changes) {
        if ((now[change.first] += change.second) == 0) now.erase(change.first);
        if (now.size() > overlap_) {
          crowded_since = std::min(crowded_since, time);
          crowd = absl::StrJoin(now, " ", absl::PairFormatter(":"));
          continue;
        }
        if (crowded_since < time && time - crowded_since > kClockSlack) {
          Note(findings_.num_held_too_often,
               absl::StrCat(task, " was had by too many people for ",
                            absl::FormatDuration(time - crowded_since), ", at last ", crowd));
        }
        crowded_since = absl::InfiniteFuture();
      }
    }
  }

  const std::string& queue_;
  const uint32_t overlap_;
  const QueueHistory& history_;
  std::map<uint64_t, Answer> answers_;
  std::map<uint64_t, absl::Time> undone_;
  uint64_t num_undos_ = 0;
  QueueFindings findings_;
};

}  // namespace

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

void QueueHistory::Merge(QueueHistory other) {
  Append(std::move(other.held), held);
  Append(std::move(other.given), given);
  Append(std::move(other.taken_back), taken_back);
  Append(std::move(other.refused), refused);
  for (const auto& [code, number] : other.num_repeated) num_repeated[code] += number;
}

void QueueFindings::Merge(const QueueFindings& other) {
  num_lost += other.num_lost;
  num_doubled += other.num_doubled;
  num_answered_again += other.num_answered_again;
  num_counted_too_often += other.num_counted_too_often;
  num_held_too_often += other.num_held_too_often;
  Append(other.words, words);
  num_counted += other.num_counted;
  num_surplus += other.num_surplus;
}

QueueFindings Compare(const std::string& queue, uint32_t overlap, const std::vector<LogEntry>& log,
                      const QueueHistory& history) {
  return Comparer(queue, overlap, log, history).Run();
}

}  // namespace winnow::integration
