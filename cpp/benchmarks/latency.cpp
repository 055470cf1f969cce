// How long the core's calls take, driven from C++: `pilotage_latency CONTEXTS d K KERNELS [COMPARED]`, see
// `make latency`.
//
// CONTEXTS: float64, (n, d) row by row. Prints one JSON object, times in microseconds:
//
//   calls     decide, settle and feedback in turn, after 20,000 requests, under a paced budget
//   busy      decide, while another thread gives 10,000 rewards a second
//   choices   of COMPARED requests without a budget, how many differ from those by the widths in full, and
//             how many models a decision of the first 1,000, and of the second half, leaves open after the
//             widths in 16 bits
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "pilotage/bank.hpp"
#include "pilotage/kernels.hpp"
#include "pilotage/random.hpp"
#include "pilotage/router.hpp"
#include "pilotage/select.hpp"

using namespace pilotage;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::int64_t kTaught = 20'000;
constexpr std::int64_t kTimed = 20'000;
constexpr std::int64_t kCold = 1'000;
constexpr std::int64_t kCompared = 125'000;  // unless it is said
constexpr std::chrono::microseconds kBetweenRewards{100};
constexpr double kAlpha = 1.5;
constexpr CostSettings kCost{.lengths = {.components = 16, .shared_components = 64}};  // a Router's defaults

double microseconds(Clock::duration time) { return std::chrono::duration<double, std::micro>(time).count(); }

Matrix read_contexts(const char* path, Index d) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto bytes = static_cast<std::streamoff>(file.tellg());
  const Index n = static_cast<Index>(bytes) / (d * static_cast<Index>(sizeof(double)));
  Matrix contexts(d, n);
  file.seekg(0);
  file.read(reinterpret_cast<char*>(contexts.data()), n * d * static_cast<Index>(sizeof(double)));
  if (!file || n == 0) {
    std::fprintf(stderr, "cannot read contexts of %ld dimensions from %s\n", static_cast<long>(d), path);
    std::exit(1);
  }
  return contexts;
}

std::vector<ModelSettings> pool(Index d, Index models) {
  std::vector<ModelSettings> listed;
  double price = 1e-6;
  for (Index k = 0; k < models; ++k, price *= 1.5) {
    listed.push_back(
        {.prices = {price, 4.0 * price}, .expected_output_tokens = 100.0, .prior = {Vector::Zero(d), 2.5}});
  }
  return listed;
}

/// Dearer models are a little better, each on prompts of its own kind.
double reward_of(const ConstVectorRef& x, Index model, Random& random) {
  const double chance = 0.3 + 0.03 * static_cast<double>(model) + 0.3 * x[(model * 7) % x.size()];
  return random.uniform() < chance ? 1.0 : 0.0;
}

struct Times {
  std::vector<double> each;
  void print(const char* name) {
    double sum = 0.0;
    for (const double time : each) {
      sum += time;
    }
    std::ranges::sort(each);
    const auto at = [&](double share) {
      return each[static_cast<std::size_t>(share * static_cast<double>(each.size() - 1))];
    };
    std::printf("\"%s\": {\"mean\": %.3f, \"median\": %.3f, \"p99\": %.3f, \"p99.9\": %.3f}", name,
                sum / static_cast<double>(each.size()), at(0.5), at(0.99), at(0.999));
  }
};

void time_calls(Router& router, const Matrix& contexts) {
  Random random(1);
  std::vector<std::uint8_t> eligible(static_cast<std::size_t>(router.size()));
  Times decide;
  Times settle;
  Times feedback;
  Times cycle;
  for (std::int64_t i = 0; i < kTaught + kTimed; ++i) {
    const auto x = contexts.col(i % contexts.cols());
    const auto start = Clock::now();
    const Decision decision = router.decide(x, 100.0, 500.0, true, eligible);
    const auto decided = Clock::now();
    const double reward = reward_of(x, decision.model, random);
    const double output_tokens = 50.0 + 100.0 * random.uniform();
    const auto answered = Clock::now();
    router.settle(decision.id, 100.0, output_tokens);
    const auto settled = Clock::now();
    router.feedback(decision.id, reward);
    const auto learned = Clock::now();
    if (i >= kTaught) {
      decide.each.push_back(microseconds(decided - start));
      settle.each.push_back(microseconds(settled - answered));
      feedback.each.push_back(microseconds(learned - settled));
      cycle.each.push_back(microseconds(decided - start + (learned - answered)));
    }
  }
  std::printf("\"calls\": {");
  decide.print("decide");
  std::printf(", ");
  settle.print("settle");
  std::printf(", ");
  feedback.print("feedback");
  std::printf(", ");
  cycle.print("cycle");
  std::printf("}");
}

