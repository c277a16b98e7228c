// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// The conditional modes of one grouping factor with their standard deviations.
struct ConditionalModes {
  let group: RandomEffects.Group
  /// Effects × levels, as the modes are.
  let standardDeviations: Matrix
}

extension ModelReport {
  /// The conditional modes of every grouping factor, in the order of theta.
  func conditionalModes() -> [ConditionalModes] {
    let effects = model.randomEffects
    return zip(effects, effects.conditionalCovariances()).map {
      ConditionalModes(group: $0, standardDeviations: $1.standardDeviations)
    }
  }
}
