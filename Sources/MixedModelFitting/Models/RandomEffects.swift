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
    /// The conditional modes b (also known as BLUPs), `k × levels`, in units of the response per
    /// unit of the effect's covariate.
    public let conditionalModes: Matrix
    /// The modes u on the scale on which the effects are independent with variance `σ²`,
    /// `k × levels`; `b = λ u` (`ranef(uscale = true)`, `model.u` in MixedModels.jl).
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
    let spherical = solution.sphericalRandomEffects
    let responseScale = problem.crossProducts.basis.responseScale
    let factors = relativeCovarianceFactors
    let source = CovarianceSource(
      crossProducts: problem.crossProducts, layout: problem.layout,
      factors: problem.covariance.factors(internalTheta), userFactors: factors, sigma: sigma)
    let terms = problem.design.randomEffects
    return RandomEffects(
      groups: terms.indices.map { index in
        let k = terms[index].dimension
        let levelCount = terms[index].levels.count
        let start = problem.crossProducts.layout.terms[index].start
        let u = spherical[start..<start + k * levelCount].map { $0 * responseScale }
        var modes = Matrix(rowCount: k, columnCount: levelCount)
        for level in 0..<levelCount {
          for i in 0..<k {
            var sum = 0.0
            for j in 0...i { sum += factors[index][i, j] * u[level * k + j] }
            modes[i, level] = sum
          }
        }
        return RandomEffects.Group(
          groupingFactor: terms[index].groupingFactor, levels: terms[index].levels,
          names: terms[index].effectNames, conditionalModes: modes,
          sphericalRandomEffects: Matrix(rowCount: k, columnCount: levelCount, values: u),
          position: index, source: source)
      })
  }
}