void time_busy(Router& router, const Matrix& contexts) {
  std::vector<std::uint8_t> eligible(static_cast<std::size_t>(router.size()));
  std::atomic<DecisionId> latest = router.decide(contexts.col(0), 100.0, 500.0, true, eligible).id;
  std::atomic<bool> done = false;
  std::atomic<std::int64_t> given = 0;
  std::thread rewards([&] {
    Random random(2);
    DecisionId rewarded = -1;
    for (auto next = Clock::now(); !done; next += kBetweenRewards) {
      while (!done && (Clock::now() < next || latest == rewarded)) {
      }
      rewarded = latest;
      given += router.feedback(rewarded, random.uniform()) == Status::kApplied ? 1 : 0;
    }
  });
  Times decide;
  const auto from = Clock::now();
  while (Clock::now() - from < std::chrono::seconds(2)) {
    const auto x = contexts.col(static_cast<Index>(decide.each.size()) % contexts.cols());
    const auto start = Clock::now();
    const DecisionId id = router.decide(x, 100.0, 500.0, true, eligible).id;
    decide.each.push_back(microseconds(Clock::now() - start));
    router.settle(id, 100.0, 100.0);
    latest = id;
  }
  const double seconds = microseconds(Clock::now() - from) / 1e6;
  done = true;
  rewards.join();
  std::printf("\"busy\": {");
  decide.print("decide");
  std::printf(", \"rewards_a_second\": %.0f}", static_cast<double>(given) / seconds);
}

/// How many models may be the best, by widths that are known to within an error; none where it is one.
Index left_open(const Vector& value, const Vector& error) {
  const double surely = (value - error).maxCoeff();
  const Index open =
      (value + error).unaryExpr([&](double most) { return most >= surely ? 1.0 : 0.0; }).count();
  return open > 1 ? open : 0;
}

void compare_choices(const Matrix& contexts, Index models, std::int64_t compared) {
  const Index d = contexts.rows();
  const std::vector<ModelSettings> listed = pool(d, models);
  Router router({.dim = d, .alpha = kAlpha, .cost = kCost}, listed, BudgetSettings{});
  Bank bank(d);  // what the router has inside, and does not show
  for (const ModelSettings& model : listed) {
    bank.add(model.prior);
  }
  Random random(3);
  std::vector<std::uint8_t> eligible(static_cast<std::size_t>(models));
  Vector mean(models);
  Vector width(models);
  Vector usd(models);
  Vector rough(models);
  Vector error(models);
  std::int64_t different = 0;
  std::int64_t open = 0;
  std::int64_t open_cold = 0;
  for (std::int64_t i = 0; i < compared; ++i) {
    const auto x = contexts.col(i % contexts.cols());
    router.estimate(x, 100.0, mean, width, usd);
    const Decision decision = router.decide(x, 100.0, 500.0, true, eligible);
    different += select(mean + kAlpha * width, usd, eligible) == decision.model ? 0 : 1;
    if (i < kCold || i >= compared / 2) {
      bank.rough_widths(x, rough, error);
      (i < kCold ? open_cold : open) += left_open(mean + kAlpha * rough, kAlpha * error);
    }
    const double reward = reward_of(x, decision.model, random);
    router.feedback(decision.id, reward);
    bank.update(decision.model, x, reward);
  }
  std::printf("\"choices\": {\"compared\": %ld, \"different\": %ld, \"open_cold\": %.4f, \"open\": %.4f}",
              static_cast<long>(compared), static_cast<long>(different),
              static_cast<double>(open_cold) / static_cast<double>(std::min(kCold, compared)),
              static_cast<double>(open) / static_cast<double>(compared - compared / 2));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5 && count != 6) {
    std::fprintf(stderr, "usage: pilotage_latency CONTEXTS d K KERNELS [COMPARED]\n");
    return 2;
  }
  choose_kernels(arguments[4]);
  const Index d = std::atol(arguments[2]);
  const Index models = std::atol(arguments[3]);
  const Matrix contexts = read_contexts(arguments[1], d);
  // What the middle model costs for 100 tokens, a request.
  const double usd = 5e-4 * std::pow(1.5, static_cast<double>(models / 2));
  constexpr std::int64_t kRequests = 10'000'000;
  Router router({.dim = d, .alpha = kAlpha, .cost = kCost}, pool(d, models),
                DualSettings{.budget = kRequests * to_nanodollars("usd", usd), .requests = kRequests});
  std::printf("{\"d\": %ld, \"K\": %ld, \"isa\": \"%s\", ", static_cast<long>(d), static_cast<long>(models),
              std::string(kernels().isa).c_str());
  time_calls(router, contexts);
  std::printf(", ");
  time_busy(router, contexts);
  std::printf(", ");
  compare_choices(contexts, models, count == 6 ? std::atoll(arguments[5]) : kCompared);
  std::printf("}\n");
  return 0;
}
