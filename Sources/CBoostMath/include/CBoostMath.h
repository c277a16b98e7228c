// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0
//
// Distribution and gamma functions of Boost.Math behind C names. Every function returns NaN for an
// argument outside its domain (a NaN, degrees of freedom that are not positive, a probability
// outside 0...1) and throws nothing.

#ifndef MIXED_MODELS_BOOST_MATH_H
#define MIXED_MODELS_BOOST_MATH_H

#ifdef __cplusplus
extern "C" {
#endif

// The lower tail, P(X <= x).
double mixed_models_normal_cumulative(double x);
double mixed_models_chi_squared_cumulative(double x, double degrees_of_freedom);
double mixed_models_student_t_cumulative(double x, double degrees_of_freedom);
double mixed_models_fisher_f_cumulative(double x, double numerator, double denominator);

// The upper tail, P(X > x), without the cancellation of one minus the lower.
double mixed_models_normal_survival(double x);
double mixed_models_chi_squared_survival(double x, double degrees_of_freedom);
double mixed_models_student_t_survival(double x, double degrees_of_freedom);
double mixed_models_fisher_f_survival(double x, double numerator, double denominator);

// The x with P(X <= x) = probability.
double mixed_models_normal_quantile(double probability);
double mixed_models_chi_squared_quantile(double probability, double degrees_of_freedom);
double mixed_models_student_t_quantile(double probability, double degrees_of_freedom);
double mixed_models_fisher_f_quantile(double probability, double numerator, double denominator);

// log |Gamma(x)| and its derivative.
double mixed_models_log_gamma(double x);
double mixed_models_digamma(double x);

// log(1 + x) - x without cancellation for small x; minus infinity at -1.
double mixed_models_log_one_plus_minus(double x);

#ifdef __cplusplus
}
#endif

#endif
