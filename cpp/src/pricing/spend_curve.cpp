#include "pilotage/pricing/spend_curve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>

#include "pilotage/errors.hpp"

namespace pilotage {

namespace {

constexpr int kBucketsPerOctave = 32;
constexpr int kLowestOctave = -30;  // reward per dollar from 1e-9 ...
constexpr int kOctaves = 80;        // ... to 1e15
constexpr std::int64_t kBuckets = std::int64_t{kOctaves} * kBucketsPerOctave;
constexpr double kLargestWeight = 0x1p40;

std::int64_t bucket_of(double rate) {
  const double position = (std::log2(rate) - kLowestOctave) * kBucketsPerOctave;
  return static_cast<std::int64_t>(std::clamp(position, 0.0, static_cast<double>(kBuckets - 1)));
}

double rate_at(double position) { return std::exp2(kLowestOctave + position / kBucketsPerOctave); }

}  // namespace

SpendCurve::SpendCurve(double memory) : money_(static_cast<std::size_t>(kBuckets)), at_(kBuckets - 1) {
  if (!(std::isfinite(memory) && memory >= 1.0)) {
    throw std::invalid_argument("memory must be finite and >= 1, got " + std::to_string(memory));
  }
  growth_ = memory / std::max(memory - 1.0, 1.0 / kLargestWeight);
}

void SpendCurve::add(double cheapest_usd, std::span<const Step> steps) {
  weight_ *= growth_;
  if (weight_ > kLargestWeight) {
    rescale();
  }
  weights_ += weight_;
  squared_weights_ += weight_ * weight_;
  cheapest_ += weight_ * cheapest_usd;
  squares_ += weight_ * cheapest_usd * cheapest_usd;
  for (const Step& step : steps) {
    const std::int64_t bucket = bucket_of(step.rate);
    money_[static_cast<std::size_t>(bucket)] += weight_ * step.usd;
    if (bucket > at_) {
      above_ += weight_ * step.usd;
    }
  }
}

void SpendCurve::rescale() {
  const double scale = 1.0 / weight_;
  for (double& money : money_) {
    money *= scale;
  }
  weights_ *= scale;
  squared_weights_ *= scale * scale;
  cheapest_ *= scale;
  squares_ *= scale;
  weight_ = 1.0;
  // Summed anew: what rounding left in the running sum ends here.
  above_ = std::accumulate(money_.begin() + at_ + 1, money_.end(), 0.0);
}

double SpendCurve::cheapest_deviation() const {
  const double mean = cheapest();
  return std::sqrt(std::max(0.0, squares_ / weights_ - mean * mean));
}

double SpendCurve::price(double usd) {
  // sum of the steps above the price = usd * sum of weights - sum of the cheapest
  const double wanted = usd * weights_ - cheapest_;
  if (wanted <= 0.0) {
    return std::numeric_limits<double>::infinity();
  }
  if (!seek(wanted)) {
    return 0.0;
  }
  const double share = std::clamp((wanted - above_) / money_[static_cast<std::size_t>(at_)], 0.0, 1.0);
  return rate_at(static_cast<double>(at_ + 1) - share);
}

bool SpendCurve::seek(double wanted) {
  const auto money = [&](std::int64_t bucket) { return money_[static_cast<std::size_t>(bucket)]; };
  while (above_ > wanted && at_ < kBuckets - 1) {
    above_ -= money(++at_);
  }
  while (above_ + money(at_) <= wanted) {
    if (at_ == 0) {
      return false;
    }
    above_ += money(at_--);
  }
  return true;
}

double SpendCurve::price_below(double usd) {
  const double within = price(usd);
  const bool in_bucket = within > 0.0 && std::isfinite(within);
  return in_bucket ? rate_at(static_cast<double>(at_) - 0.5) : within;
}

double SpendCurve::earned(double low, double high) {
  const double begin = low * weights_ - cheapest_;
  if (begin < 0.0) {
    return std::numeric_limits<double>::infinity();
  }
  double end = high * weights_ - cheapest_;
  if (end > 0.0) {
    (void)seek(end);
  }
  double sum = 0.0;
  double above = above_;
  for (std::int64_t at = at_;; above -= money_[static_cast<std::size_t>(++at)]) {
    const double money = money_[static_cast<std::size_t>(at)];
    const double from = std::max(begin, above);
    const double to = std::min(end, above + money);  // beyond the last step money earns nothing
    if (to > from) {
      // dollars * rate, at the middle of what is taken from this bucket
      sum += (to - from) * rate_at(static_cast<double>(at + 1) - (0.5 * (from + to) - above) / money);
    }
    if (begin >= above || at == kBuckets - 1) {
      return sum / weights_;
    }
    end = above;
  }
}

}  // namespace pilotage
