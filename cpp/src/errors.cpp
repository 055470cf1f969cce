#include "pilotage/errors.hpp"

#include <cmath>
#include <sstream>
#include <string>

namespace pilotage {

namespace {

template <class Value>
[[noreturn]] void refuse(std::string_view name, std::string_view expected, const Value& received) {
  std::ostringstream message;
  message.precision(12);
  message << name << " must " << expected << ", got " << received;
  throw std::invalid_argument(message.str());
}

}  // namespace

void require_size(std::string_view name, Index expected, Index size) {
  if (size != expected) {
    refuse(name, "have shape (" + std::to_string(expected) + ",)", "(" + std::to_string(size) + ",)");
  }
}

void require_shape(std::string_view name, Index rows, Index columns, const ConstRowMatrixRef& matrix) {
  if (matrix.rows() != rows || matrix.cols() != columns) {
    std::ostringstream expected;
    std::ostringstream received;
    expected << "have shape (" << rows << ", " << columns << ")";
    received << "(" << matrix.rows() << ", " << matrix.cols() << ")";
    refuse(name, expected.str(), received.str());
  }
}

void require_finite(std::string_view name, const ConstVectorRef& values) {
  // A sum is finite unless a term is not (or the terms are astronomically large): one pass, no branches.
  if (std::isfinite(values.sum())) {
    return;
  }
  for (Index i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      std::ostringstream received;
      received << values[i] << " at index " << i;
      refuse(name, "be finite", received.str());
    }
  }
}

void require_finite(std::string_view name, double value) {
  if (!std::isfinite(value)) {
    refuse(name, "be finite", value);
  }
}

void require_positive(std::string_view name, double value) {
  if (!(std::isfinite(value) && value > 0.0)) {
    refuse(name, "be finite and > 0", value);
  }
}

void require_nonnegative(std::string_view name, double value) {
  if (!(std::isfinite(value) && value >= 0.0)) {
    refuse(name, "be finite and >= 0", value);
  }
}

void require_unit_interval(std::string_view name, double value) {
  if (!(value >= 0.0 && value <= 1.0)) {
    refuse(name, "be in [0, 1]", value);
  }
}

void require_discount(std::string_view name, double value) {
  if (!(value > 0.0 && value <= 1.0)) {
    refuse(name, "be in (0, 1]", value);
  }
}

void require_at_least(std::string_view name, std::int64_t minimum, std::int64_t value) {
  if (value < minimum) {
    refuse(name, "be >= " + std::to_string(minimum), value);
  }
}

void require_index(std::string_view name, Index size, Index index) {
  if (index < 0 || index >= size) {
    throw std::out_of_range(std::string(name) + " must be in [0, " + std::to_string(size) + "), got " +
                            std::to_string(index));
  }
}

}  // namespace pilotage
