#include "common/base/metrics_page.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace winnow::metrics {
namespace {

const char* TypeName(Type type) {
  switch (type) {
    case Type::kCounter:
      return "counter";
    case Type::kGauge:
      return "gauge";
    case Type::kHistogram:
      return "histogram";
  }
  return "untyped";
}

// Enough digits for every double to be read back.
std::string Number(double value) { return absl::StrFormat("%.17g", value); }

// {a="1",b="2"}, with `more` at its end.
std::string LabelsText(const Labels& labels, const std::string& more = "") {
  std::string text;
  for (const auto& [name, value] : labels) {
    absl::StrAppend(&text, text.empty() ? "" : ",", name, "=\"",
                    absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}}),
                    "\"");
  }
  if (!more.empty()) absl::StrAppend(&text, text.empty() ? "" : ",", more);
  return text.empty() ? "" : absl::StrCat("{", text, "}");
}

void AppendHistogram(const Family& family, const Sample& sample, std::string& page) {
  uint64_t up_to_here = 0;
  for (size_t i = 0; i < sample.counts.size(); ++i) {
    up_to_here += sample.counts[i];
    // Short, since they name a series: 0.00025, not all digits of it.
    const std::string bound =
        i < family.bounds.size() ? absl::StrCat(family.bounds[i]) : std::string("+Inf");
    absl::StrAppend(&page, family.name, "_bucket",
                    LabelsText(sample.labels, absl::StrCat("le=\"", bound, "\"")), " ", up_to_here,
                    "\n");
  }
  const std::string labels = LabelsText(sample.labels);
  absl::StrAppend(&page, family.name, "_sum", labels, " ", Number(sample.sum), "\n");
  absl::StrAppend(&page, family.name, "_count", labels, " ", up_to_here, "\n");
}

}  // namespace

std::string MetricsPage(const std::vector<Family>& families) {
  std::string page;
  for (const Family& family : families) {
    absl::StrAppend(&page, "# HELP ", family.name, " ",
                    absl::StrReplaceAll(family.help, {{"\\", "\\\\"}, {"\n", "\\n"}}), "\n# TYPE ",
                    family.name, " ", TypeName(family.type), "\n");
    for (const Sample& sample : family.samples) {
      if (family.type == Type::kHistogram) {
        AppendHistogram(family, sample, page);
      } else {
        absl::StrAppend(&page, family.name, LabelsText(sample.labels), " ", Number(sample.value),
                        "\n");
      }
    }
  }
  return page;
}

}  // namespace winnow::metrics
