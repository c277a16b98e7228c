// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import DataTables
import DenseMatrices
import MixedModelReports
import MixedModels

/// `mixedmodels fit FORMULA DATA`.
struct FitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fit a mixed model and print the summary.")

  @Argument(help: "Such as 'reaction ~ 1 + days + (1 + days | subj)'.")
  var formula: String

  @Argument(help: ArgumentHelp(stringLiteral: DataSource.help))
  var data: String

  @OptionGroup(title: "Model options") var model: ModelOptions
  @OptionGroup(title: "Options of generalized models") var generalized: GeneralizedOptions
  @OptionGroup(title: "Optimizer options") var optimizer: OptimizerOptions
  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Memory") var memory: MemoryOptions
  @OptionGroup(title: "Memory") var determinant: DeterminantOptions

  func run() throws {
    let (format, style) = try output.checkedFormat()
    let choice = try generalized.choice(isREML: model.reml)
    let degreesOfFreedom = try model.degreesOfFreedom(
      style: style, isLinear: choice == nil)
    var designOptions = try model.designOptions()
    designOptions.memoryLimit = try memory.limit()
    designOptions.logDeterminant = try determinant.method(seed: output.seed)
    try determinant.check(isGeneralized: choice != nil)
    let method = try optimizer.method()
    let optimization = try optimizer.optimizationOptions()
    let threads = try output.threadCount()
    let formula = try Formula(formula)

    let start = ProcessClock.seconds
    let source = try FitSource(
      DataSource(data), formula, text: model.textColumns(of: formula), options: designOptions,
      threadCount: threads)
    // What is asked for beyond the fit may need the rows, and then a table is shorter.
    let needsRows = choice != nil || output.save != nil || style == .lme4
    var table: DataTable?
    let tableRead: Double
    let task: ModelTask
    let streamed =
      needsRows ? nil : withLinearAlgebraThreads(threads) { source.streamed(model.criterion) }
    if let streamed {
      task = streamed
      tableRead = ProcessClock.seconds
    } else {
      let whole = try source.table()
      tableRead = ProcessClock.seconds
      task = try withLinearAlgebraThreads(threads) {
        try ModelTask(
          formula, data: whole, criterion: model.criterion, generalized: choice,
          options: designOptions)
      }
      table = whole
    }
    let designed = ProcessClock.seconds
    let fitted = try withLinearAlgebraThreads(threads) {
      try fit(task, by: method, optimization)
    }
    // Extraction is part of the fit, and the report repeats none of it that takes long.
    let notes = fitted.notes
    let end = ProcessClock.seconds

    let report = ModelReport(
      fitted, degreesOfFreedom: degreesOfFreedom, style: style,
      dataName: data == "-" ? nil : data, includesRandomEffects: output.randomEffects,
      timings: ModelReport.Timings(
        read: tableRead - start, design: designed - tableRead, fit: end - designed, total: end))
    let text = try format.text(of: report)
    if let path = output.fitLog { try replaceFile(at: path, with: FitLog(fitted).text.utf8) }
    if let path = output.save, let table { try save(fitted, of: table, to: path) }
    for note in notes { Terminal.warn(note.description) }
    try Terminal.write(text)
  }

  /// The fit, its progress shown where somebody may be waiting for it.
  private func fit(
    _ task: ModelTask, by method: (any Optimizer)?, _ options: OptimizationOptions
  ) throws(MixedModelError) -> any MixedModel {
    let progress =
      output.noProgress || !Terminal.hasScreen
      ? nil : ProgressLine(work: task.work, isDefaultMethod: method == nil)
    defer { progress?.clear() }
    var observer: (@Sendable (OptimizationStep) -> Void)?
    if let progress { observer = { progress.update($0) } }
    return try task.fit(optimizer: method, options: options, onStep: observer)
  }

  /// Saves the model with the name of its data, where later commands find its rows.
  private func save(
    _ model: any MixedModel, of table: DataTable, to path: String
  ) throws(MixedModelError) {
    let saved: SavedModel
    switch model {
    case let model as LinearMixedModel:
      saved = try SavedModel(model, data: table, source: data)
    case let model as GeneralizedLinearMixedModel:
      saved = try SavedModel(model, data: table, source: data)
    default: throw .notSavable(family: model.family.name)
    }
    try saved.write(to: path)
  }
}
