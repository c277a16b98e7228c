// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// The conditional modes of one grouping factor with their standard deviations.
struct ConditionalModes {
  let group: RandomEffects.Group
  /// Effects × levels, as the modes are; not a number where the fit has no factor to find them by.
  let standardDeviations: Matrix
}

extension ModelReport {
  /// The conditional modes of every grouping factor, in the order of theta.
  func conditionalModes() throws(MixedModelError) -> [ConditionalModes] {
    let effects = model.randomEffects
    if model.stochasticError != nil {
      return effects.map { group in
        let modes = group.conditionalModes
        return ConditionalModes(
          group: group,
          standardDeviations: Matrix(
            rowCount: modes.rowCount, columnCount: modes.columnCount,
            values: modes.values.map { _ in .nan }))
      }
    }
    return zip(effects, try effects.conditionalCovariances()).map {
      ConditionalModes(group: $0, standardDeviations: $1.standardDeviations)
    }
  }
}
