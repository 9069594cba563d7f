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
  Comparer(const std::string& queue, const OverlapOf& overlap_of, const std::vector<LogEntry>& log,
           const QueueHistory& history)
      : queue_(queue), overlap_of_(overlap_of), log_(log), history_(history) {
    for (const LogEntry& entry : log) {
      if (entry.has_undo()) {
        undone_[entry.undo().undone_revision()] = TimeOf(entry.undo().undo_time());
        ++num_undos_;
      } else {
        const Answer& answer = entry.answer();
        answers_[answer.revision()] = answer;
        by_author_[{answer.task_id(), answer.annotator()}].push_back(&answer);
      }
    }
  }

  QueueFindings Run() {
    CompareAnswers();
    CompareUndos();
    CheckStanding();
    CheckPlaces();
    CheckAuthors();
    CheckSurplus();
    CheckOrder();
    CheckToldNothing();
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
      if (!answer.surplus() && ++counted[answer.task_id()] > overlap_of_(answer.task_id())) {
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
      const uint32_t overlap = overlap_of_(task);
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
        if (now.size() > overlap) {
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

  // A person gets no task while an answer of theirs to it stands, and none of their answers is late
  // while they hold its task.
  void CheckAuthors() {
    for (const TaskHeld& held : history_.held) {
      if (held.queue != queue_) continue;
      for (const Answer* answer : by_author_[{held.task_id, held.annotator}]) {
        const absl::Time time = TimeOf(answer->answer_time());
        const auto undone = undone_.find(answer->revision());
        if (time + kClockSlack < held.since &&
            (undone == undone_.end() || undone->second > held.since + kClockSlack)) {
          Note(findings_.num_handed_again, absl::StrCat(held.annotator, " got ", held.task_id,
                                                        " after answer ", answer->revision()));
        }
        if (answer->late() && held.since <= time && time + kClockSlack < held.until) {
          Note(findings_.num_wrongly_marked,
               absl::StrCat("answer ", answer->revision(), " is late before its lease was over"));
        }
      }
    }
  }

  // An answer is surplus when as many others as the task is for count; a late one also when they
  // only have the task, which those who died with a server may have without knowing it.
  void CheckSurplus() {
    std::map<std::string, std::set<uint64_t>> counted;
    for (const LogEntry& entry : log_) {
      if (entry.has_undo()) {
        const uint64_t revision = entry.undo().undone_revision();
        counted[answers_.at(revision).task_id()].erase(revision);
        continue;
      }
      const Answer& answer = entry.answer();
      std::set<uint64_t>& others = counted[answer.task_id()];
      const bool is_full = others.size() >= overlap_of_(answer.task_id());
      if (answer.surplus() ? !is_full && !answer.late() : is_full) {
        Note(findings_.num_wrongly_marked,
             absl::StrCat("answer ", answer.revision(), " to ", answer.task_id(),
                          answer.surplus() ? " is" : " is not", " surplus beside ", others.size()));
      }
      if (!answer.surplus()) others.insert(answer.revision());
    }
  }

  // What was acknowledged before something else was sent has the lower revision.
  void CheckOrder() {
    std::vector<const AnswerGiven*> by_sent, by_acknowledged;
    for (const AnswerGiven& given : history_.given) {
      if (given.queue == queue_) by_sent.push_back(&given);
    }
    by_acknowledged = by_sent;
    const auto ascending = [](absl::Time AnswerGiven::*time) {
      return [time](const AnswerGiven* a, const AnswerGiven* b) { return a->*time < b->*time; };
    };
    std::sort(by_sent.begin(), by_sent.end(), ascending(&AnswerGiven::sent));
    std::sort(by_acknowledged.begin(), by_acknowledged.end(),
              ascending(&AnswerGiven::acknowledged));
    uint64_t highest = 0;
    auto before = by_acknowledged.begin();
    for (const AnswerGiven* given : by_sent) {
      for (; before != by_acknowledged.end() && (*before)->acknowledged < given->sent; ++before)
        highest = std::max(highest, (*before)->stored.revision());
      if (given->stored.revision() < highest) {
        Note(findings_.num_out_of_order,
             absl::StrCat("answer ", given->stored.revision(), " was sent after ", highest,
                          " was acknowledged"));
      }
    }
  }

  // Who is told that nothing is left has answered every task that wants more people.
  void CheckToldNothing() {
    std::map<std::string, uint32_t> counted;
    std::set<std::pair<std::string, std::string>> has_answered;
    for (const auto& [revision, answer] : answers_) {
      counted[answer.task_id()] += undone_.count(revision) == 0 && !answer.surplus();
      if (undone_.count(revision) == 0) has_answered.emplace(answer.task_id(), answer.annotator());
    }
    for (const TaskHeld& held : history_.held) {
      if (held.queue == queue_) counted.emplace(held.task_id, 0);
    }
    for (const ToldNothing& told : history_.told_nothing) {
      if (told.queue != queue_) continue;
      for (const auto& [task, number] : counted) {
        if (number >= overlap_of_(task) || has_answered.count({task, told.annotator}) > 0) continue;
        Note(findings_.num_kept_back,
             absl::StrCat(told.annotator, " was told that there is nothing, but not asked ", task));
      }
    }
  }

  const std::string& queue_;
  const OverlapOf& overlap_of_;
  const std::vector<LogEntry>& log_;
  const QueueHistory& history_;
  std::map<uint64_t, Answer> answers_;
  // By task and person.
  std::map<std::pair<std::string, std::string>, std::vector<const Answer*>> by_author_;
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
  Append(std::move(other.told_nothing), told_nothing);
  Append(std::move(other.refused), refused);
  num_forged += other.num_forged;
  Append(std::move(other.forged_and_taken), forged_and_taken);
  for (const auto& [code, number] : other.num_repeated) num_repeated[code] += number;
  Append(std::move(other.recovery), recovery);
}

void QueueFindings::Merge(const QueueFindings& other) {
  num_lost += other.num_lost;
  num_doubled += other.num_doubled;
  num_answered_again += other.num_answered_again;
  num_handed_again += other.num_handed_again;
  num_wrongly_marked += other.num_wrongly_marked;
  num_out_of_order += other.num_out_of_order;
  num_kept_back += other.num_kept_back;
  num_counted_too_often += other.num_counted_too_often;
  num_held_too_often += other.num_held_too_often;
  Append(other.words, words);
  num_counted += other.num_counted;
  num_surplus += other.num_surplus;
}

QueueFindings Compare(const std::string& queue, const OverlapOf& overlap_of,
                      const std::vector<LogEntry>& log, const QueueHistory& history) {
  return Comparer(queue, overlap_of, log, history).Run();
}

}  // namespace winnow::integration
