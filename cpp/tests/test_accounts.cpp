// Several budgets at once, by hand; the router's specification in Python plays them against random streams.
#include <array>
#include <utility>

#include "pilotage/accounts.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

PendingDecision call(DecisionId id, Accounts::Scope scope, NanoDollars reserved) {
  PendingDecision call;
  call.id = id;
  call.scope = scope;
  call.expected = reserved;
  call.reserved = reserved;
  return call;
}

/// (settled, reserved) of every account.
std::vector<std::pair<NanoDollars, NanoDollars>> totals(const Accounts& accounts) {
  std::vector<std::pair<NanoDollars, NanoDollars>> out;
  for (const AccountState& account : accounts.all()) {
    out.emplace_back(account.state.settled, account.state.reserved);
  }
  return out;
}

using Totals = std::vector<std::pair<NanoDollars, NanoDollars>>;

const Budgets kTotalAndTenants{{CapSettings{100}},
                               {.spending = CapSettings{50}, .soft = true, .tenant = "acme"},
                               {.spending = CapSettings{20}, .tenant = "*"}};

const Vector kOne = vec({1e-3});  // list prices
const Vector kTwo = vec({1e-3, 1e-2});

}  // namespace

TEST_CASE("accounts: scopes, rooms and hardness") {
  Accounts accounts(kTotalAndTenants, kTwo, 0);
  CHECK(accounts.all().size() == 2);
  CHECK(accounts.scope("") == 0);
  CHECK(accounts.room(0) == 100);
  const Accounts::Scope acme = accounts.scope("acme");
  CHECK(accounts.scope("acme") == acme);
  CHECK(accounts.room(acme) == 20);
  CHECK(accounts.all().size() == 3);
  CHECK(accounts.all("acme").size() == 3);
  CHECK(accounts.all("umbrella").size() == 1);  // not seen yet
  const Accounts::Scope umbrella = accounts.scope("umbrella");
  CHECK(accounts.all("umbrella").size() == 2);
  CHECK(accounts.all()[3].tenant == "umbrella");
  CHECK(accounts.all()[3].budget == 2);
  CHECK(accounts.hard(umbrella));
  CHECK(accounts.share(acme, true) == 2);  // 20 / 8
  accounts.reserve(call(0, 0, 4));
  accounts.reserve(call(1, acme, 0));
  CHECK(accounts.share(acme, true) == 1);  // 20 / 16
  CHECK(accounts.share(0, true) == 4);     // (100 - 4) / 24
  CHECK(accounts.share(0, false) == 1);    // (100 - 4) / 64

  Accounts none({}, kTwo, 0);
  CHECK(none.room(0) == kUnlimited);
  CHECK_FALSE(none.hard(none.scope("acme")));
  CHECK(none.first().limit == kUnlimited);
  CHECK_FALSE(Accounts({{.spending = CapSettings{5}, .soft = true}}, kOne, 0).hard(0));
  CHECK_FALSE(Accounts({{PacerSettings{.rate = 1.0}}}, kOne, 0).hard(0));  // no limit to keep
  const Accounts tenants({{.spending = CapSettings{5}, .tenant = "*"}}, kOne, 0);
  CHECK(tenants.room(0) == kUnlimited);
  CHECK(tenants.first().settled == 0);
}

TEST_CASE("accounts: a refill frees what idle tenants held, and their limits stay") {
  Accounts accounts({{CapSettings{100}}, {.spending = DualSettings{.budget = 20}, .tenant = "*"}}, kOne, 0);
  CHECK(accounts.policies() == 1);
  const Accounts::Scope acme = accounts.scope("acme");
  (void)accounts.scope("umbrella");
  CHECK(accounts.policies() == 3);
  accounts.refill(1, 7);
  CHECK(accounts.policies() == 3);          // nothing was touched
  const auto settle = [&](DecisionId id) {  // one account a call is looked at, in the order they were opened
    accounts.reserve(call(id, 0, 1));
    accounts.settle(call(id, 0, 1), 1);
    return accounts.policies();
  };
  CHECK(settle(7) == 3);  // everybody's, whose period still runs
  CHECK(settle(8) == 2);
  CHECK(settle(9) == 1);
  CHECK(settle(10) == 1);
  accounts.change(1, "umbrella", {.limit = 50});
  CHECK(accounts.scope("acme") == acme);
  CHECK(accounts.policies() == 3);
  CHECK(accounts.room(accounts.scope("umbrella")) == 50);
  CHECK(accounts.all().size() == 3);
}

