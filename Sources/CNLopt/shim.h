// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#ifndef MIXED_MODELS_NLOPT_SHIM_H
#define MIXED_MODELS_NLOPT_SHIM_H
#include <nlopt.h>
#endif
