#include "pilotage/ratio_quantiles.hpp"

#include <algorithm>
#include <cmath>

namespace pilotage {

void RatioQuantiles::add(double ratio) {
  if (!(std::isfinite(ratio) && ratio > 0.0)) {
    return;
  }
  const int bucket = static_cast<int>(std::floor((std::log2(ratio) - kLowestOctave) * kBucketsPerOctave));
  const int last = static_cast<int>(buckets_.size()) - 1;
  ++buckets_[static_cast<std::size_t>(std::clamp(bucket, 0, last))];
  ++count_;
}

void RatioQuantiles::halve() {
  count_ = 0;
  for (std::int64_t& bucket : buckets_) {
    bucket /= 2;
    count_ += bucket;
  }
}

double RatioQuantiles::quantile(double q) const {
  const double rank = q * static_cast<double>(count_ - 1);
  std::int64_t below = 0;
  std::size_t bucket = 0;
  while (bucket + 1 < buckets_.size() && static_cast<double>(below + buckets_[bucket]) <= rank) {
    below += buckets_[bucket];
    ++bucket;
  }
  const double middle = (static_cast<double>(bucket) + 0.5) / kBucketsPerOctave;
  return std::exp2(middle + kLowestOctave);
}

}  // namespace pilotage
