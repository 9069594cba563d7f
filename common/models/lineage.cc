#include "common/models/lineage.h"

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace winnow::models {

using Json = nlohmann::ordered_json;

std::string Lineage::ToJson() const {
  Json root = {{"job_id", job_id},          {"database_id", database_id},
               {"revision", revision},      {"datasets", datasets},
               {"labels", labels},          {"input_digest", input_digest},
               {"parent", parent},          {"parent_digest", parent_digest},
               {"gate_sample", gate_sample}};
  root["spec"] = Json::parse(spec_json, nullptr, /*allow_exceptions=*/false);
  return root.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<Lineage> Lineage::Parse(absl::string_view json) {
  try {
    const Json root = Json::parse(json.begin(), json.end());
    Lineage lineage;
    root.at("job_id").get_to(lineage.job_id);
    root.at("database_id").get_to(lineage.database_id);
    root.at("revision").get_to(lineage.revision);
    root.at("datasets").get_to(lineage.datasets);
    root.at("labels").get_to(lineage.labels);
    root.at("input_digest").get_to(lineage.input_digest);
    root.at("parent").get_to(lineage.parent);
    root.at("parent_digest").get_to(lineage.parent_digest);
    root.at("gate_sample").get_to(lineage.gate_sample);
    lineage.spec_json = root.at("spec").dump();
    return lineage;
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("lineage.json: ", error.what()));
  }
}

}  // namespace winnow::models
