// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#ifndef MIXED_MODELS_DATASETS_H
#define MIXED_MODELS_DATASETS_H

#include <stddef.h>

/// The text of a built-in data set: comma-separated, in UTF-8, not ended by a zero.
typedef struct {
  const unsigned char *_Nullable bytes;
  size_t count;
} mixed_models_dataset_text;

/// The text of the data set of the given name; no bytes if there is none.
mixed_models_dataset_text mixed_models_dataset(const char *_Nonnull name);

#endif
