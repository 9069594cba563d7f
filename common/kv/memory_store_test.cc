#include "common/kv/memory_store.h"

#include "common/kv/store_contract.h"
#include "gtest/gtest.h"

namespace winnow::kv {
namespace {

class MemoryFactory {
 public:
  Store& store() { return store_; }

 private:
  MemoryStore store_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, StoreContract, MemoryFactory);

}  // namespace
}  // namespace winnow::kv