TEST_CASE(
    "accounts: with one call a period idle tenants are freed, too, and those that join are not missed") {
  Accounts accounts({{CapSettings{100}}, {.spending = CapSettings{20}, .tenant = "*"}}, kOne, 0);
  for (const char* tenant : {"acme", "umbrella", "globex"}) {
    (void)accounts.scope(tenant);
  }
  CHECK(accounts.policies() == 4);
  DecisionId id = 1;
  const auto period = [&] {
    accounts.refill(1, id);
    accounts.reserve(call(id, 0, 1));
    accounts.settle(call(id, 0, 1), 1);
    ++id;
    return accounts.policies();
  };
  CHECK(period() == 4);  // everybody's, which is never refilled
  CHECK(period() == 3);
  (void)accounts.scope("initech");
  CHECK(period() == 3);  // one more, one less
  CHECK(period() == 2);
  CHECK(period() == 1);
}

TEST_CASE("accounts: a period that is over shows as over, however many passed") {
  Accounts accounts({{CapSettings{100}}, {.spending = CapSettings{20}, .tenant = "*"}}, kOne, 0);
  const Accounts::Scope acme = accounts.scope("acme");
  const PendingDecision before = call(0, acme, 10);
  accounts.reserve(before);
  accounts.refill(1, 1);
  accounts.refill(1, 1);
  accounts.refill(0, 1);
  CHECK(totals(accounts) == Totals{{0, 0}, {0, 0}});
  accounts.expire(before);
  CHECK(accounts.all()[0].state.after_period == 10);
  CHECK(accounts.all()[1].state.after_period == 10);
  CHECK(accounts.all()[1].state.expired == 0);
  CHECK(accounts.scope("acme") == acme);
  CHECK(accounts.room(acme) == 20);
  accounts.refill(1, 1);
  CHECK(accounts.all()[1].state.after_period == 10);  // of all periods
}

TEST_CASE("accounts: money moves in all that apply") {
  Accounts accounts(kTotalAndTenants, kTwo, 0);
  const Accounts::Scope acme = accounts.scope("acme");
  const Accounts::Scope umbrella = accounts.scope("umbrella");
  const std::array calls{call(0, acme, 10), call(1, umbrella, 15), call(2, 0, 30), call(3, acme, 5)};
  for (const PendingDecision& each : calls) {
    accounts.reserve(each);
  }
  CHECK(totals(accounts) == Totals{{0, 60}, {0, 15}, {0, 15}, {0, 15}});
  CHECK(accounts.room(acme) == 5);
  accounts.settle(calls[0], 12);
  accounts.release(calls[1]);
  accounts.expire(calls[2]);
  CHECK(totals(accounts) == Totals{{42, 5}, {12, 5}, {12, 5}, {0, 0}});
  CHECK(accounts.all()[0].state.overruns == 1);
  CHECK(accounts.all()[0].state.expired == 1);
  CHECK(accounts.all()[2].state.expired == 0);
}

TEST_CASE("accounts: a refill closes what was decided before, in its own accounts alone") {
  Accounts accounts(kTotalAndTenants, kTwo, 7);
  const Accounts::Scope acme = accounts.scope("acme");
  const PendingDecision before = call(7, acme, 10);
  accounts.reserve(before);
  accounts.refill(2, 8);
  const PendingDecision after = call(8, accounts.scope("acme"), 4);
  accounts.reserve(after);
  accounts.settle(before, 9);
  accounts.settle(after, 3);
  accounts.settle(call(6, 5, 1), 1);  // of budgets before these: its scope means nothing here
  CHECK(accounts.precedes(call(6, 5, 1)));
  CHECK(totals(accounts) == Totals{{12, 0}, {12, 0}, {3, 0}});
  CHECK(accounts.all()[2].state.after_period == 9);
  CHECK_THROWS_AS(accounts.refill(3, 9), std::out_of_range);
}

