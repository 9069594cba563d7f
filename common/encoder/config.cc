#include "common/encoder/config.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/encoder/json_file.h"

namespace winnow::encoder {
namespace {

constexpr size_t kMaxConfigBytes = size_t{1} << 20;
constexpr size_t kMaxVocabulary = 1'000'000;
constexpr size_t kMaxHidden = 2'048;
constexpr size_t kMaxIntermediate = 8'192;
constexpr size_t kMaxLayers = 48;
constexpr size_t kMaxPositions = 16'384;

// Keys whose names differ between the families.
struct Keys {
  const char* hidden = "hidden_size";
  const char* layers = "num_hidden_layers";
  const char* heads = "num_attention_heads";
  const char* intermediate = "intermediate_size";
  const char* activation = "hidden_act";
};
constexpr Keys kDistilBertKeys = {"dim", "n_layers", "n_heads", "hidden_dim", "activation"};

absl::Status Bad(absl::string_view what) { return absl::InvalidArgumentError(what); }

absl::Status CheckComputable(const Json& root, const Keys& keys) {
  const std::string activation = ReadString(root, keys.activation, "gelu");
  if (activation != "gelu")
    return Bad(absl::StrCat(keys.activation, " \"", activation, "\" is not \"gelu\""));
  const std::string positions = ReadString(root, "position_embedding_type", "absolute");
  if (positions != "absolute")
    return Bad(absl::StrCat("position_embedding_type \"", positions, "\" is not \"absolute\""));
  if (ReadBool(root, "is_decoder", false)) return Bad("is of a decoder; an encoder is needed");
  return absl::OkStatus();
}

absl::Status CheckShapes(const EncoderConfig& config) {
  if (config.hidden % config.heads != 0 || config.head_size() % 16 != 0) {
    return Bad(absl::StrCat(config.hidden, " values cannot be divided into ", config.heads,
                            " heads of a multiple of 16"));
  }
  if (config.hidden % 32 != 0 || config.intermediate % 32 != 0)
    return Bad("the sizes of the layers must be multiples of 32");
  if (config.positions < config.first_position + 8) return Bad("has room for fewer than 8 pieces");
  return absl::OkStatus();
}

absl::StatusOr<EncoderConfig> ReadSizes(const Json& root) {
  const std::string family = ReadString(root, "model_type");
  const bool distil = family == "distilbert";
  const bool roberta = family == "roberta" || family == "xlm-roberta" || family == "camembert";
  if (family != "bert" && !distil && !roberta) {
    return Bad(absl::StrCat("model_type \"", family,
                            "\" is not one of bert, distilbert, roberta, camembert, xlm-roberta"));
  }
  const Keys keys = distil ? kDistilBertKeys : Keys();
  WINNOW_RETURN_IF_ERROR(CheckComputable(root, keys));

  EncoderConfig config{.naming = distil ? Naming::kDistilBert : Naming::kBert};
  WINNOW_ASSIGN_OR_RETURN(config.vocabulary, ReadSize(root, "vocab_size", 1, kMaxVocabulary));
  WINNOW_ASSIGN_OR_RETURN(config.hidden, ReadSize(root, keys.hidden, 32, kMaxHidden));
  WINNOW_ASSIGN_OR_RETURN(config.layers, ReadSize(root, keys.layers, 1, kMaxLayers));
  WINNOW_ASSIGN_OR_RETURN(config.heads, ReadSize(root, keys.heads, 1, config.hidden));
  WINNOW_ASSIGN_OR_RETURN(config.intermediate,
                          ReadSize(root, keys.intermediate, 32, kMaxIntermediate));
  WINNOW_ASSIGN_OR_RETURN(config.positions,
                          ReadSize(root, "max_position_embeddings", 1, kMaxPositions));
  if (!distil) {
    WINNOW_ASSIGN_OR_RETURN(config.types, ReadSize(root, "type_vocab_size", 1, 16));
  }
  if (roberta) {
    WINNOW_ASSIGN_OR_RETURN(config.first_position, ReadSize(root, "pad_token_id", 0, 1'000));
    ++config.first_position;
  }
  const Json& epsilon = Member(root, "layer_norm_eps");
  config.layer_norm_epsilon = epsilon.is_number() ? epsilon.get<float>() : 1e-12f;
  if (!(config.layer_norm_epsilon >= 0 && config.layer_norm_epsilon <= 1e-2f))
    return Bad("layer_norm_eps is not between 0 and 0.01");
  WINNOW_RETURN_IF_ERROR(CheckShapes(config));
  return config;
}

}  // namespace

absl::StatusOr<EncoderConfig> ReadConfig(absl::string_view json, absl::string_view name) {
  WINNOW_ASSIGN_OR_RETURN(const Json root, ParseJson(name, json, kMaxConfigBytes));
  absl::StatusOr<EncoderConfig> config = ReadSizes(root);
  return config.ok() ? config : BadFile(name, config.status().message());
}

}  // namespace winnow::encoder
