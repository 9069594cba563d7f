// For tests: judgements from the literature, and simulated ones.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/base/random.h"
#include "common/stats/judgements.h"

namespace winnow::stats {

// One row a person, one character an item: a digit is a category, a blank is missing. Each item is
// a text of its own.
inline Judgements FromRows(const std::vector<std::string>& rows, size_t num_categories) {
  Judgements judgements;
  judgements.num_people = rows.size();
  judgements.num_categories = num_categories;
  for (size_t item = 0; item < rows[0].size(); ++item) judgements.item_texts.push_back(item);
  for (size_t person = 0; person < rows.size(); ++person) {
    for (size_t item = 0; item < rows[person].size(); ++item) {
      const char c = rows[person][item];
      if (c != ' ') judgements.all.push_back({item, person, static_cast<size_t>(c - '0')});
    }
  }
  return judgements;
}

// Dawid and Skene (1979), table 1: how fit 45 patients are for an anaesthetic, 1 to 4 (0 to 3
// here), judged by observer 1 three times and by four others once: columns 0, 0, 0, 1, 2, 3, 4.
inline Judgements Anaesthetists(bool with_observer_1 = true) {
  constexpr absl::string_view kTable =
      "1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 "
      "2223343 1111111 2223212 1211111 1112111 1111111 1111111 2222221 2221322 2222222 2222221 "
      "2223222 2212222 1111111 1111111 2322222 1111111 1111111 1121121 1111111 3333233 1111111 "
      "2222222 2223232 4334343 2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 "
      "2222222 ";
  Judgements judgements;
  judgements.num_people = 5;
  judgements.num_categories = 4;
  for (size_t item = 0; item < kTable.size() / 8; ++item) {
    judgements.item_texts.push_back(item);
    for (size_t column = with_observer_1 ? 0 : 3; column < 7; ++column) {
      judgements.all.push_back({item, column < 3 ? 0 : column - 2,
                                static_cast<size_t>(kTable[item * 8 + column] - '1')});
    }
  }
  return judgements;
}

// A yes/no judge.
struct Judge {
  // Shares of the right items that they accept, and of the wrong ones that they reject.
  double accepts_right;
  double rejects_wrong;
};

// Each judges each item with probability `share`; 30 % of the items are right, and all judgements
// of an item are independent. Items that nobody judges are left out.
inline Judgements Simulate(const std::vector<Judge>& judges, int items, double share,
                           uint64_t seed) {
  Random random(seed);
  Judgements judgements;
  judgements.num_people = judges.size();
  for (int i = 0; i < items; ++i) {
    const bool right = random.Uniform() < 0.3;
    const size_t item = judgements.item_texts.size();
    for (size_t person = 0; person < judges.size(); ++person) {
      if (random.Uniform() >= share) continue;
      const bool correct =
          random.Uniform() < (right ? judges[person].accepts_right : judges[person].rejects_wrong);
      judgements.all.push_back({item, person, static_cast<size_t>(correct == right)});
    }
    if (!judgements.all.empty() && judgements.all.back().item == item)
      judgements.item_texts.push_back(item);
  }
  return judgements;
}

}  // namespace winnow::stats
