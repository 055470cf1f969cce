#include <map>

#include "pilotage/pending.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

TEST_CASE("pending: a ring of two, by hand") {
  PendingDecisions pending(2, 2, 0);
  CHECK(pending.oldest() == nullptr);
  CHECK(pending.push(vec({1.0, 2.0})).id == 0);
  CHECK(pending.push(vec({3.0, 4.0})).id == 1);
  REQUIRE(pending.oldest() != nullptr);
  CHECK(pending.oldest()->id == 0);
  CHECK(pending.context(0) == vec({1.0, 2.0}));
  CHECK(pending.context(1) == vec({3.0, 4.0}));

  CHECK(pending.push(vec({5.0, 6.0})).id == 2);  // over the first
  CHECK(pending.find(0) == nullptr);
  CHECK(pending.issued(0));  // late
  CHECK(pending.find(1)->id == 1);
  CHECK(pending.context(2) == vec({5.0, 6.0}));
  CHECK(pending.oldest()->id == 1);
}

TEST_CASE("pending: ids never given out are unknown") {
  PendingDecisions pending(1, 4, 3);
  const DecisionId id = pending.push(vec({0.0})).id;
  CHECK(id == DecisionId{3} << kCounterBits);
  CHECK(pending.issued(id));
  CHECK_FALSE(pending.issued(id + 1));  // not yet
  CHECK_FALSE(pending.issued(0));       // another epoch's
  CHECK_FALSE(pending.issued(id + (DecisionId{1} << kCounterBits)));
  CHECK_FALSE(pending.issued(-1));
  CHECK_FALSE(pending.issued(std::numeric_limits<DecisionId>::min()));
  CHECK(pending.find(-1) == nullptr);
  CHECK(pending.find(0) == nullptr);
}

TEST_CASE("pending: a reused place starts clean") {
  PendingDecisions pending(1, 1, 0);
  PendingDecision& entry = pending.push(vec({0.0}));
  entry.model = 3;
  entry.outcome = Outcome::kExpired;
  entry.reserved = entry.settled = 7;
  entry.reward = 0.5;
  const PendingDecision& next = pending.push(vec({1.0}));
  CHECK(next.id == 1);
  CHECK(next.model == -1);
  CHECK(next.outcome == Outcome::kOpen);
  CHECK(next.reserved == 0);
  CHECK(next.settled == 0);
  CHECK_FALSE(next.reward.has_value());
}

TEST_CASE("pending: remembers exactly the newest `capacity`, with their contexts") {
  Engine engine(12);
  for (const std::int64_t capacity : {1, 3, 64}) {
    PendingDecisions pending(2, capacity, kMaxEpoch);
    std::map<DecisionId, Vector> all;
    for (int i = 0; i < 200; ++i) {
      const Vector x = unit_vector(engine, 2);
      const DecisionId id = pending.push(x).id;
      REQUIRE(id > 0);
      REQUIRE(all.emplace(id, x).second);
    }
    auto newest = static_cast<std::int64_t>(all.size());
    for (const auto& [id, x] : all) {
      REQUIRE(pending.issued(id));
      if (newest-- <= capacity) {
        REQUIRE(pending.find(id) != nullptr);
        REQUIRE(pending.context(id) == x);
      } else {
        REQUIRE(pending.find(id) == nullptr);
      }
    }
  }
}

TEST_CASE("pending: refusals") {
  CHECK_REFUSED(PendingDecisions(0, 1, 0), "dim must be >= 1, got 0");
  CHECK_REFUSED(PendingDecisions(1, 0, 0), "capacity must be >= 1, got 0");
  CHECK_REFUSED(PendingDecisions(1, 1, -1), "epoch must be in [0, 8388607], got -1");
  CHECK_REFUSED(PendingDecisions(1, 1, kMaxEpoch + 1), "epoch must be in [0, 8388607], got 8388608");
}

TEST_CASE("pending: memory is mapped ahead of what is written, once, and no further than there is") {
  constexpr Index kDim = 384;
  constexpr std::int64_t kCapacity = 2'000;
  constexpr std::size_t kContext = kDim * sizeof(double);
  constexpr std::size_t kAhead = std::size_t{2} << 20;
  constexpr std::size_t kAtOnce = std::size_t{64} << 10;
  PendingDecisions pending(kDim, kCapacity, 0);
  const Vector x = Vector::Ones(kDim);
  for (int i = 0; i < 50; ++i) {
    pending.push(x);
  }
  const auto* start = reinterpret_cast<const std::byte*>(pending.context(0).data());
  std::size_t end = 50 * kContext / kAtOnce * kAtOnce;  // what is written already is not asked for
  for (std::size_t written = 50; written < 3 * kCapacity; ++written) {
    const std::span<std::byte> next = pending.next_to_map();
    if (!next.empty()) {
      CHECK(next.data() == start + end);
      end += next.size();
    }
    const std::size_t bytes = std::min(written, std::size_t{kCapacity}) * kContext;
    CHECK(end <= std::min(bytes + kAhead + kAtOnce, kCapacity * kContext));
    CHECK((written < 200 || end >= std::min(bytes + kAhead, kCapacity * kContext)));
    pending.push(x);
  }
  CHECK(end == kCapacity * kContext);
  CHECK(pending.next_to_map().empty());
}
