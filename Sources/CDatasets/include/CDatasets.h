// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#ifndef MIXED_MODELS_DATASETS_H
#define MIXED_MODELS_DATASETS_H
#include <stddef.h>
size_t mixed_models_dataset_count(void);
#endif
