// How many tokens each model will write, learned from settlements: those come for every call, rewards seldom,
// and prices change while lengths do not.
//
//   long(x)     = phi' [x_1 ... x_s, 1]                  what all models have in common: the prompt
//   tokens_k(x) = theta_k' [x_1 ... x_m, 1, long(x)]     what is model k's own
//
// Both are small Bayesian linear regressions on leading components of the context. A prompt that makes one
// model write at length makes the others do so, and a dear model is called too seldom to find out by itself.
// phi learns from every settled call its tokens over the mean of its model, and starts from long(x) = 1;
// theta_k learns the tokens of model k, and starts from so many times long(x) as are expected of it. With
// s = 0 a model learns from its own calls only. With m = 0, too, it is its mean output length, which is what
// PILOT charges (section 4.1). Predictions are clipped at the shortest output seen, so that nothing that has
// a price is ever free.
//
// Models come to answer at greater length, or less: at every settlement of model k what was observed of it
// before counts gamma times less, and its prior as much more (posterior.hpp). Its own settlements are the
// clock, so a model that is seldom called is not forgotten; all settlements are that of phi, which has more
// to learn from them and less to forget. With gamma = 0.998 the error is 1 % larger while nothing changes;
// 900 calls after answers became three times as long the prediction was 0.81 of them, and 0.59 without
// (recorded answers of two models). A fresh factor costs O(components^3), so the steps are made together, and
// what is observed in between counts up to 1.125 times.
#pragma once

#include <vector>

#include "pilotage/factorisation.hpp"
#include "pilotage/posterior.hpp"
#include "pilotage/types.hpp"

namespace pilotage {

struct LengthSettings {
  Index components = 0;         // m, 0 <= m <= d
  Index shared_components = 0;  // s, 0 <= s <= d; 0: nothing is shared
  double strength = 1.0;        // weight of the expected output length, in settled calls, > 0
  double forgetting = 0.998;    // gamma of theta_k in (0, 1]: what a settled call leaves of those before
  double shared_forgetting = 0.9995;  // gamma of phi in (0, 1]
};

class LengthModel {
 public:
  LengthModel(Index context_dim, const LengthSettings& settings);

  /// Appends a model. expected: its mean output length before any settlement, tokens, > 0.
  void add(double expected);

  /// Expected output tokens of one request on every model. O(s + K m), no allocation.
  void predict(const ConstVectorRef& x, VectorRef tokens_out) const;  // x (d,), out (K,)

  /// Learns from one settled call what model k wrote, >= 0, and returns in `predicted_out` what was expected
  /// of it before. False, and nothing is learned, where that is not finite or cannot be summed. O(s^2 + m^2).
  bool observe(Index k, const ConstVectorRef& x, double tokens, double& predicted_out);  // x (d,)

  [[nodiscard]] Index size() const { return static_cast<Index>(own_.size()); }

 private:
  /// A regression that forgets; its own updates are the clock.
  struct Fading {
    bool update(const ConstVectorRef& z, double y, double gamma, Factorisation& workspace);

    Posterior posterior;
    double weight = 1.0;  // gamma^-n, n updates after the last fresh factor
  };

  /// The mean length of a model's calls, fading like theta_k; the expected length counts `strength` calls.
  struct Level {
    double tokens;
    double calls;
  };

  void look(const ConstVectorRef& x) const;
  [[nodiscard]] double predicted(std::size_t k) const;

  LengthSettings settings_;
  std::vector<Fading> own_;     // theta_k, (K,)
  std::vector<Fading> shared_;  // phi: one, or none where nothing is shared
  std::vector<Level> levels_;
  std::vector<double> shortest_;  // output tokens, > 0
  Factorisation own_workspace_;
  Factorisation shared_workspace_;
  mutable Vector own_features_;     // [x_1 ... x_m, 1, long(x)], without the last where nothing is shared
  mutable Vector shared_features_;  // [x_1 ... x_s, 1], and zeros
};

}  // namespace pilotage
