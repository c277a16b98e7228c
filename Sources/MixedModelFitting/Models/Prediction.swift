// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors

extension MixedModel {
  /// The predictions for the rows of a table, those of the fit or others, without a response column.
  ///
  /// The linear predictor is `x'β + z'b + offset`, with b the conditional modes of the grouping
  /// factors in `conditioningOn`. Transformations use the constants, categorical columns the levels
  /// and contrasts that the fit learnt; the coefficient of an aliased column counts as zero. A row
  /// with a missing value is predicted as missing, in its place.
  ///
  /// R: `predict(newdata, re.form, type, allow.new.levels)`. MixedModels.jl: `predict`. MATLAB:
  /// `predict`. Intervals need a model that holds its rows: ``LinearMixedModel`` and
  /// ``GeneralizedLinearMixedModel`` have `predict` with the argument `interval`.
  ///
  /// - Parameters:
  ///   - data: the columns that the fixed effects, the offsets and the selected random effects read.
  ///   - otherEffects: what stands for the random effects not conditioned on; of no influence in a
  ///     linear model.
  /// - Throws: ``MixedModelError`` if a column is absent or of the wrong type, a categorical
  ///   predictor has a level that the fit did not have, a grouping factor has one and `newLevels`
  ///   is ``NewLevels/error``, or an average over random effects does not exist for the link.
  /// - Complexity: O(n (p + Σ k)).
  public func predict(
    _ data: DataTable, conditioningOn selection: RandomEffectsSelection = .all,
    scale: PredictionScale = .response, newLevels: NewLevels = .error,
    otherEffects: OtherEffects = .zero
  ) throws(MixedModelError) -> Predictions {
    let rows = try PredictedRows(
      of: data, by: self, conditioningOn: selection, newLevels: newLevels,
      readsOtherCovariates: otherEffects == .averaged)
    let means = try MeanFunction(self, otherEffects: otherEffects)
    let averaged = otherEffects == .averaged ? rows.otherVariances(of: self) : nil
    var predictions = Predictions(rowCount: data.rowCount, scale: scale, interval: nil)
    for (row, place) in rows.rows.tableRows.enumerated() {
      predictions.statuses[place] = rows.statuses[row]
      guard rows.hasPrediction(row) else { continue }
      predictions.values[place] =
        means.value(rows.linearPredictor[row], variance: averaged?[row] ?? 0, scale: scale).value
    }
    return predictions
  }
}
