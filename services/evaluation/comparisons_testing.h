// A running server with two models of which one knows jobs, for the tests of comparisons.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/rpc/client.h"
#include "gtest/gtest.h"
#include "services/evaluation/evaluation_service_testing.h"

namespace winnow::evaluation {

// Texts with a job, on which good and blind differ.
inline std::vector<std::string> JobTexts(int count) {
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i)
    texts.push_back(absl::StrCat("Nurse wanted in Paris, number ", i));
  return texts;
}

class ComparisonsTest : public EvaluationTest {
 protected:
  using Stub = v1::EvaluationService::Stub;

  // A finds nothing, B finds the jobs.
  void SetUp() override {
    Publish("old", BlindModel(), {"Nurse wanted in Paris, number 0"});
    Publish("new", GoodModel(), {"Nurse wanted in Paris, number 1"});
  }

  static v1::ComparisonSpec Spec() {
    v1::ComparisonSpec spec;
    spec.set_name("ab");
    spec.set_model_a("old");
    spec.set_model_b("new");
    spec.set_source("ads");
    spec.set_dataset("judged");
    spec.add_labels("job_title");
    spec.set_seed(7);
    return spec;
  }
  // A UUID of its own for each name.
  static std::string Uuid(const std::string& name) { return Sha256Hex(name).substr(0, 32); }
  absl::StatusOr<v1::Comparison> Create(const v1::ComparisonSpec& spec,
                                        const std::string& request_id = "") {
    v1::CreateComparisonRequest request;
    request.set_request_id(request_id.empty() ? rpc::NewRequestId() : Uuid(request_id));
    *request.mutable_spec() = spec;
    return Call(&Stub::CreateComparison, request);
  }
  absl::StatusOr<v1::Comparison> Get(const std::string& name = "ab") {
    v1::GetComparisonRequest request;
    request.set_name(name);
    return Call(&Stub::GetComparison, request);
  }
  // The names of all, page by page.
  std::vector<std::string> List(uint32_t page_size = 0) {
    std::vector<std::string> names;
    v1::ListComparisonsRequest request;
    request.set_page_size(page_size);
    do {
      const auto page = Call(&Stub::ListComparisons, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const v1::Comparison& comparison : page->comparisons()) {
        EXPECT_FALSE(comparison.has_result());
        names.push_back(comparison.spec().name());
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  }
  absl::Status Delete(const std::string& name, const std::string& request_id) {
    v1::DeleteComparisonRequest request;
    request.set_request_id(Uuid(request_id));
    request.set_name(name);
    return Call(&Stub::DeleteComparison, request).status();
  }
  std::vector<std::string> AskedTexts() const {
    std::vector<std::string> texts;
    for (const annotation::v1::ComparisonTask& task : annotation_.tasks())
      texts.push_back(task.text());
    return texts;
  }
};

}  // namespace winnow::evaluation
