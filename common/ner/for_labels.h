// Code for a number of labels that the compiler knows.
#pragma once

#include <type_traits>

#include "Eigen/Core"

namespace winnow::ner {

// Calls of(integral_constant K) for up to 8 labels, which makes straight SIMD code of loops over
// them, and of(integral_constant Eigen::Dynamic) for more.
template <typename Of>
auto ForLabels(int num_labels, const Of& of) {
  switch (num_labels) {
    case 1:
      return of(std::integral_constant<int, 1>());
    case 2:
      return of(std::integral_constant<int, 2>());
    case 3:
      return of(std::integral_constant<int, 3>());
    case 4:
      return of(std::integral_constant<int, 4>());
    case 5:
      return of(std::integral_constant<int, 5>());
    case 6:
      return of(std::integral_constant<int, 6>());
    case 7:
      return of(std::integral_constant<int, 7>());
    case 8:
      return of(std::integral_constant<int, 8>());
    default:
      return of(std::integral_constant<int, Eigen::Dynamic>());
  }
}

}  // namespace winnow::ner
