// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#ifndef MIXED_MODELS_BOOST_MATH_H
#define MIXED_MODELS_BOOST_MATH_H

#ifdef __cplusplus
extern "C" {
#endif

double mixed_models_normal_cdf(double x);

#ifdef __cplusplus
}
#endif

#endif
