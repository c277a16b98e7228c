// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelErrors

/// The complete rows of a table with their linear predictors: what every prediction starts from.
struct PredictedRows {
  let rows: DesignRows
  /// For each term, whether its modes take part.
  let isConditioned: [Bool]
  /// `x'β + z'b + offset`, b zero for new levels and for terms without part.
  let linearPredictor: [Double]
  let statuses: [Predictions.Status]
  private let newLevels: NewLevels

  /// - Parameters:
  ///   - readsOtherCovariates: whether the covariates of effects without part are needed, for their
  ///     variance.
  ///   - additionalColumns: what an interval needs besides.
  init(
    of data: DataTable, by model: some MixedModel, conditioningOn selection: RandomEffectsSelection,
    newLevels: NewLevels, readsOtherCovariates: Bool, additionalColumns: [String] = []
  ) throws(MixedModelError) {
    let design = model.design
    let conditioned = try selection.terms(of: design)
    rows = try design.rows(
      of: data,
      for: .prediction(
        DesignRows.Purpose.Selection(
          grouped: conditioned, readsOtherCovariates: readsOtherCovariates,
          refusesNewLevels: newLevels == .error),
        with: additionalColumns))
    isConditioned = design.randomEffects.indices.map { conditioned.contains($0) }
    self.newLevels = newLevels
    linearPredictor = rows.linearPredictor(
      model.fixedEffects, randomEffects: conditioned.isEmpty ? nil : model.randomEffects)
    var statuses = [Predictions.Status](repeating: .predicted, count: rows.rowCount)
    for term in conditioned {
      for (row, code) in rows.terms[term].levelCodes.enumerated() where code < 0 {
        statuses[row] = .newLevel
      }
    }
    self.statuses = statuses
  }

  /// Whether the policy for new levels gives a row a prediction.
  func hasPrediction(_ row: Int) -> Bool {
    newLevels != .missing || statuses[row] != .newLevel
  }

  /// The variance of each row's random effects that stand at zero: `s² Σ ‖λ'z‖²` over new levels
  /// and terms without part.
  func otherVariances(of model: some MixedModel) -> [Double] {
    let newLevels = variances(of: model, conditioned: true)
    return zip(newLevels, variances(of: model, conditioned: false)).map { $0 + $1 }
  }

  /// The part of ``otherVariances(of:)`` of the terms that the prediction conditions on, which is
  /// that of new levels, or of the others.
  func variances(of model: some MixedModel, conditioned: Bool) -> [Double] {
    let scale = model.covarianceScale * model.covarianceScale
    var result = [Double](repeating: 0, count: rows.rowCount)
    for (index, lambda) in model.termFactors.enumerated()
    where isConditioned[index] == conditioned {
      let term = rows.terms[index]
      for (row, code) in term.levelCodes.enumerated() where code < 0 {
        result[row] += scale * term.squaredNorm(ofRow: row, scaledBy: lambda)
      }
    }
    return result
  }
}

extension DesignRows.Term {
  /// `‖λ'z‖²` for one row.
  fileprivate func squaredNorm(ofRow row: Int, scaledBy lambda: Matrix) -> Double {
    let k = dimension
    var norm = 0.0
    for j in 0..<k {
      var sum = 0.0
      for i in j..<k { sum += lambda[i, j] * values[row * k + i] }
      norm += sum * sum
    }
    return norm
  }
}

extension RandomEffectsSelection {
  /// The indices of the selected terms in the design.
  /// - Throws: ``MixedModelError`` if a name is not that of a grouping factor.
  fileprivate func terms(of design: ModelDesign) throws(MixedModelError) -> Set<Int> {
    switch self {
    case .all: return Set(design.randomEffects.indices)
    case .none: return []
    case .groupingFactors(let names):
      let known = design.randomEffects.map(\.groupingFactor)
      var terms: Set<Int> = []
      for name in names {
        guard let term = known.firstIndex(of: name) else {
          throw .unknownGroupingFactor(name, available: known)
        }
        terms.insert(term)
      }
      return terms
    }
  }
}
