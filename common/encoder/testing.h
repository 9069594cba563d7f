// Small encoders for tests, with weights from a seed.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"

namespace winnow::encoder {

struct TestTensor {
  std::vector<size_t> shape;
  std::vector<float> values;
};
using TestTensors = std::map<std::string, TestTensor>;

// A header as it stands in a file, its size in front.
inline std::string WithHeaderSize(const std::string& header) {
  const uint64_t size = header.size();
  std::string bytes(sizeof size, '\0');
  std::memcpy(bytes.data(), &size, sizeof size);
  return bytes + header;
}

// A file of F32.
inline std::string MakeSafeTensors(const TestTensors& tensors) {
  nlohmann::json header = {{"__metadata__", {{"format", "pt"}}}};
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const size_t begin = data.size();
    data.append(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size() * 4);
    header[name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  return WithHeaderSize(header.dump()) + data;
}

// Two layers of 32 values, two heads.
inline nlohmann::json TinyConfig(size_t vocabulary) {
  return {{"model_type", "bert"},          {"vocab_size", vocabulary}, {"hidden_size", 32},
          {"num_hidden_layers", 2},        {"num_attention_heads", 2}, {"intermediate_size", 64},
          {"max_position_embeddings", 24}, {"type_vocab_size", 2},     {"layer_norm_eps", 1e-12}};
}

class TinyWeights {
 public:
  explicit TinyWeights(uint64_t seed) : random_(seed) {}

  // The tensors of TinyConfig, named after BERT behind `prefix`.
  TestTensors Make(size_t vocabulary, const std::string& prefix = "") {
    Add(prefix + "embeddings.word_embeddings.weight", {vocabulary, 32});
    Add(prefix + "embeddings.position_embeddings.weight", {24, 32});
    Add(prefix + "embeddings.token_type_embeddings.weight", {2, 32});
    AddNorm(prefix + "embeddings.LayerNorm");
    for (int i = 0; i < 2; ++i) {
      const std::string layer = absl::StrCat(prefix, "encoder.layer.", i, ".");
      AddLinear(layer + "attention.self.query", 32, 32);
      AddLinear(layer + "attention.self.key", 32, 32);
      AddLinear(layer + "attention.self.value", 32, 32);
      AddLinear(layer + "attention.output.dense", 32, 32);
      AddNorm(layer + "attention.output.LayerNorm");
      AddLinear(layer + "intermediate.dense", 64, 32);
      AddLinear(layer + "output.dense", 32, 64);
      AddNorm(layer + "output.LayerNorm");
    }
    return std::move(tensors_);
  }

 private:
  void Add(const std::string& name, std::vector<size_t> shape, float mean = 0) {
    size_t size = 1;
    for (const size_t n : shape) size *= n;
    TestTensor tensor{std::move(shape), std::vector<float>(size)};
    for (float& value : tensor.values)
      value = mean + static_cast<float>(random_.Uniform() - 0.5) * 0.6f;
    tensors_[name] = std::move(tensor);
  }
  void AddLinear(const std::string& name, size_t out, size_t in) {
    Add(name + ".weight", {out, in});
    Add(name + ".bias", {out});
  }
  void AddNorm(const std::string& name) {
    Add(name + ".weight", {32}, 1);
    Add(name + ".bias", {32});
  }

  Random random_;
  TestTensors tensors_;
};

}  // namespace winnow::encoder
