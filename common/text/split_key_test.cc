#include "common/text/split_key.h"

#include "gtest/gtest.h"
