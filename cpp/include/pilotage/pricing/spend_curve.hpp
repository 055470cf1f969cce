// What a request costs on average as a function of the dual price, over recent requests.
//
//   S(price) = mean of [ cost of the cheapest model + sum of the hull's steps with rate > price ]
//
// falls as the price rises; its inverse answers what a budget asks: at which price does a request cost so
// much? Requests fade by the factor 1 - 1 / memory each, so the curve follows the traffic and the router's
// own learning. Steps are kept as a histogram over log2(rate), 32 buckets an octave, within which money is
// taken to be spread evenly: a price is right to within a factor of 2^(1/32) = 1.022, and often far
// closer. The bucket of the last answer and the money above it are kept, so an answer takes as many steps
// as the price moved buckets. Adding is O(K) plus, once in some 28 memories, O(buckets).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pilotage/pricing/hull.hpp"

namespace pilotage {

class SpendCurve {
 public:
  /// memory: requests, >= 1.
  explicit SpendCurve(double memory);

  /// Counts one request: the cost of its cheapest model, US dollars, and the steps of its hull.
  void add(double cheapest_usd, std::span<const Step> steps);

  /// Mean cost of the cheapest model, US dollars. At least one request must have been added.
  [[nodiscard]] double cheapest() const { return cheapest_ / weights_; }

  /// Standard deviation of the cost of the cheapest model, US dollars.
  [[nodiscard]] double cheapest_deviation() const;

  /// As many requests of equal weight would tell as much of a mean.
  [[nodiscard]] double effective_requests() const { return weights_ * weights_ / squared_weights_; }

  /// The price at which a request costs `usd` on average, reward per US dollar: 0 when it costs no more
  /// even at price 0, infinite when it costs as much at any price. At least one request must have been added.
  [[nodiscard]] double price(double usd);

  /// The same where many requests are alike and the cost jumps: half a bucket below all that share the
  /// bucket of the answer, so that requests cost no less than `usd`.
  [[nodiscard]] double price_below(double usd);

  /// What a request earns more when it may cost `high` and not `low` on average: the integral of the price,
  /// infinite where `low` does not pay for the cheapest. low <= high.
  [[nodiscard]] double earned(double low, double high);

 private:
  void rescale();
  /// Leaves at_ in the bucket where so much money ends, > 0; false where all buckets hold less.
  bool seek(double wanted);

  double growth_;                 // weight of a request over that of the one before it
  double weight_ = 1.0;           // of the next request; rising weights stand for fading memory
  double weights_ = 0.0;          // sum over requests
  double squared_weights_ = 0.0;  // sum of their squares
  double cheapest_ = 0.0;         // weighted sum, US dollars
  double squares_ = 0.0;          // weighted sum, US dollars squared
  std::vector<double> money_;     // by bucket: weighted sum of the steps' dollars
  std::int64_t at_;               // bucket of the last answer
  double above_ = 0.0;            // money in the buckets above it
};

}  // namespace pilotage