TEST_CASE("accounts: a limit changes while calls are under way") {
  Accounts accounts(kTotalAndTenants, kTwo, 0);
  const Accounts::Scope acme = accounts.scope("acme");
  accounts.reserve(call(0, acme, 10));
  accounts.change(2, "acme", {.limit = 60});
  CHECK(accounts.room(acme) == 40);  // of acme's own 50
  accounts.change(1, std::nullopt, {.limit = 5});
  CHECK(accounts.room(acme) == 0);  // and not -5
  accounts.change(2, std::nullopt, {.limit = 30});
  CHECK(accounts.room(accounts.scope("umbrella")) == 30);
  accounts.refill(1, 1);
  CHECK(accounts.room(accounts.scope("acme")) == 5);
  accounts.change(2, "hooli", {.limit = 1});  // before its first decision
  CHECK(accounts.all().back().tenant == "hooli");
  CHECK(accounts.room(accounts.scope("hooli")) == 1);
  CHECK_REFUSED(accounts.change(2, "", {.limit = 1}),
                "tenant must be one that the budget applies to, got ''");
  CHECK_REFUSED(accounts.change(1, "hooli", {.limit = 1}), "tenant must be one that the budget applies to");
  CHECK_REFUSED(accounts.change(0, std::nullopt, {.limit = -1}), "limit must be >= 0, got -1");
  CHECK_REFUSED(accounts.change(0, std::nullopt, {.rate = 0.5}), "usd_per_request must be None where");
  CHECK_REFUSED(accounts.change(0, std::nullopt, {.requests = 5}), "requests must be None but for");
  CHECK_REFUSED(Accounts({}, kOne, 0).change(0, std::nullopt, {.limit = 1}), "budget must be given to have");
  CHECK_THROWS_AS(accounts.change(3, std::nullopt, {.limit = 1}), std::out_of_range);
}

TEST_CASE("accounts: eligible sets intersect, the largest dual price holds, the strictest gives the reason") {
  // The first affords the other request 2 and the second 3, of models that cost 1 and 4.
  const DualSettings first{.budget = 2'000'000'000, .requests = 2};
  const DualSettings second{.budget = 3'000'000'000, .requests = 2};
  const Vector reward = vec({0.5, 0.8});
  const Vector cost = vec({1.0, 4.0});
  const auto admit = [&](const Budgets& budgets, std::vector<std::uint8_t>& eligible) {
    Accounts accounts(budgets, kTwo, 0);
    eligible.assign(2, 1);
    return accounts.admit(0, reward, cost, cost, eligible);
  };
  std::vector<std::uint8_t> eligible;
  const Verdict one = admit({{first}}, eligible);
  const Verdict other = admit({{second}}, eligible);
  CHECK(one.dual_price > other.dual_price);
  CHECK(other.dual_price > 0.0);
  const Verdict both = admit({{first}, {second}}, eligible);
  CHECK(both.dual_price == one.dual_price);
  CHECK(both.reason == Reason::kDualPrice);
  CHECK(eligible == std::vector<std::uint8_t>{1, 0});  // 4 is more than either has

  const EvenSettings even{.budget = 5'000'000'000, .requests = 1};
  CHECK(admit({{CapSettings{9}}, {even}}, eligible).reason == Reason::kEvenSplit);
  CHECK(eligible == std::vector<std::uint8_t>{1, 1});
  const EvenSettings poor{.budget = 500'000'000, .requests = 1};
  CHECK(admit({{even}, {poor}}, eligible).reason == Reason::kInsufficientBudget);
  CHECK(eligible == std::vector<std::uint8_t>{0, 0});
}

TEST_CASE("accounts: settings are refused at once, those of tenants to come too") {
  const EvenSettings wrong{.budget = 1, .requests = 0};
  CHECK_REFUSED(Accounts({{.spending = wrong, .tenant = "*"}}, kOne, 0), "requests must be >= 1, got 0");
  CHECK_REFUSED(Accounts({{CapSettings{-1}}}, kOne, 0), "limit must be >= 0, got -1");
}
