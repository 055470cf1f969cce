// What benchmarks/instructions counts under callgrind: the calls of a router and of a text encoder, each
// behind a function whose name says what is counted and at which size. Requests, rewards and words are
// pseudo-random.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "pilotage/kernels.hpp"
#include "pilotage/random.hpp"
#include "pilotage/router.hpp"
#include "pilotage/text/encoder.hpp"

using namespace pilotage;

namespace {

constexpr std::int64_t kLearned = 300;  // requests before any is counted
constexpr std::int64_t kCounted = 200;  // the counts are divided by this in count.py

Vector unit_vector(Random& random, Index d) {
  Vector x(d);
  for (double& element : x) {
    element = random.uniform() - 0.5;
  }
  return x / x.norm();
}

Router make_router(Index d, Index models) {
  std::vector<ModelSettings> pool;
  double price = 1e-6;
  for (Index k = 0; k < models; ++k, price *= 1.5) {
    pool.push_back(
        {.prices = {price, 4.0 * price}, .expected_output_tokens = 100.0, .prior = {Vector::Zero(d), 1.0}});
  }
  constexpr NanoDollars kBudget = 1'000'000'000;
  // Costs are learned as `pilotage.Router` does by default.
  constexpr CostSettings kCost{.lengths = {.components = 16, .shared_components = 64}};
  return Router({.dim = d, .cost = kCost}, pool, DualSettings{.budget = kBudget, .requests = 10'000});
}

template <int D, int K>
[[gnu::noinline]] Decision count_decide(Router& router, const Vector& x, std::span<std::uint8_t> eligible) {
  return router.decide(x, 100.0, 500.0, true, eligible);
}

template <int D, int K>
[[gnu::noinline]] Status count_settle(Router& router, DecisionId id, double output_tokens) {
  return router.settle(id, 100.0, output_tokens);
}

template <int D, int K>
[[gnu::noinline]] Status count_feedback(Router& router, DecisionId id, double reward) {
  return router.feedback(id, reward);
}

/// How many calls were counted and applied.
template <int D, int K>
std::int64_t route() {
  Random random(1);
  Router router = make_router(D, K);
  std::array<std::uint8_t, K> eligible{};
  std::int64_t applied = 0;
  for (std::int64_t i = 0; i < kLearned + kCounted; ++i) {
    const Vector x = unit_vector(random, D);
    const double output_tokens = 50.0 + 100.0 * random.uniform();
    const double reward = random.uniform();
    if (i < kLearned) {
      const Decision decision = router.decide(x, 100.0, 500.0, true, eligible);
      router.settle(decision.id, 100.0, output_tokens);
      router.feedback(decision.id, reward);
    } else {
      const Decision decision = count_decide<D, K>(router, x, eligible);
      applied += count_settle<D, K>(router, decision.id, output_tokens) == Status::kApplied ? 1 : 0;
      applied += count_feedback<D, K>(router, decision.id, reward) == Status::kApplied ? 1 : 0;
    }
  }
  return applied;
}

std::u32string word(Random& random) {
  std::u32string letters;
  for (std::int64_t n = 1 + random.below(8); n > 0; --n) {
    letters += static_cast<char32_t>(U'a' + random.below(26));
  }
  return letters;
}

text::Encoder make_encoder(const std::vector<std::u32string>& words) {
  text::TokenizerSettings settings{
      .vocabulary = {"?"}, .unknown = "?", .special = {}, .max_characters = 3'072, .max_tokens = 512};
  for (const std::u32string& known : words) {
    settings.vocabulary.emplace_back(known.begin(), known.end());
    settings.vocabulary.push_back("##" + settings.vocabulary.back());
  }
  const text::Rows<std::int8_t> table =
      text::Rows<std::int8_t>::Ones(static_cast<Index>(settings.vocabulary.size()), 64);
  return {settings, table};
}

[[gnu::noinline]] void count_text(const text::Encoder& encoder, std::span<const char32_t> text,
                                  text::Encoder::Workspace& workspace, Vector& x) {
  encoder.context(text, 0.9, workspace, x);
}

/// Texts of 170 characters, three words in four of them known.
double embed() {
  Random random(2);
  std::vector<std::u32string> words;
  while (words.size() < 10'000) {
    words.push_back(word(random));
  }
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  const text::Encoder encoder = make_encoder(words);
  text::Encoder::Workspace workspace(encoder);
  Vector x(65);
  double sum = 0.0;
  for (std::int64_t i = 0; i < kCounted; ++i) {
    std::u32string text;
    while (text.size() < 170) {
      const auto known = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(words.size())));
      text += random.below(4) == 0 ? word(random) + word(random) : words[known];
      text += U' ';
    }
    text.resize(170);
    count_text(encoder, text, workspace, x);
    sum += x[0];
  }
  return sum;
}

}  // namespace

int main() {
  choose_kernels(runnable_kernels().front()->isa);  // that of every machine: counts are then the same on all
  const std::int64_t applied = route<64, 3>() + route<64, 11>() + route<384, 3>() + route<384, 11>();
  return applied == 8 * kCounted && embed() != 0.0 ? 0 : 1;
}
