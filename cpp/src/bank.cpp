#include "pilotage/bank.hpp"

#include "pilotage/errors.hpp"

namespace pilotage {

Bank::Bank(Index dim, std::int64_t refactor_every) : dim_(dim), refactor_every_(refactor_every) {
  require_at_least("dim", 1, dim);
  require_at_least("refactor_every", 1, refactor_every);
}

Index Bank::add(const ModelPrior& prior) {
  require_size("prior_mean", dim_, prior.dim());
  posteriors_.emplace_back(prior, refactor_every_);
  return size() - 1;
}

void Bank::means(const ConstVectorRef& x, Score score, VectorRef means_out) const {
  for (Index k = 0; k < size(); ++k) {
    const Posterior& posterior = posteriors_[static_cast<std::size_t>(k)];
    means_out[k] = score == Score::kLinear ? posterior.mean(x) : posterior.cosine(x);
  }
}

void Bank::widths(const ConstVectorRef& x, VectorRef widths_out) const {
  for (Index k = 0; k < size(); ++k) {
    widths_out[k] = posteriors_[static_cast<std::size_t>(k)].width(x);
  }
}

void Bank::update(Index k, const ConstVectorRef& x, double y) {
  require_index("model", size(), k);
  posteriors_[static_cast<std::size_t>(k)].update(x, y);
}

const Posterior& Bank::operator[](Index k) const {
  require_index("model", size(), k);
  return posteriors_[static_cast<std::size_t>(k)];
}

}  // namespace pilotage
