// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import DenseMatrices
import MixedModelReports
import MixedModels

/// `mixedmodels predict MODEL [DATA]`.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Predict from a saved model, for new rows too.",
    discussion: """
      For example:
        mixedmodels fit 'reaction ~ days + (1 | subj)' sleepstudy --save sleep.json
        mixedmodels predict sleep.json new.csv --format csv
        mixedmodels predict sleep.json new.csv --new-levels population
        mixedmodels predict sleep.json new.csv --interval prediction

      There is one prediction per row, in order; a row with a missing value has none. The data \
      need no response. Standard errors and intervals read the rows of the fit again.
      """)

  @OptionGroup var source: ModelSource

  @Argument(
    help: ArgumentHelp(
      "The rows to predict, in the forms of --data; by default those of the fit.",
      valueName: "new-data"))
  var newData: String?

  @OptionGroup(title: "Prediction options") var options: PredictionOptions
  @OptionGroup(title: "Output options") var output: TableOutput

  func run() throws {
    let format = try output.checkedFormat()
    let request = try options.request()
    // Few rows at a time: waking threads of the linear algebra costs more than they save.
    setLibraryThreads(1)
    let saved = try source.model()
    // Standard errors need the rows of the fit, which are also the default for what to predict.
    let rows = newData == nil || request.interval != nil ? try source.table(of: saved) : nil
    let table =
      try newData.map { name throws(MixedModelError) in
        try DataSource(name).table(textColumns: saved.design.categoricalColumns)
      } ?? rows
    guard let table else { return }
    let predictions: Predictions
    if request.interval != nil, let rows {
      predictions = try request.predictions(table, by: try saved.restored(from: rows))
    } else {
      predictions = try request.predictions(table, by: saved)
    }
    var result = predictions.resultTable(includesLimits: request.showsLimits)
    result.notes = request.notes(predictions)
    try Terminal.write(format.text(of: [result]))
  }
}
