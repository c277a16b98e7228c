// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelErrors

/// The random effects given the data: conditional modes per grouping factor and level.
///
///     model.randomEffects["subj"]?["S308", "days"]
///
/// R: `ranef`. MixedModels.jl: `ranef`, `raneftables`, `condVar`. MATLAB: `randomEffects`.
public struct RandomEffects: Sendable {
  /// The random effects of one grouping factor.
  public struct Group: Sendable {
    public let groupingFactor: String
    /// The levels of the grouping factor.
    public let levels: [String]
    /// The names of the k effects of a level.
    public let names: [String]
    /// The conditional modes b (also known as BLUPs), `k × levels`, in units of the response, or
    /// of the linear predictor in a generalized model, per unit of the effect's covariate.
    public let conditionalModes: Matrix
    /// The modes u on the scale on which the effects are independent with variance `σ²`
    /// (one in a generalized model), `k × levels`; `b = λ u` (`ranef(uscale = true)`, `model.u` in MixedModels.jl).
    public let sphericalRandomEffects: Matrix

    let position: Int
    let source: CovarianceSource
  }

  /// One entry per grouping factor, by decreasing number of random effects, ties as written.
  public let groups: [Group]

  /// The group of the given grouping factor, or `nil` if the model has none such.
  public subscript(groupingFactor: String) -> Group? {
    groups.first { $0.groupingFactor == groupingFactor }
  }
}

extension RandomEffects: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { groups.count }
  public subscript(index: Int) -> Group { groups[index] }
}

extension RandomEffects.Group {
  /// The mode of an effect at a level, or `nil` if there is no such level or effect.
  public subscript(level: String, effect: String) -> Double? {
    guard let j = levels.firstIndex(of: level), let i = names.firstIndex(of: effect) else {
      return nil
    }
    return conditionalModes[i, j]
  }

  /// The modes as a table: a column named for the grouping factor with its levels, and a column per
  /// effect (`raneftables` in MixedModels.jl, `as.data.frame(ranef(...))` in R).
  /// - Throws: ``MixedModelError`` if an effect has the name of the grouping factor.
  public func table() throws(MixedModelError) -> DataTable {
    let grouping = CategoricalColumn(codes: levels.indices.map(Int32.init), levels: levels)
    var columns: [(name: String, column: Column)] = [(groupingFactor, .categorical(grouping))]
    for (i, name) in names.enumerated() {
      columns.append(
        (name, .numeric(NumericColumn(levels.indices.map { conditionalModes[i, $0] }))))
    }
    return try DataTable(columns)
  }
}

extension LinearMixedModel {
  /// The random effects given the data: conditional modes per grouping factor and level.
  ///
  /// R: `ranef`. MixedModels.jl: `ranef`, `model.b`, `model.u`. MATLAB: `randomEffects`.
  /// - Complexity: O(q k) for q random effects.
  public var randomEffects: RandomEffects {
    let responseScale = problem.crossProducts.basis.responseScale
    return RandomEffects(
      design.randomEffects, spherical: solution.sphericalRandomEffects.map { $0 * responseScale },
      source: covarianceSource)
  }
}

extension GeneralizedLinearMixedModel {
  /// The random effects given the data: conditional modes per grouping factor and level, on the
  /// scale of the linear predictor.
  ///
  /// R: `ranef`. MixedModels.jl: `ranef`, `model.b`, `model.u`. MATLAB: `randomEffects`.
  /// - Complexity: O(q k) for q random effects.
  public var randomEffects: RandomEffects {
    RandomEffects(
      design.randomEffects, spherical: sphericalRandomEffects, source: covarianceSource)
  }
}

extension RandomEffects {
  /// The effects of the given modes on the spherical scale, which stand term after term.
  init(
    _ terms: [RandomEffectsTerm], spherical: [Double], source: CovarianceSource
  ) {
    var start = 0
    var groups: [Group] = []
    for (index, term) in terms.enumerated() {
      let k = term.dimension
      var lambda = source.factors[index]
      let units = source.effectUnits[index]
      var u = Matrix(
        rowCount: k, columnCount: term.levels.count,
        values: Array(spherical[start..<start + term.effectCount]))
      start += term.effectCount
      var modes = Matrix(rowCount: k, columnCount: term.levels.count)
      for level in term.levels.indices {
        for i in 0..<k {
          var sum = 0.0
          for j in 0...i { sum += lambda[i, j] * u[j, level] }
          modes[i, level] = sum
        }
      }
      units.release(&modes)
      if units.intercept != nil {
        units.release(&lambda)
        u = u.rotated(with: &lambda)
      }
      groups.append(
        Group(
          groupingFactor: term.groupingFactor, levels: term.levels, names: term.effectNames,
          conditionalModes: modes, sphericalRandomEffects: u,
          position: index, source: source))
    }
    self.init(groups: groups)
  }
}
