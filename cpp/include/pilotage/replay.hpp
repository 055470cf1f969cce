// Recorded requests played through a router, one after the other, as a service would meet them: decide,
// settle what the model that was called did cost, tell its reward. Nobody is told of the other models.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "pilotage/router.hpp"
#include "pilotage/types.hpp"

namespace pilotage {

/// N requests, and what each of K models would have answered them for.
struct Recorded {
  ConstRowMatrixRef contexts;   // (N, d)
  ConstVectorRef input_tokens;  // (N,)
  ConstRowMatrixRef costs;      // (N, K) US dollars
  ConstRowMatrixRef rewards;    // (N, K) in [0, 1]; (0, 0): none are told
};

/// What became of them, (N,) each.
struct Played {
  std::span<std::int64_t> choice;     // the model called, -1 for none
  std::span<double> expected_cost;    // US dollars, 0 for none
  std::span<double> expected_reward;  // 0 for none
};

struct ReplaySettings {
  bool explore = true;     // of each decision
  bool estimated = false;  // input_tokens are of the prompts alone, see InputEstimates
  std::string_view tenant = {};

  /// Called before every request. It may throw: those before it stay played.
  std::function<void()> poll = [] {};
};

/// Others may call the router meanwhile, but not add or enable models; `capacity` must hold the decisions
/// that they make between one of these and its reward. Throws, before anything is decided,
/// std::invalid_argument when shapes differ, and for a context, tokens, a cost or a reward outside what
/// `Router` takes; on the way what the router's calls throw.
void replay(Router& router, const Recorded& recorded, const Played& played_out,
            const ReplaySettings& settings = {});

}  // namespace pilotage
