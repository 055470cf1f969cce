// Refusals. Message pattern: argument, expected, received.
//
// The core throws std::invalid_argument (a wrong value), std::out_of_range (no such model) and
// NumericalError (arithmetic that cannot go on). Whatever throws has changed nothing. Expected
// outcomes, such as a budget that is spent or a decision already settled, are values.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "pilotage/types.hpp"

namespace pilotage {

/// A posterior that can no longer be factored: its precision is not positive definite.
class NumericalError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `name must have shape (expected,), got (size,)`.
void require_size(std::string_view name, Index expected, Index size);

/// `name must have shape (rows, columns), got (1, 2)`.
void require_shape(std::string_view name, Index rows, Index columns, const ConstRowMatrixRef& matrix);

/// Every element finite, else `name must be finite, got nan at index 3`.
void require_finite(std::string_view name, const ConstVectorRef& values);

void require_finite(std::string_view name, double value);
void require_positive(std::string_view name, double value);       // finite and > 0
void require_nonnegative(std::string_view name, double value);    // finite and >= 0
void require_unit_interval(std::string_view name, double value);  // in [0, 1]
void require_discount(std::string_view name, double value);       // in (0, 1]
void require_at_least(std::string_view name, std::int64_t minimum, std::int64_t value);
void require_index(std::string_view name, Index size, Index index);  // std::out_of_range

}  // namespace pilotage
