// What several test files need: short vectors, bit-wise equality, seeded contexts, small routers.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "pilotage/posterior.hpp"
#include "pilotage/router.hpp"
#include "pilotage/types.hpp"

namespace pilotage::testing {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInf = std::numeric_limits<double>::infinity();

inline Vector vec(std::initializer_list<double> values) {
  Vector out(static_cast<Index>(values.size()));
  std::copy(values.begin(), values.end(), out.data());
  return out;
}

/// Equal to the last bit, signs of zeros and NaN payloads included.
template <class Dense>
bool same_bits(const Dense& a, const Dense& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         std::memcmp(a.data(), b.data(), sizeof(double) * static_cast<std::size_t>(a.size())) == 0;
}

inline bool same_bits(const Posterior& a, const Posterior& b) {
  return same_bits(a.precision(), b.precision()) && same_bits(a.covariance(), b.covariance()) &&
         same_bits(a.b(), b.b()) && same_bits(a.theta(), b.theta()) && a.updates() == b.updates();
}

/// Largest difference relative to the largest element of `truth`.
template <class Dense>
double relative_error(const Dense& value, const Dense& truth) {
  return (value - truth).cwiseAbs().maxCoeff() / truth.cwiseAbs().maxCoeff();
}

using Engine = std::mt19937_64;

inline double uniform(Engine& engine, double low = 0.0, double high = 1.0) {
  return low + (high - low) * (static_cast<double>(engine() >> 11U) * 0x1.0p-53);
}

inline std::int64_t below(Engine& engine, std::int64_t n) {
  return static_cast<std::int64_t>(engine() % static_cast<std::uint64_t>(n));
}

/// A direction uniform on the unit sphere.
inline Vector unit_vector(Engine& engine, Index d) {
  std::normal_distribution<double> normal;
  Vector x(d);
  for (Index i = 0; i < d; ++i) {
    x[i] = normal(engine);
  }
  return x.normalized();
}

/// The message of what `call` throws as Exception; empty when it throws nothing.
template <class Exception, class Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const Exception& error) {
    return error.what();
  }
  return {};
}

#define CHECK_REFUSED(call, text) \
  CHECK(message_of<std::invalid_argument>([&] { call; }).find(text) != std::string::npos)

/// A router together with room for its answers.
struct Caller {
  Router& router;
  std::vector<std::uint8_t> eligible = std::vector<std::uint8_t>(static_cast<std::size_t>(router.size()));

  Decision decide(const Vector& x, double input_tokens = 100.0, std::optional<double> max_tokens = {},
                  bool explore = true) {
    return router.decide(x, input_tokens, max_tokens, explore, eligible);
  }
};

/// One soft budget for everybody.
inline Budgets soft(const BudgetSettings& spending) { return {{.spending = spending, .soft = true}}; }

/// Models 0, 1, ... that get better and dearer, with priors of their own.
inline std::vector<ModelSettings> ladder(Index models, Index d) {
  std::vector<ModelSettings> out;
  for (Index k = 0; k < models; ++k) {
    const double rank = static_cast<double>(k + 1);
    Vector prior = Vector::Constant(d, 0.1 * rank / std::sqrt(static_cast<double>(d)));
    prior[k % d] += 0.05 * rank;
    out.push_back({{1e-7 * rank * rank, 3e-7 * rank * rank}, 100.0 + 10.0 * rank, {prior, 1.0}});
  }
  return out;
}

}  // namespace pilotage::testing
