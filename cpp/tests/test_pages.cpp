#include "pilotage/bank.hpp"
#include "pilotage/pages.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

TEST_CASE("pages: what is taken is aligned, and no two share a byte") {
  Pages pages;
  std::vector<std::pair<unsigned char*, std::size_t>> taken;
  for (const std::size_t bytes : {1, 64, 65, 1'000'000, 5'000'000, 20'000'000, 15'000'000, 3}) {
    auto* memory = static_cast<unsigned char*>(pages.take(bytes));
    CHECK(reinterpret_cast<std::uintptr_t>(memory) % 64 == 0);
    std::fill_n(memory, bytes, static_cast<unsigned char>(taken.size()));
    taken.emplace_back(memory, bytes);
  }
  for (std::size_t i = 0; i < taken.size(); ++i) {
    const auto [memory, bytes] = taken[i];
    CHECK(std::count(memory, memory + bytes, static_cast<unsigned char>(i)) ==
          static_cast<std::ptrdiff_t>(bytes));
  }
}

TEST_CASE("pages: a copy of what lives in them outlives them") {
  Engine engine(1);
  const Vector x = unit_vector(engine, kPagesFrom);
  std::optional<Bank> bank(std::in_place, kPagesFrom);
  bank->add(ModelPrior(Vector::Zero(kPagesFrom), 1.0));
  bank->update(0, x, 1.0);
  const Posterior copy = bank->current(0);
  const double width = bank->width(0, x);
  bank.reset();
  CHECK(copy.width(x) == width);
  CHECK(relative_error(Matrix(copy.precision() * copy.covariance()),
                       Matrix(Matrix::Identity(kPagesFrom, kPagesFrom))) <= 1e-12);
}

TEST_CASE("pages: to map what nobody touched, or somebody did, changes nothing") {
  constexpr std::size_t kBytes = std::size_t{1} << 20;
  const std::unique_ptr<void, Freed> memory = claim_pages(kBytes, PageSize::kSmall);
  const std::span<std::byte> all(static_cast<std::byte*>(memory.get()), kBytes);
  const std::span<std::byte> touched = all.first(kBytes / 2);
  std::ranges::fill(touched, std::byte{7});
  map_pages(all);
  map_pages({});
  CHECK(std::ranges::count(touched, std::byte{7}) == std::ssize(touched));
}
