// Times for people.
#pragma once

#include <string>

#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace winnow::cli {

double SecondsOf(const google::protobuf::Duration& duration);

// "2024-05-01 13:07:59", in local time.
std::string TimeText(const google::protobuf::Timestamp& time);

// Rounded to what matters: "40 s", "25 min", "3 h 20 min".
std::string DurationText(const google::protobuf::Duration& duration);

}  // namespace winnow::cli
