// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#include "CDatasets.h"

size_t mixed_models_dataset_count(void) { return 0; }
