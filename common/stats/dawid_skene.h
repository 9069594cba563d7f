// Who is how often right, without knowing what is right (Dawid and Skene 1979). A pure function,
// safe to call from any thread.
//
// Item i has a true category t with probability prevalence_t; person j answers a with probability
// response_j[t][a], independently of everybody else and of what item it is. EM, from the shares of
// the answers as the first posteriors:
//   E: q_it ~ prevalence_t prod_j response_j[t][a_ij]
//   M: prevalence_t = mean_i q_it;  response_j[t][a] ~ sum_{i: a_ij = a} q_it + prior[t][a]
// Two categories are the binary form: response[1][1] is the share of the right spans that a person
// accepts, response[0][0] that of the wrong ones that they reject.
//
// The rates are identified by items of which the category is known, or by three or more people on
// shared items, and then only up to a permutation of the categories, from which people who are
// right more often than wrong save it. Items that are
// hard for everybody make people look better than they are. One person, or two, have no error rates
// here; beside a model's probabilities they have a "disagreement with the model", which tells a
// person's errors from the model's own only where its probabilities are known to be right.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "common/stats/judgements.h"

namespace winnow::stats {

struct DawidSkeneOptions {
  // Counts of answers that each person is taken to have given before, for each true category: so
  // many right ones, and so many wrong ones, shared by the other categories. The default is the
  // mode under Beta(19, 2), people who are right 19 times of 21; both 0 is maximum likelihood.
  double prior_right = 18;
  double prior_wrong = 1;
  // known[person][true category][answer]: how often each person gave each answer to further items,
  // of which the category is known; they count beside the prior. Empty: there are none.
  std::vector<std::vector<std::vector<double>>> known;
  // It ends when no q changes by more.
  double tolerance = 1e-6;
  // At least 1.
  int max_iterations = 1000;
};

struct DawidSkeneFit {
  // By category.
  std::vector<double> prevalence;
  // responses[person][true category][answer]; rows sum to 1, and are even where neither answers nor
  // a prior say anything of them.
  std::vector<std::vector<std::vector<double>>> responses;
  // posteriors[item][category]: q.
  std::vector<std::vector<double>> posteriors;
  int iterations = 0;
  // False when max_iterations came first.
  bool converged = false;
};

// A person may judge an item several times; without items the rates are those of what is known.
// InvalidArgument with everything that is wrong, such as an item without a judgement.
absl::StatusOr<DawidSkeneFit> FitDawidSkene(const Judgements& judgements,
                                            const DawidSkeneOptions& options = {});

}  // namespace winnow::stats
