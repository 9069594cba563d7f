// Annotated advertisements and small models of them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/measure/testing.h"
#include "common/ner/model.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::evaluation {

using measure::Annotated;

inline storage::v1::Span MakeSpan(uint32_t start, uint32_t end,
                                  absl::string_view label = "job_title") {
  return measure::MakeSpan(start, end, label);
}

// "Nurse wanted in Paris" with the word of the job marked.
inline Annotated Ad(const std::string& job, const std::string& rest) {
  return {absl::StrCat(job, " ", rest), {MakeSpan(0, static_cast<uint32_t>(job.size()))}};
}

inline const std::vector<Annotated>& TrainingAds() {
  static const std::vector<Annotated> ads = {
      Ad("Nurse", "wanted in Paris"),
      Ad("Driver", "wanted in London"),
      Ad("Cook", "needed in Berlin"),
      Ad("Teacher", "needed in Rome"),
      Ad("Engineer", "for our team"),
      Ad("Painter", "for a new house"),
      Ad("Plumber", "wanted, full time"),
      Ad("Baker", "wanted, part time"),
      {"Apply today", {}},
      {"We are a friendly team", {}},
      {"Work in London or Paris", {}},
      Ad("Waiter", "needed in Madrid"),
  };
  return ads;
}

// Finds the jobs of TrainingAds.
inline std::shared_ptr<const ner::Model> GoodModel() {
  static const auto model = measure::TrainOn(TrainingAds(), {"job_title"});
  return model;
}

// Finds nothing.
inline std::shared_ptr<const ner::Model> BlindModel() {
  static const auto model = [] {
    std::vector<Annotated> ads = TrainingAds();
    for (Annotated& ad : ads) ad.spans.clear();
    return measure::TrainOn(ads, {"job_title"});
  }();
  return model;
}

}  // namespace winnow::evaluation
