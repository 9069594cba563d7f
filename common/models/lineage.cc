#include "common/models/lineage.h"

#include "common/base/status.h"
#include "common/models/bounded_json.h"
#include "common/models/manifest.h"

namespace winnow::models {

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
  WINNOW_ASSIGN_OR_RETURN(const Json root, ParseJson(kLineageFile, json));
  try {
    Lineage lineage;
    root.at("job_id").get_to(lineage.job_id);
    root.at("database_id").get_to(lineage.database_id);
    WINNOW_ASSIGN_OR_RETURN(lineage.revision, ReadInteger<uint64_t>(root, "revision"));
    root.at("datasets").get_to(lineage.datasets);
    root.at("labels").get_to(lineage.labels);
    root.at("input_digest").get_to(lineage.input_digest);
    root.at("parent").get_to(lineage.parent);
    root.at("parent_digest").get_to(lineage.parent_digest);
    root.at("gate_sample").get_to(lineage.gate_sample);
    lineage.spec_json = root.at("spec").dump();
    return lineage;
  } catch (const nlohmann::json::exception& error) {
    return CorruptFile(kLineageFile, error.what());
  }
}

}  // namespace winnow::models
