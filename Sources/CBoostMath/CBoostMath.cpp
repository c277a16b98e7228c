// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#include "CBoostMath.h"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/log1p.hpp>
#include <cmath>
#include <limits>

namespace {

namespace policies = boost::math::policies;

// Errors come back as NaN or infinity, and nothing is computed in long double.
using Policy = policies::policy<
    policies::domain_error<policies::errno_on_error>,
    policies::pole_error<policies::errno_on_error>,
    policies::overflow_error<policies::errno_on_error>,
    policies::evaluation_error<policies::errno_on_error>,
    policies::rounding_error<policies::errno_on_error>,
    policies::promote_double<false>>;

using Normal = boost::math::normal_distribution<double, Policy>;
using ChiSquared = boost::math::chi_squared_distribution<double, Policy>;
using StudentT = boost::math::students_t_distribution<double, Policy>;
using FisherF = boost::math::fisher_f_distribution<double, Policy>;

constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

// The policies leave no error to be thrown, but an exception must not reach Swift.
template <class Function> double guarded(Function function) noexcept {
  try {
    return function();
  } catch (...) {
    return notANumber;
  }
}

bool arePositive(double a, double b = 1) { return a > 0 && b > 0; }

// The ends of the support, which Boost refuses as arguments, have their limits here.
template <class Distribution>
double cumulative(double x, double lowest, Distribution distribution) {
  if (std::isnan(x)) return notANumber;
  if (x <= lowest) return 0;
  if (x == infinity) return 1;
  return guarded([&] { return cdf(distribution(), x); });
}

template <class Distribution>
double survival(double x, double lowest, Distribution distribution) {
  if (std::isnan(x)) return notANumber;
  if (x <= lowest) return 1;
  if (x == infinity) return 0;
  return guarded([&] { return cdf(complement(distribution(), x)); });
}

template <class Distribution>
double quantileOf(double probability, double lowest, Distribution distribution) {
  if (!(probability >= 0 && probability <= 1)) return notANumber;
  if (probability == 0) return lowest;
  if (probability == 1) return infinity;
  return guarded([&] { return quantile(distribution(), probability); });
}

}  // namespace

extern "C" {

// Half of erfc(t) at t = x/sqrt(2). Far out, where erfc falls by 2t times itself per unit, the
// rounding of t alone would cost three digits; its remainder d corrects them to first order:
// erfc(t + d) = erfc(t) - d * 2/sqrt(pi) * exp(-t * t).
double mixed_models_normal_survival(double x) {
  if (std::isinf(x)) return x < 0 ? 1 : 0;
  constexpr double root = 1.4142135623730951;
  constexpr double rootRemainder = -9.667293313452913e-17;
  constexpr double twoOverRootPi = 1.1283791670955126;
  const double t = x / root;
  const double d = (std::fma(-t, root, x) - t * rootRemainder) / root;
  return 0.5 * (std::erfc(t) - d * twoOverRootPi * std::exp(-t * t));
}

double mixed_models_normal_cumulative(double x) { return mixed_models_normal_survival(-x); }

double mixed_models_normal_quantile(double probability) {
  return quantileOf(probability, -infinity, [] { return Normal(); });
}

double mixed_models_chi_squared_cumulative(double x, double degrees_of_freedom) {
  if (!arePositive(degrees_of_freedom)) return notANumber;
  return cumulative(x, 0, [=] { return ChiSquared(degrees_of_freedom); });
}

double mixed_models_chi_squared_survival(double x, double degrees_of_freedom) {
  if (!arePositive(degrees_of_freedom)) return notANumber;
  return survival(x, 0, [=] { return ChiSquared(degrees_of_freedom); });
}

double mixed_models_chi_squared_quantile(double probability, double degrees_of_freedom) {
  if (!arePositive(degrees_of_freedom)) return notANumber;
  return quantileOf(probability, 0, [=] { return ChiSquared(degrees_of_freedom); });
}

double mixed_models_student_t_cumulative(double x, double degrees_of_freedom) {
  if (!arePositive(degrees_of_freedom)) return notANumber;
  return cumulative(x, -infinity, [=] { return StudentT(degrees_of_freedom); });
}

double mixed_models_student_t_survival(double x, double degrees_of_freedom) {
  if (!arePositive(degrees_of_freedom)) return notANumber;
  return survival(x, -infinity, [=] { return StudentT(degrees_of_freedom); });
}

double mixed_models_student_t_quantile(double probability, double degrees_of_freedom) {
  if (!arePositive(degrees_of_freedom)) return notANumber;
  return quantileOf(probability, -infinity, [=] { return StudentT(degrees_of_freedom); });
}

double mixed_models_fisher_f_cumulative(double x, double numerator, double denominator) {
  if (!arePositive(numerator, denominator)) return notANumber;
  return cumulative(x, 0, [=] { return FisherF(numerator, denominator); });
}

double mixed_models_fisher_f_survival(double x, double numerator, double denominator) {
  if (!arePositive(numerator, denominator)) return notANumber;
  return survival(x, 0, [=] { return FisherF(numerator, denominator); });
}

double mixed_models_fisher_f_quantile(double probability, double numerator, double denominator) {
  if (!arePositive(numerator, denominator)) return notANumber;
  return quantileOf(probability, 0, [=] { return FisherF(numerator, denominator); });
}

double mixed_models_log_gamma(double x) {
  if (std::isnan(x)) return notANumber;
  if (x == infinity) return infinity;
  return guarded([=] { return boost::math::lgamma(x, Policy()); });
}

double mixed_models_digamma(double x) {
  if (std::isnan(x)) return notANumber;
  if (x == infinity) return infinity;
  return guarded([=] { return boost::math::digamma(x, Policy()); });
}

double mixed_models_log_one_plus_minus(double x) {
  if (!(x >= -1)) return notANumber;
  if (x == -1 || x == infinity) return -infinity;
  return guarded([=] { return boost::math::log1pmx(x, Policy()); });
}
}  // extern "C"
