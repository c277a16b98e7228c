// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting
import RealModule

/// The estimates of a model without each level of a grouping factor in turn.
///
/// Levels, not rows, are left out, since rows of a level depend on each other: the factor with the
/// fewest levels, which is the outermost of nested ones.
///
/// Source: Efron, *The Jackknife, the Bootstrap and Other Resampling Plans* (1982).
public struct GroupJackknife: Sendable {
  public let groupingFactor: String
  /// The levels without which the model could be fitted.
  public let levels: [String]
  /// The columns.
  public let quantities: [BootstrapQuantity]
  /// For each of these levels, the quantities of the fit without it.
  private let rows: [[Double]]

  /// Below three fits there is no asymmetry to measure.
  private static let leastCount = 3

  /// Fits the model without each level.
  /// - Throws: ``MixedModelError`` if fewer than three of the fits succeed.
  /// - Complexity: a fit for each level.
  public init(_ model: some Jackknifable) throws(MixedModelError) {
    let layout = BootstrapLayout(model)
    let terms = model.design.randomEffects
    let term = terms.indices.min { terms[$0].levels.count < terms[$1].levels.count } ?? 0
    var levels: [String] = []
    var rows: [[Double]] = []
    var message = "there are not enough levels."
    for (index, level) in terms[term].levels.enumerated() {
      do {
        let fit = try model.refitted(withoutLevel: index, ofTerm: term)
        // A coefficient that only this level tells is lost without it.
        guard fit.fixedEffects.estimable == model.fixedEffects.estimable else { continue }
        rows.append(layout.values(ReplicateEstimates(fit)))
        levels.append(level)
      } catch {
        message = error.description
      }
    }
    groupingFactor = terms[term].groupingFactor
    guard rows.count >= Self.leastCount else {
      throw .noJackknife(of: groupingFactor, message: message)
    }
    self.levels = levels
    self.rows = rows
    quantities = layout.quantities
  }

  /// The acceleration of a quantity: a sixth of the skewness of the differences between the mean of
  /// the fits and each of them; `nil` if the model has none such, zero where no level matters.
  ///
  /// Source: Efron (1987), equation 6.6, with the jackknife's influence values.
  public func acceleration(of quantity: BootstrapQuantity) -> Double? {
    guard let column = quantities.firstIndex(of: quantity) else { return nil }
    let values = rows.map { $0[column] }.filter { !$0.isNaN }
    guard values.count >= Self.leastCount else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    var squares = 0.0
    var cubes = 0.0
    for value in values {
      let difference = mean - value
      squares += difference * difference
      cubes += difference * difference * difference
    }
    return squares > 0 ? cubes / (6 * squares * squares.squareRoot()) : 0
  }
}
