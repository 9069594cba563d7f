#include "common/encoder/weights.h"

#include "absl/strings/str_replace.h"
#include "common/encoder/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::encoder {
namespace {

using ::testing::HasSubstr;

std::string ConfigError(const nlohmann::json& json) {
  const absl::Status status = ReadConfig(json.dump(), "config.json").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << json;
  return std::string(status.message());
}

TEST(ConfigTest, ReadsEachFamily) {
  const auto bert = ReadConfig(TinyConfig(10).dump(), "config.json");
  ASSERT_TRUE(bert.ok()) << bert.status();
  EXPECT_EQ(bert->hidden, 32u);
  EXPECT_EQ(bert->head_size(), 16u);
  EXPECT_EQ(bert->max_pieces(), 24u);
  EXPECT_EQ(bert->types, 2u);

  nlohmann::json json = TinyConfig(10);
  json["model_type"] = "xlm-roberta";
  json["pad_token_id"] = 1;
  const auto roberta = ReadConfig(json.dump(), "config.json");
  ASSERT_TRUE(roberta.ok()) << roberta.status();
  EXPECT_EQ(roberta->first_position, 2u);
  EXPECT_EQ(roberta->max_pieces(), 22u);

  const auto distil = ReadConfig(
      R"({"model_type": "distilbert", "vocab_size": 9, "dim": 64, "n_layers": 3, "n_heads": 4,
          "hidden_dim": 96, "max_position_embeddings": 16, "activation": "gelu"})",
      "config.json");
  ASSERT_TRUE(distil.ok()) << distil.status();
  EXPECT_EQ(distil->naming, Naming::kDistilBert);
  EXPECT_EQ(distil->intermediate, 96u);
  EXPECT_EQ(distil->types, 0u);
}

TEST(ConfigTest, RefusesWhatItCannotCompute) {
  const auto with = [](const char* key, const nlohmann::json& value) {
    nlohmann::json json = TinyConfig(10);
    json[key] = value;
    return ConfigError(json);
  };
  EXPECT_THAT(with("model_type", "t5"), HasSubstr("config.json: model_type \"t5\" is not one of"));
  EXPECT_THAT(with("hidden_act", "relu"), HasSubstr("\"relu\""));
  EXPECT_THAT(with("position_embedding_type", "relative_key"), HasSubstr("relative_key"));
  EXPECT_THAT(with("is_decoder", true), HasSubstr("decoder"));
  EXPECT_THAT(with("hidden_size", 40), HasSubstr("heads"));
  EXPECT_THAT(with("hidden_size", 4'000'000'000u), HasSubstr("hidden_size is out of range"));
  EXPECT_THAT(with("hidden_size", -32), HasSubstr("out of range"));
  EXPECT_THAT(with("num_attention_heads", 0), HasSubstr("num_attention_heads"));
  EXPECT_THAT(with("vocab_size", nullptr), HasSubstr("vocab_size is missing"));
  EXPECT_THAT(with("layer_norm_eps", 1), HasSubstr("layer_norm_eps"));
  EXPECT_THAT(with("intermediate_size", 72), HasSubstr("multiples of 32"));
  EXPECT_THAT(with("max_position_embeddings", 3), HasSubstr("8 pieces"));
}

absl::StatusOr<EncoderWeights> Read(const TestTensors& tensors, const nlohmann::json& json,
                                    size_t num_layers) {
  const std::string bytes = MakeSafeTensors(tensors);
  const auto parsed = SafeTensors::Parse(bytes, "model.safetensors");
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  const auto config = ReadConfig(json.dump(), "config.json");
  EXPECT_TRUE(config.ok()) << config.status();
  return ReadWeights(*parsed, *config, num_layers);
}

TEST(WeightsTest, AreTheSameUnderEveryPrefixAndOldNames) {
  const auto plain = Read(TinyWeights(3).Make(10), TinyConfig(10), 1);
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->layers.size(), 1u);
  EXPECT_EQ(plain->config.layers, 1u);

  TestTensors prefixed;
  for (auto& [name, tensor] : TinyWeights(3).Make(10, "roberta.")) {
    prefixed[absl::StrReplaceAll(name, {{"LayerNorm.weight", "LayerNorm.gamma"},
                                        {"LayerNorm.bias", "LayerNorm.beta"}})] = tensor;
  }
  const auto same = Read(prefixed, TinyConfig(10), 2);
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_EQ(same->layers.size(), 2u);
  EXPECT_EQ(same->words, plain->words);
  EXPECT_EQ(same->layers[0].output.weights, plain->layers[0].output.weights);
  EXPECT_EQ(same->layers[0].attention_norm.shift, plain->layers[0].attention_norm.shift);
}

TEST(WeightsTest, PositionsBeginBehindThePaddingAndHaveTheTokenType) {
  TestTensors tensors = TinyWeights(3).Make(10);
  nlohmann::json json = TinyConfig(10);
  json["model_type"] = "roberta";
  json["pad_token_id"] = 1;
  const auto weights = Read(tensors, json, 0);
  ASSERT_TRUE(weights.ok()) << weights.status();
  ASSERT_EQ(weights->positions.rows(), 22);
  EXPECT_FLOAT_EQ(weights->positions(0, 5),
                  tensors["embeddings.position_embeddings.weight"].values[2 * 32 + 5] +
                      tensors["embeddings.token_type_embeddings.weight"].values[5]);
}

TEST(WeightsTest, DistilBertHasOtherNames) {
  TestTensors tensors;
  for (auto& [name, tensor] : TinyWeights(3).Make(10, "distilbert.")) {
    tensors[absl::StrReplaceAll(name, {{"encoder.layer", "transformer.layer"},
                                       {"attention.self.query", "attention.q_lin"},
                                       {"attention.self.key", "attention.k_lin"},
                                       {"attention.self.value", "attention.v_lin"},
                                       {"attention.output.dense", "attention.out_lin"},
                                       {"attention.output.LayerNorm", "sa_layer_norm"},
                                       {"intermediate.dense", "ffn.lin1"},
                                       {"output.dense", "ffn.lin2"},
                                       {"output.LayerNorm", "output_layer_norm"}})] = tensor;
  }
  const nlohmann::json json = {{"model_type", "distilbert"},
                               {"vocab_size", 10},
                               {"dim", 32},
                               {"n_layers", 2},
                               {"n_heads", 2},
                               {"hidden_dim", 64},
                               {"max_position_embeddings", 24}};
  const auto weights = Read(tensors, json, 2);
  ASSERT_TRUE(weights.ok()) << weights.status();
  EXPECT_EQ(weights->layers[1].intermediate.bias,
            Read(TinyWeights(3).Make(10), TinyConfig(10), 2)->layers[1].intermediate.bias);
}

TEST(WeightsTest, RefusesByTheNameOfTheTensor) {
  TestTensors tensors = TinyWeights(3).Make(10);
  tensors.erase("encoder.layer.1.output.dense.bias");
  EXPECT_TRUE(Read(tensors, TinyConfig(10), 1).ok());
  EXPECT_EQ(Read(tensors, TinyConfig(10), 2).status().message(),
            "model.safetensors: tensor encoder.layer.1.output.dense.bias is missing");
  EXPECT_THAT(
      Read(tensors, TinyConfig(1'000'000), 1).status().message(),
      HasSubstr("embeddings.word_embeddings.weight has the shape 10 x 32, not 1000000 x 32"));
}

}  // namespace
}  // namespace winnow::encoder
