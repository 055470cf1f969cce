#include "pilotage/bank.hpp"

#include <algorithm>
#include <type_traits>

#include "pilotage/errors.hpp"

namespace pilotage {

Bank::Bank(Index dim, std::int64_t refactor_every, double forgetting)
    : dim_(dim),
      refactor_every_(refactor_every),
      pages_(dim >= kPagesFrom ? std::make_unique<Pages>() : nullptr),
      forgetting_(forgetting, dim),
      workspace_(forgetting < 1.0 ? dim : 0),
      rounded_(dim) {
  require_at_least("dim", 1, dim);
  require_at_least("refactor_every", 1, refactor_every);
}

static_assert(std::is_nothrow_move_constructible_v<Posterior>,
              "else a bank that grows would copy them to the heap");

Index Bank::add(const ModelPrior& prior) {
  require_size("prior_mean", dim_, prior.dim());
  posteriors_.emplace_back(prior, refactor_every_, Widths::kMirrored, pages_.get(), room_.share());
  forgetting_.add();
  return size() - 1;
}

void Bank::means(const ConstVectorRef& x, Score score, VectorRef means_out) const {
  for (Index k = 0; k < size(); ++k) {
    const Posterior& posterior = posteriors_[static_cast<std::size_t>(k)];
    means_out[k] = score == Score::kLinear ? posterior.mean(x) : posterior.cosine(x);
  }
}

double Bank::width(Index k, const ConstVectorRef& x) const {
  return posteriors_[static_cast<std::size_t>(k)].width(x);
}

void Bank::rough_widths(const ConstVectorRef& x, VectorRef widths_out, VectorRef errors_out) {
  rounded_.round(x);
  // Up and down in turn: what was read last is still in the cache.
  downwards_ = !downwards_;
  for (Index turn = 0; turn < size(); ++turn) {
    const Index k = downwards_ ? size() - 1 - turn : turn;
    const RoughWidth rough = posteriors_[static_cast<std::size_t>(k)].rough_width(x, rounded_);
    widths_out[k] = rough.width;
    errors_out[k] = rough.error;
  }
}

void Bank::rough_widths(const ConstMatrixRef& contexts, Matrix& widths_out, Matrix& errors_out) {
  std::vector<RoundedContext> rounded(static_cast<std::size_t>(std::min(kBatch, contexts.cols())), rounded_);
  std::vector<RoughWidth> rough(rounded.size());
  for (Index first = 0; first < contexts.cols(); first += kBatch) {
    const Index count = std::min(kBatch, contexts.cols() - first);
    const auto n = static_cast<std::size_t>(count);
    for (Index i = 0; i < count; ++i) {
      rounded[static_cast<std::size_t>(i)].round(contexts.col(first + i));
    }
    for (Index k = 0; k < size(); ++k) {
      posteriors_[static_cast<std::size_t>(k)].rough_widths(
          contexts.middleCols(first, count), std::span(rounded).first(n), std::span(rough).first(n));
      for (std::size_t i = 0; i < n; ++i) {
        widths_out(k, first + static_cast<Index>(i)) = rough[i].width;
        errors_out(k, first + static_cast<Index>(i)) = rough[i].error;
      }
    }
  }
}

void Bank::widths(const ConstVectorRef& x, VectorRef widths_out) const {
  for (Index k = 0; k < size(); ++k) {
    widths_out[k] = posteriors_[static_cast<std::size_t>(k)].width(x);
  }
}

void Bank::tick() {
  const auto [first, last] = forgetting_.tick();
  for (Index k = first; k < last; ++k) {
    // If it cannot, for want of a Cholesky factor, this stretch is not forgotten.
    posteriors_[static_cast<std::size_t>(k)].forget(forgetting_.kept(k), workspace_);
    forgetting_.renew(k);
  }
}

void Bank::update(Index k, const ConstVectorRef& x, double y) {
  require_index("model", size(), k);
  prepare(k, x, y);
  commit(k);
  conclude(k);
}

void Bank::prepare(Index k, const ConstVectorRef& x, double y) {
  posteriors_[static_cast<std::size_t>(k)].prepare(x, y, 1.0 / forgetting_.kept(k));
}

void Bank::prepare(Index k, const ConstVectorRef& x, const ConstVectorRef& product, double y) {
  posteriors_[static_cast<std::size_t>(k)].prepare(x, product, y, 1.0 / forgetting_.kept(k));
}

void Bank::start_at(Index k, const ConstVectorRef& prior_mean) {
  require_index("model", size(), k);
  posteriors_[static_cast<std::size_t>(k)].start_at(prior_mean);
}

void Bank::exchange(const ModelPrior& prior) {
  for (Posterior& posterior : posteriors_) {
    posterior.exchange(prior);  // if it cannot, for want of a Cholesky factor, it stays as it is
  }
}

void Bank::exchange(Index k, const ModelPrior& prior, double share) {
  require_index("model", size(), k);
  posteriors_[static_cast<std::size_t>(k)].exchange(prior, share);
}

const Posterior& Bank::operator[](Index k) const {
  require_index("model", size(), k);
  return posteriors_[static_cast<std::size_t>(k)];
}

Posterior Bank::current(Index k) const {
  Posterior posterior = (*this)[k];
  const double kept = forgetting_.kept(k);
  if (kept < 1.0) {
    Factorisation workspace(dim_);
    posterior.forget(kept, workspace);
  }
  return posterior;
}

}  // namespace pilotage
