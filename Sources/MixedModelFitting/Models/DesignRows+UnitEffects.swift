// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

extension DesignRows {
  /// One row per random effect of a design, in order, whose linear predictor is that effect: the
  /// predictors of the fixed effects and of all other random effects are zero.
  package init(unitEffectsOf design: ModelDesign) {
    let terms = design.randomEffects
    let total = terms.reduce(0) { $0 + $1.effectCount }
    var first = 0
    let unitTerms = terms.map { term in
      let k = term.dimension
      var codes = [Int32](repeating: -1, count: total)
      var values = [Double](repeating: 0, count: total * k)
      for place in 0..<term.effectCount {
        codes[first + place] = Int32(place / k)
        values[(first + place) * k + place % k] = 1
      }
      first += term.effectCount
      return Term(
        levelCodes: codes, levelCount: term.levels.count, dimension: k, values: values)
    }
    self.init(
      fixedEffects: Matrix(rowCount: total, columnCount: design.fixedEffectNames.count),
      terms: unitTerms, response: [Double](repeating: 0, count: total), weights: nil, offset: nil)
  }
}
