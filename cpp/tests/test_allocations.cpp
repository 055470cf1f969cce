// A decision, its settlement and its reward allocate nothing. Refactorisations do; they are kept out here.
//
// Eigen allocates by malloc, everything else by operator new: both are watched.
#include <atomic>
#include <cstdlib>
#include <new>

#include "pilotage/text/encoder.hpp"
#include "support.hpp"

namespace {
std::atomic<std::int64_t> allocations = 0;

void* counted(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) {
    return memory;
  }
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
// std::stable_sort asks for its buffer in this way; left out, a sanitizer's own would meet our delete.
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

using namespace pilotage;
using namespace pilotage::testing;

namespace {

/// What `work` allocates through operator new; it aborts where Eigen allocates.
template <class Work>
std::int64_t allocated_by(const Work& work) {
  const std::int64_t before = allocations;
  Eigen::internal::set_is_malloc_allowed(false);
  work();
  Eigen::internal::set_is_malloc_allowed(true);
  return allocations - before;
}

/// What forty requests allocate, with everything that may become of them.
std::int64_t allocated_by_calls_of(Router& router) {
  Caller caller{router};
  Engine engine(1);
  const Vector x = unit_vector(engine, router.dim());
  Vector reward(router.size());
  Vector width(router.size());
  Vector usd(router.size());
  (void)router.release(router.decide(x, 100.0, {}, false, caller.eligible, "acme").id);  // at first sight
  return allocated_by([&] {
    for (int i = 0; i < 40; ++i) {
      const bool capped = i % 2 == 0;
      const Decision decision =
          router.decide(x, 100.0, capped ? std::optional(500.0) : std::nullopt, i % 3 != 0, caller.eligible,
                        i % 4 == 0 ? "acme" : "", i % 11 < 6);
      if (i % 5 == 0) {
        (void)(capped ? router.release(decision.id) : router.expire(decision.id));
      } else if (i % 7 != 0) {  // the others expire
        (void)(capped ? router.settle(decision.id, 1e-4) : router.settle(decision.id, 90.0, 80.0));
        (void)router.feedback(decision.id, 0.5);
      }
      (void)router.budget();
      router.estimate(x, 100.0, reward, width, usd, capped);
    }
  });
}

}  // namespace

TEST_CASE("allocations: the counter counts") {
  CHECK(allocated_by([] { delete new int(1); }) >= 0);
  CHECK(allocated_by([] { const std::vector<double> memory(1'000); }) == 1);
}

TEST_CASE("allocations: none in decide, settle, release, expire, feedback, budget and estimate") {
  constexpr NanoDollars kDollar = 1'000'000'000;
  const DualSettings dual{.budget = kDollar, .requests = 100};
  const DualSettings choosy{.budget = kDollar, .requests = 100, .unserved = 0.0};
  const ZclSettings zcl{.budget = kDollar, .requests = 100, .bin_size = 10};
  const std::vector<Budgets> all{{},       {{CapSettings{kDollar}}},
                                 {{dual}}, {{choosy}},
                                 {{zcl}},  {{dual}, {.spending = zcl, .soft = true, .tenant = "*"}}};
  for (const Score score : {Score::kLinear, Score::kPilot}) {
    for (const Index d : {3, 64, 129, 384}) {
      for (const Budgets& budgets : all) {
        CAPTURE(d);
        CAPTURE(budgets.size());
        Router router({.dim = d,
                       .score = score,
                       .exploration = 0.1,
                       .capacity = 8,
                       .refactor_every = std::int64_t{1} << 40,
                       .cost = {.lengths = {.components = std::min<Index>(d, 32), .shared_components = d}}},
                      ladder(3, d), budgets);
        CHECK(allocated_by_calls_of(router) == 0);
        CHECK(router.budget().settled > 0);
      }
    }
  }
}

TEST_CASE("allocations: none where models forget, up to the dimension that a factor needs no memory for") {
  for (const Index d : {3, 64, 128}) {
    CAPTURE(d);
    Router router({.dim = d,
                   .forgetting = 0.9,
                   .capacity = 8,
                   .refactor_every = std::int64_t{1} << 40,
                   .cost = {.lengths = {.components = 2}}},
                  ladder(3, d), {{CapSettings{1'000'000'000}}});
    CHECK(allocated_by_calls_of(router) == 0);
  }
}

TEST_CASE("allocations: none from a text to its context, whatever the text") {
  text::Rows<std::int8_t> table = text::Rows<std::int8_t>::Ones(4, 65);
  const text::Encoder encoder({.vocabulary = {"?", "a", "##a", "##b"},
                               .unknown = "?",
                               .special = {"a"},
                               .max_characters = 3'072,
                               .max_tokens = 512},
                              table);
  text::Encoder::Workspace workspace(encoder);
  Vector x(66);
  for (const std::u32string word :
       {U"a", U"B", U"\u00e9", U"\u1b44", U"\U0001e000\u1b44", U"\uac01", U"!", U" "}) {
    std::u32string text;
    while (text.size() < 4'000) {
      text += word;
    }
    CHECK(allocated_by([&] { encoder.context(std::span<const char32_t>(text), 0.9, workspace, x); }) == 0);
  }
}
