// What the streams of teaching work with.
#pragma once

#include "common/corpus/corpus.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"

namespace winnow::teach {

class Learners;

// All must outlive whoever has it.
struct TeachEnvironment {
  corpus::Corpus* corpus = nullptr;
  models::ModelCache* models = nullptr;
  const models::ModelStore* store = nullptr;
  Learners* learners = nullptr;
};

}  // namespace winnow::teach
