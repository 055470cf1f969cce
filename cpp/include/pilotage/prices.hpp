// What a model charges.
#pragma once

namespace pilotage {

struct Prices {
  double input = 0.0;   // USD per token, >= 0
  double output = 0.0;  // USD per token, >= 0

  /// What so many tokens cost, US dollars.
  [[nodiscard]] double of(double input_tokens, double output_tokens) const {
    return input_tokens * input + output_tokens * output;
  }

  /// One figure for both: half of what a thousand tokens cost in and out, US dollars.
  [[nodiscard]] double listed() const { return 500.0 * (input + output); }
};

}  // namespace pilotage
